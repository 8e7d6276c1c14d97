import { AttuneError } from '../../errors.ts';
import { parseDigest } from '../../packs/digest.ts';
import { InvalidLock, type Lock, type LockEntry, toLockEntry } from '../../packs/lock/lock-file.ts';
import { type ListedPack, readPackList } from '../../packs/lock/pack-list.ts';
import { parseReference } from '../../packs/reference.ts';
import type { InstalledNode } from '../../store/installed.ts';
import { ContradictoryRequest } from '../install/install-request.ts';
import type { Runtime } from '../runtime.ts';
import {
  assertLockConsistent,
  lockFileMatches,
  readInputFile,
  readLockFileIfPresent,
  writeLockFile,
} from './lock-io.ts';
import { resolveLock } from './resolve-lock.ts';

export interface LockRequest {
  /** References of registries and paths of lists; none for what is installed. */
  readonly sources: readonly string[];
  /** As it was typed. */
  readonly output: string;
  /** Only asks whether the lock is what it would be. */
  readonly check: boolean;
  /** The newest versions, whatever the lock that is there has. */
  readonly upgrade: boolean;
  /** The only registry to ask. */
  readonly registry: string | undefined;
  readonly jobs: number;
}

export interface LockReceipt {
  readonly success: true;
  readonly lock_file: string;
  readonly packs: readonly LockEntry[];
  readonly action: 'written' | 'unchanged';
  readonly warnings: readonly string[];
}

/** A lock that is not, or no longer, what it was made from. */
export class StaleLock extends AttuneError {
  /** @param lines what differs */
  constructor(name: string, lines: readonly string[], hint: string) {
    super(
      'INVALID_LOCK_STALE',
      [`The lock '${name}' is out of date:`, ...lines.map((line) => `  ${line}`)].join('\n'),
      {
        facts: { path: name, differences: lines },
        hint,
      },
    );
  }
}

/**
 * Writes what is installed, or what references and lists come to, as a lock.
 * @throws StaleLock with `check`; InconsistentLock, LockNotWritten, and what reading lists and `resolveLock` throw
 */
export async function lockPacks(request: LockRequest, runtime: Runtime): Promise<LockReceipt> {
  const { output } = request;
  const lock = request.sources.length === 0 ? await lockInstalled(runtime) : await lockSources(request, runtime);
  if (request.check && !lockFileMatches(output, lock, runtime)) {
    throw new StaleLock(output, differences(before(output, runtime), lock), 'Write it anew without --check.');
  }
  const action = request.check ? 'unchanged' : await writeLockFile(output, lock, runtime);
  const sorted = lock.packs.toSorted((one, other) => (one.ref < other.ref ? -1 : 1));
  return {
    success: true,
    lock_file: output,
    packs: sorted.map(toLockEntry),
    action,
    warnings: runtime.reporter.warnings,
  };
}

async function lockInstalled(runtime: Runtime): Promise<Lock> {
  const graph = (await runtime.store()).graph();
  for (const { ref, registry } of graph) {
    if (registry !== null) continue;
    runtime.reporter.warn(
      `'${ref}' came from a path or a URL: another machine finds it only if a registry has this version, or its cache has it.`,
    );
  }
  const lock = { packs: graph.map(lockedNode) };
  assertLockConsistent(lock, 'What is installed does not hold together');
  return lock;
}

function lockedNode({ ref, version, checksum, requested, dependencies }: InstalledNode): Lock['packs'][number] {
  return { ref, version, checksum: parseDigest(checksum), requested, dependencies };
}

async function lockSources({ sources, output, upgrade, ...choice }: LockRequest, runtime: Runtime): Promise<Lock> {
  const { limits } = await runtime.config();
  const wanted = sources.flatMap((word) =>
    isPackList(word)
      ? readPackList(readInputFile(word, runtime.environment), word, limits)
      : [wantedReference(word, runtime)],
  );
  refuseTwins(wanted);
  const store = await runtime.store();
  using area = store.stage();
  const kept = upgrade ? undefined : before(output, runtime);
  return (await resolveLock(wanted, { ...choice, before: kept }, area, runtime)).lock;
}

/** Whether a word names a list of packs and not a lock or a reference. */
export function isPackList(word: string): boolean {
  return /\.ya?ml$/i.test(word);
}

function wantedReference(word: string, { environment }: Runtime): ListedPack {
  const reference = parseReference(word, { refSpec: undefined, type: undefined, windows: environment.windows });
  if (reference.kind === 'registry') return reference;
  throw new ContradictoryRequest(
    'Only packs of a registry and lists of packs (.yaml) can be locked; this names a path or a URL.',
    'Install it first, then lock what is installed with: attune pack lock',
  );
}

function refuseTwins(wanted: readonly ListedPack[]): void {
  const refs = wanted.map(({ ref }) => ref);
  const twice = new Set(refs.filter((ref, at) => refs.indexOf(ref) !== at));
  if (twice.size === 0) return;
  const names = [...twice].map((ref) => `'${ref}'`).join(', ');
  throw new ContradictoryRequest(`More than one SOURCE is the pack ${names}.`, 'Name each pack once.');
}

/** What is about to be replaced. Of one that cannot be read nothing is kept: writing it anew is how it is mended. */
function before(output: string, runtime: Runtime): Lock | undefined {
  try {
    return readLockFileIfPresent(output, runtime);
  } catch (error) {
    if (!(error instanceof AttuneError && (error instanceof InvalidLock || error.family === 'INVALID'))) throw error;
    runtime.reporter.warn(`The lock '${output}' cannot be read, so nothing is kept of it.`);
    return undefined;
  }
}

/** What has to change for one lock to become another, a line each. */
export function differences(from: Lock | undefined, to: Lock): string[] {
  if (from === undefined) return ['there is none that can be read'];
  const old = new Map(from.packs.map((pack) => [pack.ref, pack]));
  const fresh = new Set(to.packs.map(({ ref }) => ref));
  const lines = to.packs.flatMap((pack) => {
    const was = old.get(pack.ref);
    if (was === undefined) return [`${pack.ref} ${pack.version} is not in it`];
    if (was.version !== pack.version) return [`${pack.ref} is ${was.version} in it and would be ${pack.version}`];
    const same = JSON.stringify(toLockEntry(was)) === JSON.stringify(toLockEntry(pack));
    return same ? [] : [`${pack.ref} ${pack.version} is another in it`];
  });
  const gone = from.packs.filter(({ ref }) => !fresh.has(ref)).map(({ ref }) => `${ref} is in it and would not be`);
  const all = [...lines, ...gone];
  return all.length > 0 ? all : ['it is not written as attune writes it'];
}
