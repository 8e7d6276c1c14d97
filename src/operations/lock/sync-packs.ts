/**
 * Makes a machine what a lock says, to the byte and no more: what is missing comes, what is another version changes, what
 * is not locked goes, in one transaction. What is there already with the right digest is not touched, and nothing is
 * fetched that the store or the cache still has.
 */
import { AttuneError } from '../../errors.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { RetainedRelease } from '../../store/releases/kept-releases.ts';
import type { ReadyPack } from '../../store/releases/record-release.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Store } from '../../store/store.ts';
import { PackPinned } from '../install/already-installed.ts';
import { UnsatisfiedDependencies, unmetHere } from '../install/check-dependencies.ts';
import { recordedDependencies } from '../install/recorded-dependencies.ts';
import { runTestGate } from '../install/test-gate.ts';
import { confirmRelease } from '../installed/confirm-release.ts';
import type { Graph } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import { writeLockFile } from './lock-io.ts';
import { planSync, type SyncPlan, type SyncStep } from './plan-sync.ts';
import { type SyncReceipt, syncReceipt } from './receipt.ts';
import type { LockedContent } from './resolve-lock.ts';
import { stageLocked } from './stage-locked.ts';
import { readTarget, type TargetRequest } from './sync-target.ts';

export interface SyncRequest extends TargetRequest {
  readonly dryRun: boolean;
  /** Runs no tests and checks no runtimes. */
  readonly skipTests: boolean;
  /** Asked before packs go; it throws where they are not to. */
  approve(removed: SyncPlan['removed']): Promise<void>;
}

class StoreChanged extends AttuneError {
  constructor(refs: readonly string[]) {
    const names = refs.map((ref) => `'${ref}'`).join(', ');
    super('STORE_CHANGED', `Another attune changed ${names} at the same time; nothing was done.`, {
      facts: { refs },
      hint: 'Run it again.',
    });
  }
}

/** A pack that comes, tested. */
interface Coming extends LockedContent {
  readonly step: SyncStep;
  readonly report: TestReport | undefined;
}

/**
 * @throws AttuneError of every family; the store is then as it was. The lock of a list is written before the store is
 * changed and after all that is likely to fail, so that what is tried again is the same
 */
export async function syncPacks(request: SyncRequest, runtime: Runtime): Promise<SyncReceipt> {
  const store = await runtime.store();
  using area = store.stage();
  const target = await readTarget(request, area, runtime);
  const plan = withIntact(planSync(target.lock, store.graph(), store.retainedReleases()), store, runtime);
  refusePinned(plan);
  if (request.dryRun) return syncReceipt(plan, target, { dry_run: true }, [], store, runtime);
  if (plan.removed.length > 0) await request.approve(plan.removed);
  const wanting = plan.steps.filter(isWanting);
  const contents = await stageLocked(wanting, target.contents, request.jobs, area, runtime);
  const coming = await testAll(wanting, contents, request, area, runtime);
  const lockAction = target.fresh ? await writeLockFile(target.lockFile, target.lock, runtime) : 'unchanged';
  await commit(plan, coming, store, runtime);
  return syncReceipt(plan, target, { success: true, lock_action: lockAction }, coming, store, runtime);
}

/** The plan, going back to no release whose files somebody changed. */
function withIntact({ steps, removed }: SyncPlan, store: Store, runtime: Runtime): SyncPlan {
  const intact = (kept: RetainedRelease | undefined) => (kept && isIntact(kept, store, runtime) ? kept : undefined);
  return { steps: steps.map((step) => ({ ...step, kept: intact(step.kept) })), removed };
}

function isIntact(release: RetainedRelease, store: Store, runtime: Runtime): boolean {
  try {
    confirmRelease(release, store);
    return true;
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    runtime.reporter.note(`${error.message} It is fetched anew.`);
    return false;
  }
}

/** @throws PackPinned naming every pinned pack that would change or go */
function refusePinned({ steps, removed }: SyncPlan): void {
  const moving = steps
    .filter((step) => isWanting(step) || step.kept !== undefined)
    .flatMap(({ before }) => before ?? []);
  const pinned = [...moving, ...removed].filter((pack) => pack.pinned);
  if (pinned.length > 0) throw new PackPinned(pinned);
}

/** It is neither installed nor kept. */
function isWanting({ action, kept }: SyncStep): boolean {
  return action !== 'unchanged' && action !== 'marked' && kept === undefined;
}

/** One after the other: two packs' tests at the same time could be in each other's way. */
async function testAll(
  steps: readonly SyncStep[],
  contents: readonly LockedContent[],
  { skipTests }: SyncRequest,
  area: StagingArea,
  runtime: Runtime,
): Promise<Coming[]> {
  const coming = steps.map((step, at) => ({ ...contents[at]!, step, report: undefined }));
  if (skipTests) return coming;
  const unmet = await unmetHere(
    coming.map(({ staged }) => staged),
    runtime,
  );
  if (unmet.length > 0) throw new UnsatisfiedDependencies(unmet);
  const tested: Coming[] = [];
  for (const pack of coming) tested.push({ ...pack, report: await runTestGate(pack.staged, false, area, runtime) });
  return tested;
}

async function commit(plan: SyncPlan, coming: readonly Coming[], store: Store, runtime: Runtime): Promise<void> {
  if (plan.removed.length === 0 && plan.steps.every(({ action }) => action === 'unchanged')) return;
  runtime.reporter.step('Installing');
  const settled = await store.settle(coming.map(readyPack));
  await store.write((writer) => {
    const now = writer.graph();
    if (isDone(plan, now)) return;
    refuseChanged(plan, now);
    writer.apply({
      install: settled,
      rollback: plan.steps.flatMap(({ kept }) => kept ?? []),
      uninstall: plan.removed.map(({ ref }) => ref),
      requested: new Map(plan.steps.map(({ pack }) => [pack.ref, pack.requested])),
    });
  });
}

/** Another attune made the same of it meanwhile. */
function isDone({ steps }: SyncPlan, now: Graph): boolean {
  const packs = steps.map(({ pack }) => pack);
  const { steps: left, removed } = planSync({ packs }, now, []);
  return removed.length === 0 && left.every(({ action }) => action === 'unchanged');
}

/** What was planned was planned for what was there. */
function refuseChanged({ steps, removed }: SyncPlan, now: Graph): void {
  const before = new Map([...steps.flatMap((step) => step.before ?? []), ...removed].map((node) => [node.ref, node]));
  const there = new Map(now.map((node) => [node.ref, node]));
  const changed = [...new Set([...before.keys(), ...there.keys()])].filter(
    (ref) => JSON.stringify(before.get(ref)) !== JSON.stringify(there.get(ref)),
  );
  if (changed.length > 0) throw new StoreChanged(changed.sort());
}

function readyPack({ step, staged, registry, report }: Coming): ReadyPack {
  return {
    ...staged,
    registry,
    requested: step.pack.requested,
    dependencies: recordedDependencies(staged.pack.manifest.dependencies),
    tests: report,
  };
}
