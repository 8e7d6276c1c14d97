/**
 * Makes the installed packs match a lock exactly, in one transaction: installs missing packs, changes other versions and
 * uninstalls packs that are not locked. Packs with the locked checksum stay untouched, and nothing is downloaded that the
 * store or the cache has.
 */
import { AttuneError } from '../../errors.ts';
import type { DeclaredRequirements, Manifest } from '../../packs/manifest/types.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { ReadyPack } from '../../store/releases/record-release.ts';
import type { RetainedRelease } from '../../store/releases/retained-releases.ts';
import type { Store } from '../../store/store.ts';
import { PackPinned } from '../install/already-installed.ts';
import { recordedDependencies, UnsatisfiedDependencies, unsatisfiedRuntimes } from '../install/check-dependencies.ts';
import { type TestPolicy, testStagedPacks } from '../install/test-gate.ts';
import { confirmRelease } from '../installed/confirm-release.ts';
import type { Graph } from '../installed/pack-graph.ts';
import { replanIfChanged, StoreChanged } from '../installed/store-changed.ts';
import type { Runtime } from '../runtime.ts';
import { followLockFile, writeLockFile } from './lock-io.ts';
import { planSync, type SyncPlan, type SyncStep } from './plan-sync.ts';
import { type SyncReceipt, syncReceipt } from './receipt.ts';
import type { LockedContent } from './resolve-lock.ts';
import { knownRequirements, stageLocked } from './stage-locked.ts';
import { readStreamedInput } from './streamed-input.ts';
import { readTarget, type SyncTarget, type TargetRequest } from './sync-target.ts';
import { warnAboutYankedLocks } from './warn-about-yanked-locks.ts';

export interface SyncRequest extends TargetRequest, TestPolicy {
  readonly dryRun: boolean;
  /** Skips the tests and the runtime checks. */
  readonly skipTests: boolean;
  /** Confirms that packs are uninstalled; throws if they must not be. */
  approve(removed: SyncPlan['removed']): Promise<void>;
}

/** A staged pack to be installed. */
interface IncomingPack extends LockedContent {
  readonly step: SyncStep;
}

/** An incoming pack that has passed its tests. */
interface TestedPack extends IncomingPack {
  readonly report: TestReport | undefined;
}

/**
 * Syncs the installed packs to a lock file or pack list. The lock of a pack list is written before the store is changed
 * and after all steps that are likely to fail, so that a repeated command has the same target.
 * @throws AttuneError of every family; the store is then unchanged
 */
export async function syncPacks(request: SyncRequest, runtime: Runtime): Promise<SyncReceipt> {
  const streamed = await readStreamedInput(request.file, (await runtime.config()).limits);
  const store = await runtime.store();
  using area = store.stage(request);
  const approved = new Set<string>();
  return await replanIfChanged(async () => {
    const target = await readTarget(request, streamed, area, runtime);
    const plan = withoutDamaged(planSync(target.lock, store.graph(), store.retainedReleases()), store, runtime);
    assertPinnedUnchanged(plan);
    // A lock that was resolved now has been checked.
    if (!target.fresh) await warnAboutYankedLocks(plan.steps, runtime);
    if (request.dryRun) {
      const known = await knownRequirements(plan.steps.filter(needsContent), target, request.jobs, area, runtime);
      if (!request.skipTests) await checkRuntimes(known, runtime);
      return syncReceipt(plan, target, { dry_run: true }, [], store, runtime);
    }
    if (plan.removed.some(({ ref }) => !approved.has(ref))) await request.approve(plan.removed);
    for (const { ref } of plan.removed) approved.add(ref);
    const steps = plan.steps.filter(needsContent);
    const contents = await stageLocked(steps, target, request.jobs, area, runtime);
    const incoming = steps.map((step, index) => ({ ...contents[index]!, step }));
    if (!request.skipTests) await checkRuntimes(incoming.map(manifestOf), runtime);
    const tested = await testStagedPacks(incoming, { ...request, force: false, mayForce: false }, area, runtime);
    const lockAction = await writeTarget(target, runtime);
    if (changesPacks(plan)) await followTarget(target, () => commit(plan, tested, store, runtime), runtime);
    return syncReceipt(plan, target, { success: true, lock_action: lockAction }, tested, store, runtime);
  });
}

/** Returns the plan without retained releases whose files were changed. */
function withoutDamaged({ steps, removed }: SyncPlan, store: Store, runtime: Runtime): SyncPlan {
  const ifIntact = (release: RetainedRelease | undefined) =>
    release && isIntact(release, store, runtime) ? release : undefined;
  return { steps: steps.map((step) => ({ ...step, retained: ifIntact(step.retained) })), removed };
}

function isIntact(release: RetainedRelease, store: Store, runtime: Runtime): boolean {
  try {
    confirmRelease(release, store);
    return true;
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    runtime.reporter.note(`${error.message} It will be downloaded again.`);
    return false;
  }
}

/** Verifies that no pinned pack is changed or uninstalled. @throws PackPinned that names every pinned pack */
function assertPinnedUnchanged({ steps, removed }: SyncPlan): void {
  const changed = steps
    .filter((step) => needsContent(step) || step.retained !== undefined)
    .flatMap(({ before }) => before ?? []);
  const pinned = [...changed, ...removed].filter((pack) => pack.pinned);
  if (pinned.length > 0) throw new PackPinned(pinned);
}

/** Returns whether the content of the pack is neither installed nor retained. */
function needsContent({ action, retained }: SyncStep): boolean {
  return action !== 'unchanged' && action !== 'marked' && retained === undefined;
}

/** @throws UnsatisfiedDependencies */
async function checkRuntimes(requirements: readonly DeclaredRequirements[], runtime: Runtime): Promise<void> {
  const failures = await unsatisfiedRuntimes(requirements, runtime);
  if (failures.length > 0) throw new UnsatisfiedDependencies(failures, 'sync');
}

/** Writes a newly resolved lock to its file, if it has one. */
async function writeTarget({ lock, lockFile, fresh }: SyncTarget, runtime: Runtime): Promise<'written' | 'unchanged'> {
  if (!fresh || lockFile === undefined) return 'unchanged';
  return (await writeLockFile(lockFile, () => lock, runtime)).action;
}

async function followTarget(
  { lock, lockFile }: SyncTarget,
  change: () => Promise<void>,
  runtime: Runtime,
): Promise<void> {
  if (lockFile === undefined) return change();
  return followLockFile(lockFile, lock, change, runtime);
}

function manifestOf({ staged }: LockedContent): Manifest {
  return staged.pack.manifest;
}

function changesPacks({ steps, removed }: SyncPlan): boolean {
  return removed.length > 0 || steps.some(({ action }) => action !== 'unchanged');
}

async function commit(plan: SyncPlan, tested: readonly TestedPack[], store: Store, runtime: Runtime): Promise<void> {
  runtime.reporter.step('Installing');
  const settled = await store.settle(tested.map(readyPack));
  await store.write((writer) => {
    const now = writer.graph();
    if (isSynced(plan, now)) return;
    assertUnchanged(plan, now);
    writer.apply({
      install: settled,
      rollback: plan.steps.flatMap(({ retained }) => retained ?? []),
      uninstall: plan.removed.map(({ ref }) => ref),
      requested: new Map(plan.steps.map(({ pack }) => [pack.ref, pack.requested])),
    });
  });
}

/** Returns whether another process has already synced the store to the same lock. */
function isSynced({ steps }: SyncPlan, now: Graph): boolean {
  const packs = steps.map(({ pack }) => pack);
  const { steps: remaining, removed } = planSync({ packs }, now, []);
  return removed.length === 0 && remaining.every(({ action }) => action === 'unchanged');
}

/** Verifies that the installed packs are the same as when the plan was made. @throws StoreChanged */
function assertUnchanged({ steps, removed }: SyncPlan, now: Graph): void {
  const before = new Map([...steps.flatMap((step) => step.before ?? []), ...removed].map((node) => [node.ref, node]));
  const after = new Map(now.map((node) => [node.ref, node]));
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (ref) => JSON.stringify(before.get(ref)) !== JSON.stringify(after.get(ref)),
  );
  if (changed.length > 0) throw new StoreChanged(changed.sort());
}

function readyPack({ step, staged, registry, report }: TestedPack): ReadyPack {
  return {
    ...staged,
    registry,
    requested: step.pack.requested,
    dependencies: recordedDependencies(staged.pack.manifest.dependencies),
    tests: report,
  };
}
