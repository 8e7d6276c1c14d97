/**
 * Rolls a pack back to a retained release. A rollback needs no network, fetches nothing and runs no tests, since they
 * passed at installation. The files of the release and its dependencies may have changed since, and are checked again.
 */
import { AttuneError } from '../../errors.ts';
import { readPack } from '../../packs/pack.ts';
import type { RetainedRelease } from '../../store/releases/retained-releases.ts';
import type { Store } from '../../store/store.ts';
import { unsatisfiedRuntimes } from '../install/check-dependencies.ts';
import type { Runtime } from '../runtime.ts';
import { confirmRelease } from './confirm-release.ts';
import { NotInstalled } from './not-installed.ts';
import { admits, dependenciesOn, formatDependency } from './pack-graph.ts';
import { replanIfChanged, StoreChanged } from './store-changed.ts';

export interface RollbackRequest {
  readonly ref: string;
  /** `undefined` for the release that was current before this one. */
  readonly to: string | undefined;
  /** Rolls back even if dependencies are then unsatisfied. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

export type RollbackReceipt = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly ref: string;
  readonly version: string;
  readonly from_version: string;
  /** False if the pack already had that version. */
  readonly changed: boolean;
  readonly storage_path: string;
  readonly warnings: readonly string[];
};

type Tools = Pick<Runtime, 'store' | 'config' | 'reporter' | 'processes' | 'environment' | 'attuneVersion'>;

export class NoSuchRelease extends AttuneError {
  constructor(ref: string, to: string | undefined, retained: readonly RetainedRelease[]) {
    const versions = retained.map(({ version, current }) => (current ? `${version} (installed)` : version)).join(', ');
    super(
      'NOT_FOUND_RELEASE',
      to === undefined
        ? `There is no release to roll '${ref}' back to; only ${versions} is retained.`
        : `Release ${to} of '${ref}' is not retained; retained releases: ${versions}.`,
      {
        facts: { ref, to: to ?? null, kept: retained.map(({ version, current }) => ({ version, current })) },
        hint: "Install another version with 'attune pack install SOURCE --force'. Set keep_releases in settings.yaml to retain more releases.",
      },
    );
  }
}

/** A rollback would leave dependencies unsatisfied. */
export class UnsatisfiedRollback extends AttuneError {
  /** @param failures one line each; never empty */
  constructor(target: RetainedRelease, failures: readonly string[]) {
    super(
      'DEPENDENCY_NOT_MET',
      [`Cannot roll '${target.ref}' back to ${target.version}:`, ...failures.map((line) => `  ${line}`)].join('\n'),
      {
        facts: { ref: target.ref, version: target.version, failures },
        hint: 'Roll back or install the named packs first, or roll back anyway with --force.',
      },
    );
  }
}

/**
 * Makes an earlier release of a pack the current one.
 * @throws NotInstalled, NoSuchRelease, ReleaseChanged when its files were changed, UnsatisfiedRollback
 */
export function rollbackPack(request: RollbackRequest, runtime: Tools): Promise<RollbackReceipt> {
  return replanIfChanged(() => rollback(request, runtime));
}

async function rollback(request: RollbackRequest, runtime: Tools): Promise<RollbackReceipt> {
  const { ref } = request;
  const store = await runtime.store();
  const pack = store.find(ref);
  if (pack === undefined) throw new NotInstalled([ref], [...store.versions().keys()]);
  const retained = store.retainedReleases(ref);
  const target = chooseRelease(ref, request.to, retained);
  const { version } = target;
  const outcome = request.dryRun ? ({ dry_run: true } as const) : ({ success: true } as const);
  const receipt = { ...outcome, ref, version, from_version: pack.version, storage_path: pack.storage_path };
  if (target.current) return { ...receipt, changed: false, warnings: [] };
  runtime.reporter.step(`Verifying ${ref} ${version}`, ref);
  await confirmTarget(target, retained, store);
  const runtimeFailures = await checkRelease(store.directoryOfRelease(target), runtime);
  const check = (source: DependencySource) => {
    const failures = [...runtimeFailures, ...unsatisfiedPacks(target, source)];
    if (failures.length > 0 && !request.force) throw new UnsatisfiedRollback(target, failures);
    for (const line of failures) runtime.reporter.warn(`Unsatisfied: ${line}.`);
  };
  if (request.dryRun) check(store);
  else {
    await store.write((writer) => {
      assertUnchanged(retained, writer.retainedReleases(ref), target);
      check(writer);
      writer.rollback(target);
    });
  }
  if (pack.pinned) runtime.reporter.warn(`'${ref}' stays pinned, ${request.dryRun ? 'then' : 'now'} at ${version}.`);
  return { ...receipt, changed: true, warnings: runtime.reporter.warnings };
}

/**
 * Verifies the files of the target. Another process may have removed them on purpose, together with their record.
 * @throws ReleaseChanged, StoreChanged
 */
async function confirmTarget(
  target: RetainedRelease,
  retained: readonly RetainedRelease[],
  store: Store,
): Promise<void> {
  try {
    confirmRelease(target, store);
  } catch (error) {
    const now = await store.lookAgain(() => store.retainedReleases(target.ref));
    assertUnchanged(retained, now, target);
    throw error;
  }
}

/** @param retained the current release first, then the others from the most recent to the oldest */
function chooseRelease(ref: string, to: string | undefined, retained: readonly RetainedRelease[]): RetainedRelease {
  const earlier = retained.filter(({ current }) => !current);
  const chosen = to === undefined ? earlier[0] : [...earlier, ...retained].find(({ version }) => version === to);
  if (chosen === undefined) throw new NoSuchRelease(ref, to, retained);
  return chosen;
}

/** Verifies that the current release is the same as before and that the target still exists. @throws StoreChanged */
function assertUnchanged(
  before: readonly RetainedRelease[],
  now: readonly RetainedRelease[],
  target: RetainedRelease,
): void {
  const isTarget = ({ id, directory }: RetainedRelease) => id === target.id && directory === target.directory;
  const unchanged = before[0]?.id === now[0]?.id && now.some(isTarget);
  if (!unchanged) throw new StoreChanged([target.ref]);
}

/** Returns a line for each runtime that the release requires and this machine lacks. An invalid manifest is a line too. */
async function checkRelease(directory: string, runtime: Tools): Promise<string[]> {
  try {
    return await unsatisfiedRuntimes([readPack(directory, (await runtime.config()).limits).manifest], runtime);
  } catch (error) {
    // The release was installed once, so --force may accept that this version of attune cannot read it.
    if (error instanceof AttuneError) return [error.message.replace(/\.$/, '')];
    throw error;
  }
}

type DependencySource = Pick<Store, 'graph' | 'dependenciesOf'>;

function unsatisfiedPacks(target: RetainedRelease, source: DependencySource): string[] {
  const { ref, version } = target;
  const graph = source.graph();
  const versions = new Map(graph.map((node) => [node.ref, node.version]));
  const own = source
    .dependenciesOf(target)
    .filter((dependency) => dependency.ref !== ref && !admits(dependency.range, versions.get(dependency.ref)))
    .map((dependency) => {
      const installed = versions.get(dependency.ref);
      const state = installed === undefined ? 'which is not installed' : `but ${installed} is installed`;
      return `${ref} ${version} needs ${formatDependency(dependency)}, ${state}`;
    });
  const others = dependenciesOn(graph, new Set([ref]))
    .filter(({ by, range }) => by !== ref && !admits(range, version))
    .map((edge) => `${edge.by} ${versions.get(edge.by)} needs ${formatDependency(edge)}`);
  return [...own, ...others];
}
