import { AttuneError } from '../errors.ts';
import { parseRequirement } from '../packs/requirement.ts';
import { parseConstraint, satisfies } from '../resolver/constraint.ts';
import { acceptsAttune, declaredRuntimes } from '../resolver/declared-versions.ts';
import { checkRuntimes, type RuntimeRequirement } from '../resolver/runtimes.ts';
import type { Runtime } from './runtime.ts';
import type { StagedPack } from './stage-pack.ts';

export class NeedsNotMet extends AttuneError {
  constructor(failures: readonly string[]) {
    super(
      'DEPENDENCY_NOT_MET',
      ['Pack dependency validation failed:', ...failures.map((line) => `  ${line}`)].join('\n'),
      {
        facts: { failures },
        hint: 'Install what is missing, or skip these checks with --skip-deps.',
      },
    );
  }
}

/**
 * Asks whether everything that the packs need is there: runtimes on this machine, packs among those that come along and
 * those that are installed, and attune itself.
 * @throws NeedsNotMet with every need that is not met
 */
export async function checkNeeds(
  staged: readonly StagedPack[],
  installed: ReadonlyMap<string, string>,
  runtime: Runtime,
): Promise<void> {
  runtime.reporter.step('Checking dependencies');
  const { failures, warnings } = await checkRuntimes(staged.flatMap(runtimeNeeds), {
    processes: runtime.processes,
    variables: runtime.environment.variables,
  });
  for (const warning of warnings) runtime.reporter.warn(warning);
  const unmet = [
    ...failures.map(({ message }) => message),
    ...staged.flatMap((pack) => unmetAttune(pack, runtime.attuneVersion)),
    ...unmetPacks(staged, installed),
  ];
  if (unmet.length > 0) throw new NeedsNotMet(unmet);
}

function runtimeNeeds({ pack }: StagedPack): RuntimeRequirement[] {
  const { ref, runtimeDeps, dependencies } = pack.manifest;
  return [...runtimeDeps, ...declaredRuntimes(dependencies)].map((text) => ({ text, neededBy: ref }));
}

function unmetAttune({ pack }: StagedPack, attuneVersion: string): string[] {
  const { ref, dependencies } = pack.manifest;
  if (acceptsAttune(dependencies, attuneVersion)) return [];
  return [`attune ${dependencies.attuneVersion} (needed by ${ref}): this is attune ${attuneVersion}`];
}

function unmetPacks(staged: readonly StagedPack[], installed: ReadonlyMap<string, string>): string[] {
  const there = new Map([
    ...installed,
    ...staged.map(({ pack }) => [pack.manifest.ref, pack.manifest.version] as const),
  ]);
  return staged.flatMap(({ pack: { manifest } }) =>
    manifest.dependencies.packs.flatMap((text) => {
      const { ref, range } = parseRequirement(text);
      const version = there.get(ref);
      if (version !== undefined && satisfies(version, parseConstraint(range))) return [];
      return [
        `pack ${text} (needed by ${manifest.ref}): ${version === undefined ? 'not installed' : `version ${version} is installed`}`,
      ];
    }),
  );
}
