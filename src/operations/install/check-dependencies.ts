import { AttuneError } from '../../errors.ts';
import { parseRequirement } from '../../packs/requirement.ts';
import { NoSolution } from '../../resolver/pubgrub/explanation/no-solution.ts';
import { checkRuntimes, type RuntimeRequirement } from '../../resolver/runtimes/check-runtimes.ts';
import { acceptsAttune, declaredRuntimes } from '../../resolver/runtimes/declared-versions.ts';
import type { Store } from '../../store/store.ts';
import { admits, rangeError } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import type { StagedPack } from '../staging/stage-pack.ts';
import { installConflict } from './conflict-hint.ts';

export class UnsatisfiedDependencies extends AttuneError {
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
 * Asks whether everything is there that the packs need, and still there for those that stay: runtimes on this machine,
 * packs among those that come along and those that are installed, and attune itself.
 * @throws UnsatisfiedDependencies with every need that is not met
 */
export async function checkDependencies(staged: readonly StagedPack[], runtime: Runtime): Promise<void> {
  runtime.reporter.step('Checking dependencies');
  const store = await runtime.store();
  const unmet = [
    ...(await unmetHere(staged, runtime)),
    ...unmetPacks(staged, store.versions()),
    ...unmetDependents(staged, store),
  ];
  if (unmet.length > 0) throw new UnsatisfiedDependencies(unmet);
}

/**
 * Throws again what kept a plan from being made. Packs that cannot be had are told together with what else is missing,
 * so that nobody mends the one thing to be told of the next.
 * @param given the packs whose needs are known without a plan
 */
export async function throwUnsatisfiedDependencies(
  error: unknown,
  given: readonly StagedPack[],
  runtime: Runtime,
): Promise<never> {
  if (!(error instanceof NoSolution)) throw error;
  const unmet = await unmetHere(given, runtime);
  if (unmet.length > 0) throw new UnsatisfiedDependencies([...unmet, ...linesOf(error)]);
  throw installConflict(error);
}

/** What this machine and this attune lack. */
export async function unmetHere(staged: readonly StagedPack[], runtime: Runtime): Promise<string[]> {
  const { failures, warnings } = await checkRuntimes(staged.flatMap(runtimeNeeds), {
    processes: runtime.processes,
    variables: runtime.environment.variables,
  });
  for (const warning of warnings) runtime.reporter.warn(warning);
  return [
    ...failures.map(({ message }) => message),
    ...staged.flatMap((pack) => unmetAttune(pack, runtime.attuneVersion)),
  ];
}

/** The explanations, without the heading above them. */
function linesOf({ message }: NoSolution): readonly string[] {
  return message
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * Asks once more, when nobody else can write: what was there while these were fetched and tested may have been removed.
 * @throws UnsatisfiedDependencies
 */
export function recheckPackDependencies(staged: readonly StagedPack[], installed: ReadonlyMap<string, string>): void {
  const unmet = unmetPacks(staged, installed);
  if (unmet.length > 0) throw new UnsatisfiedDependencies(unmet);
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
      if (admits(range, version)) return [];
      const why = rangeError(range) ?? (version === undefined ? 'not installed' : `version ${version} is installed`);
      return [`pack ${text} (needed by ${manifest.ref}): ${why}`];
    }),
  );
}

/**
 * What is installed and stays, but needs another version of something that is replaced, and had it until now. A need
 * that nobody can understand was never met and never will be.
 */
function unmetDependents(staged: readonly StagedPack[], store: Store): string[] {
  const coming = new Set(staged.map(({ pack }) => pack.manifest.ref));
  const versions = store.versions();
  return staged.flatMap(({ pack: { manifest } }) => {
    const before = versions.get(manifest.ref);
    return store
      .dependents(manifest.ref)
      .filter(({ ref, range }) => !coming.has(ref) && !admits(range, manifest.version))
      .filter(({ range }) => (before === undefined ? rangeError(range) === undefined : admits(range, before)))
      .map(
        ({ ref, range }) =>
          `pack ${manifest.ref} ${range} (needed by ${ref}, which is installed): it would become ${manifest.version}`,
      );
  });
}
