/**
 * Going back is pointing at a release that is kept, so it needs no network, fetches nothing and runs no tests: they
 * passed when it was installed. What may have changed since is asked again: its files, and what is around it.
 */
import { AttuneError } from '../../errors.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { readPack } from '../../packs/pack.ts';
import { checkRuntimes } from '../../resolver/runtimes/check-runtimes.ts';
import { acceptsAttune, declaredRuntimes } from '../../resolver/runtimes/declared-versions.ts';
import type { RetainedRelease } from '../../store/releases/kept-releases.ts';
import type { StoreWriter } from '../../store/writer.ts';
import type { Runtime } from '../runtime.ts';
import { confirmRelease } from './confirm-release.ts';
import { NotInstalled } from './not-installed.ts';
import { admits, formatDependency, needsOf } from './pack-graph.ts';

export interface RollbackRequest {
  readonly ref: string;
  /** `undefined` for the release that was current before this one. */
  readonly to: string | undefined;
  /** Also where something is then not met. */
  readonly force: boolean;
}

export interface RollbackReceipt {
  readonly success: true;
  readonly ref: string;
  readonly version: string;
  readonly from_version: string;
  /** False where it was at that version already. */
  readonly changed: boolean;
  readonly storage_path: string;
  readonly warnings: readonly string[];
}

type Tools = Pick<Runtime, 'store' | 'config' | 'reporter' | 'processes' | 'environment' | 'attuneVersion'>;

export class NoSuchRelease extends AttuneError {
  constructor(ref: string, to: string | undefined, kept: readonly RetainedRelease[]) {
    const versions = kept.map(({ version, current }) => (current ? `${version} (installed)` : version));
    super(
      'NOT_FOUND_RELEASE',
      to === undefined
        ? `There is nothing to roll '${ref}' back to: of its releases only ${versions.join(', ')} is kept.`
        : `No release ${to} of '${ref}' is kept; there are: ${versions.join(', ')}.`,
      {
        facts: { ref, to: to ?? null, kept: kept.map(({ version, current }) => ({ version, current })) },
        hint: 'Put another version in its place with: attune pack install SOURCE --force (keep_releases in config.yaml says how many stay).',
      },
    );
  }
}

/** Going back would leave something without what it needs; `lines` is never empty. */
export class UnsatisfiedRollback extends AttuneError {
  constructor(target: RetainedRelease, lines: readonly string[]) {
    super(
      'DEPENDENCY_NOT_MET',
      [`Cannot roll '${target.ref}' back to ${target.version}:`, ...lines.map((line) => `  ${line}`)].join('\n'),
      {
        facts: { ref: target.ref, version: target.version, failures: lines },
        hint: 'Roll back or install what is named first, or go back all the same with --force.',
      },
    );
  }
}

class ReleaseMoved extends AttuneError {
  constructor(ref: string) {
    super('STORE_CHANGED', `Another attune changed '${ref}' at the same time.`, {
      facts: { ref },
      hint: `See what it is now with: attune pack show ${ref}`,
    });
  }
}

/**
 * Makes an earlier release of a pack the current one again.
 * @throws NotInstalled, NoSuchRelease, ReleaseChanged when its files were changed, UnsatisfiedRollback
 */
export async function rollbackPack(request: RollbackRequest, runtime: Tools): Promise<RollbackReceipt> {
  const { ref } = request;
  const store = await runtime.store();
  const pack = store.find(ref);
  if (pack === undefined) throw new NotInstalled([ref], [...store.versions().keys()]);
  const kept = store.retainedReleases(ref);
  const target = chooseRelease(ref, request.to, kept);
  const { version } = target;
  const receipt = { success: true, ref, version, from_version: pack.version, storage_path: pack.storage_path } as const;
  if (target.current) return { ...receipt, changed: false, warnings: [] };
  runtime.reporter.step(`Verifying ${ref} ${version}`);
  confirmRelease(target, store);
  const unmetHere = await lackingHere(store.directoryOfRelease(target), runtime);
  await store.write((writer) => {
    refuseMoved(kept, writer.retainedReleases(ref), target);
    const unmet = [...unmetHere, ...unmetPacks(target, writer)];
    if (unmet.length > 0 && !request.force) throw new UnsatisfiedRollback(target, unmet);
    for (const line of unmet) runtime.reporter.warn(`Not met: ${line}.`);
    writer.rollback(target);
  });
  if (pack.pinned) runtime.reporter.warn(`'${ref}' is pinned and stays so, now at ${version}.`);
  return { ...receipt, changed: true, warnings: runtime.reporter.warnings };
}

/** @param kept the current one first, then the one before it */
function chooseRelease(ref: string, to: string | undefined, kept: readonly RetainedRelease[]): RetainedRelease {
  const earlier = kept.filter(({ current }) => !current);
  const chosen = to === undefined ? earlier[0] : [...earlier, ...kept].find(({ version }) => version === to);
  if (chosen === undefined) throw new NoSuchRelease(ref, to, kept);
  return chosen;
}

function refuseMoved(
  before: readonly RetainedRelease[],
  now: readonly RetainedRelease[],
  target: RetainedRelease,
): void {
  const same = before[0]?.id === now[0]?.id && now.some(({ id }) => id === target.id);
  if (!same) throw new ReleaseMoved(target.ref);
}

/** What this machine and this attune lack of what the release needs. */
async function lackingHere(directory: string, runtime: Tools): Promise<string[]> {
  try {
    return await lacking(readPack(directory, (await runtime.config()).limits).manifest, runtime);
  } catch (error) {
    // It was installed once, so what cannot be read today is a reason to hesitate and no more.
    if (error instanceof AttuneError) return [error.message.replace(/\.$/, '')];
    throw error;
  }
}

async function lacking({ ref, runtimeDeps, dependencies }: Manifest, runtime: Tools): Promise<string[]> {
  const needs = [...runtimeDeps, ...declaredRuntimes(dependencies)].map((text) => ({ text, neededBy: ref }));
  const { processes, environment, attuneVersion } = runtime;
  const { failures, warnings } = await checkRuntimes(needs, { processes, variables: environment.variables });
  for (const warning of warnings) runtime.reporter.warn(warning);
  const unmet = failures.map(({ message }) => message);
  if (acceptsAttune(dependencies, attuneVersion)) return unmet;
  return [...unmet, `attune ${dependencies.attuneVersion} (needed by ${ref}): this is attune ${attuneVersion}`];
}

function unmetPacks(target: RetainedRelease, writer: StoreWriter): string[] {
  const { ref, version } = target;
  const graph = writer.graph();
  const versions = new Map(graph.map((node) => [node.ref, node.version]));
  const own = writer
    .dependenciesOf(target)
    .filter((need) => need.ref !== ref && !admits(need.range, versions.get(need.ref)))
    .map((need) => {
      const there = versions.get(need.ref);
      return `${ref} ${version} needs ${formatDependency(need)}, ${there === undefined ? 'which is not installed' : `and ${there} is installed`}`;
    });
  const others = needsOf(graph, new Set([ref]))
    .filter(({ by, range }) => by !== ref && !admits(range, version))
    .map((need) => `${need.by} ${versions.get(need.by)} needs ${formatDependency(need)}`);
  return [...own, ...others];
}
