import { AttuneError } from '../../errors.ts';
import type { DeclaredRequirements, Manifest, ManifestDependencies } from '../../packs/manifest/types.ts';
import { parseRequirement, type Requirement } from '../../packs/requirement.ts';
import { checkRuntimes, type RuntimeRequirement } from '../../resolver/runtimes/check-runtimes.ts';
import { acceptsAttune, declaredRuntimes } from '../../resolver/runtimes/declared-versions.ts';
import type { NoSolution } from '../../resolver/solver.ts';
import type { Store } from '../../store/store.ts';
import { admits, rangeError } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import type { StagedPack } from '../staging/staged-content.ts';

export type RuntimeChecks = Pick<Runtime, 'processes' | 'environment' | 'reporter' | 'attuneVersion'>;

/** What the user can do about unsatisfied dependencies, by command. */
export const UNSATISFIED_HINTS = {
  install: 'Install the missing dependencies, or skip these checks with --skip-deps.',
  upgrade: 'Install the missing dependencies, or name a version without them.',
  sync: 'Install the missing dependencies, or skip these checks and the tests with --skip-tests.',
} as const;

export class UnsatisfiedDependencies extends AttuneError {
  constructor(failures: readonly string[], command: keyof typeof UNSATISFIED_HINTS) {
    super(
      'DEPENDENCY_NOT_MET',
      ['Pack dependency validation failed:', ...failures.map((line) => `  ${line}`)].join('\n'),
      {
        facts: { failures },
        hint: UNSATISFIED_HINTS[command],
      },
    );
  }
}

/**
 * Verifies the dependencies of staged packs: runtimes on this machine, packs among the staged and the installed ones,
 * and the version of attune. Also verifies that installed packs that stay keep their dependencies satisfied.
 * @throws UnsatisfiedDependencies that lists every unsatisfied dependency
 */
export async function checkDependencies(
  staged: readonly StagedPack[],
  command: keyof typeof UNSATISFIED_HINTS,
  runtime: Runtime,
): Promise<void> {
  runtime.reporter.step('Checking dependencies');
  const store = await runtime.store();
  const failures = [
    ...(await unsatisfiedRuntimes(staged.map(manifestOf), runtime)),
    ...unsatisfiedPacks(staged, store.versions()),
    ...unsatisfiedDependents(staged, store),
  ];
  if (failures.length > 0) throw new UnsatisfiedDependencies(failures, command);
}

/**
 * Reports unsatisfied runtimes of the given packs together with a failed resolution, so that the user sees all problems
 * at once.
 * @param given packs whose manifests are known without a plan
 * @throws UnsatisfiedDependencies if a runtime is unsatisfied
 */
export async function throwUnsatisfiedRuntimes(
  error: NoSolution,
  given: readonly StagedPack[],
  runtime: RuntimeChecks,
): Promise<void> {
  const failures = await unsatisfiedRuntimes(given.map(manifestOf), runtime);
  if (failures.length > 0) throw new UnsatisfiedDependencies([...failures, ...explanationLines(error)], 'install');
}

/** Returns a line for each runtime and each version of attune that the packs require and this machine lacks. */
export async function unsatisfiedRuntimes(
  manifests: readonly DeclaredRequirements[],
  { processes, environment, reporter, attuneVersion }: RuntimeChecks,
): Promise<string[]> {
  const { failures, warnings } = await checkRuntimes(manifests.flatMap(runtimeRequirements), {
    processes,
    variables: environment.variables,
  });
  for (const warning of warnings) reporter.warn(warning);
  return [
    ...failures.map(({ message }) => message),
    ...manifests.flatMap((manifest) => unsatisfiedAttuneVersion(manifest, attuneVersion)),
  ];
}

/** Returns the explanations without the heading above them. */
function explanationLines({ message }: NoSolution): readonly string[] {
  return message
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function manifestOf({ pack }: StagedPack): Manifest {
  return pack.manifest;
}

function runtimeRequirements({ ref, runtimeDeps, dependencies }: DeclaredRequirements): RuntimeRequirement[] {
  return [...runtimeDeps, ...declaredRuntimes(dependencies)].map((text) => ({ text, neededBy: ref }));
}

function unsatisfiedAttuneVersion({ ref, dependencies }: DeclaredRequirements, attuneVersion: string): string[] {
  if (acceptsAttune(dependencies, attuneVersion)) return [];
  return [`attune ${dependencies.attuneVersion} (needed by ${ref}): this is attune ${attuneVersion}`];
}

function unsatisfiedPacks(staged: readonly StagedPack[], installed: ReadonlyMap<string, string>): string[] {
  const available = new Map([
    ...installed,
    ...staged.map(({ pack }) => [pack.manifest.ref, pack.manifest.version] as const),
  ]);
  return staged.flatMap(({ pack: { manifest } }) =>
    manifest.dependencies.packs.flatMap((text) => {
      const { ref, range } = parseRequirement(text);
      const version = available.get(ref);
      if (admits(range, version)) return [];
      const reason = rangeError(range) ?? (version === undefined ? 'not installed' : `version ${version} is installed`);
      return [`pack ${text} (needed by ${manifest.ref}): ${reason}`];
    }),
  );
}

/**
 * Returns a line for each installed pack that stays and whose dependency on a replaced pack was satisfied before and
 * would not be afterwards. Dependencies with an invalid range were never satisfied and are ignored.
 */
function unsatisfiedDependents(staged: readonly StagedPack[], store: Store): string[] {
  const incoming = new Set(staged.map(({ pack }) => pack.manifest.ref));
  const versions = store.versions();
  return staged.flatMap(({ pack: { manifest } }) => {
    const before = versions.get(manifest.ref);
    return store
      .dependents(manifest.ref)
      .filter(({ ref, range }) => !incoming.has(ref) && !admits(range, manifest.version))
      .filter(({ range }) => (before === undefined ? rangeError(range) === undefined : admits(range, before)))
      .map(
        ({ ref, range }) =>
          `pack ${manifest.ref} ${range} (needed by ${ref}, which is installed): it would become ${manifest.version}`,
      );
  });
}

/**
 * Returns the dependencies of a pack as the store records them: each ref once. The ranges of a ref that the manifest
 * lists several times, for example with a lower and an upper bound, are combined to one range.
 */
export function recordedDependencies({ packs }: ManifestDependencies): Requirement[] {
  const ranges = new Map<string, string>();
  for (const { ref, range } of packs.map(parseRequirement)) {
    ranges.set(ref, intersectRanges(ranges.get(ref) ?? '*', range));
  }
  return [...ranges].map(([ref, range]) => ({ ref, range }));
}

/** Returns a range of the versions that two ranges accept. */
export function intersectRanges(one: string, other: string): string {
  if (one === '*' || one === other) return other;
  if (other === '*') return one;
  return one
    .split('||')
    .flatMap((left) => other.split('||').map((right) => `${left.trim()}, ${right.trim()}`))
    .join(' || ');
}
