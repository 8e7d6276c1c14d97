/**
 * Installing is this list of steps. Each takes what the step before made, so that none can be left out: what was asked
 * for, what that resolves to, what was fetched and verified, what passed its tests. Only the last step changes the store,
 * and it does so for all packs at once.
 */

import { parseRequirement, type Requirement } from '../packs/requirement.ts';
import type { TestReport } from '../packs/test-report.ts';
import type { ReadyPack } from '../store/record-release.ts';
import type { StagingArea } from '../store/staging.ts';
import type { Store } from '../store/store.ts';
import { refuseInstalled } from './already-installed.ts';
import { checkNeeds, confirmNeeds, tellAllNeeds } from './check-needs.ts';
import { inParallel } from './in-parallel.ts';
import { type InstallReceipt, plannedItem, receiptItem, unchangedItem } from './install-receipt.ts';
import { type InstallRequest, readRequest } from './read-request.ts';
import { type PlannedPack, planRequest, stageGiven } from './resolve-request.ts';
import type { Runtime } from './runtime.ts';
import { stageEntry } from './stage-entry.ts';
import type { StagedPack } from './stage-pack.ts';
import { tryTests } from './try-tests.ts';

/** A planned pack whose content is in staging. */
interface FetchedPack extends PlannedPack {
  readonly staged: StagedPack;
}

/** A fetched pack that may be installed. */
interface TestedPack extends FetchedPack {
  readonly report: TestReport | undefined;
}

/**
 * Installs packs with what they need: all of it, or nothing.
 * @throws AttuneError of every family; the store is then as it was
 */
export async function installPacks(request: InstallRequest, runtime: Runtime): Promise<InstallReceipt> {
  const store = await runtime.store();
  using area = store.stage();
  const requested = readRequest(request, runtime.environment);
  const given = await stageGiven(requested, request, area, runtime);
  const { planned, unchanged } = await planRequest(requested, given, request, runtime).catch((error: unknown) =>
    tellAllNeeds(
      error,
      given.map(({ staged }) => staged),
      runtime,
    ),
  );
  if (!request.force) refuseInstalled(planned, (ref) => store.find(ref));
  const kept = unchanged.map(unchangedItem);
  const { warnings } = runtime.reporter;
  if (request.dryRun) {
    return { dry_run: true, packs: [...planned.map((pack) => plannedItem(pack, request, store)), ...kept], warnings };
  }
  const fetched = await inParallel(planned, request.jobs, (pack) => fetchPlanned(pack, request, area, runtime));
  if (!request.skipDependencies) {
    await checkNeeds(
      fetched.map(({ staged }) => staged),
      runtime,
    );
  }
  const tested = await testAll(fetched, request, area, runtime);
  const installed = await commit(tested, request, store, runtime);
  return { success: true, packs: [...installed, ...kept], warnings };
}

async function fetchPlanned(
  pack: PlannedPack,
  request: InstallRequest,
  area: StagingArea,
  runtime: Runtime,
): Promise<FetchedPack> {
  if (pack.from.kind === 'given') return { ...pack, staged: pack.from.staged };
  runtime.reporter.note(`Installing pack from: ${pack.ref} ${pack.version} (${pack.from.registry})`);
  return { ...pack, staged: await stageEntry(pack.from, request.allowWeakChecksum, area, runtime) };
}

/** One after the other: two packs' tests at the same time could be in each other's way. */
async function testAll(
  fetched: readonly FetchedPack[],
  request: InstallRequest,
  area: StagingArea,
  runtime: Runtime,
): Promise<TestedPack[]> {
  const tested: TestedPack[] = [];
  for (const pack of fetched) {
    const report = request.skipTests ? undefined : await tryTests(pack.staged, request.force, area, runtime);
    tested.push({ ...pack, report });
  }
  return tested;
}

async function commit(tested: readonly TestedPack[], request: InstallRequest, store: Store, runtime: Runtime) {
  if (tested.length === 0) return [];
  runtime.reporter.step('Installing');
  const settled = await store.settle(tested.map(readyPack));
  const installed = await store.write((writer) => {
    // Others may have installed one of them, or removed what they need, while these were fetched and tested.
    if (!request.force) refuseInstalled(tested, (ref) => writer.find(ref));
    if (!request.skipDependencies) {
      confirmNeeds(
        tested.map(({ staged }) => staged),
        writer.versions(),
      );
    }
    return writer.install(settled);
  });
  return tested.map((pack, index) => receiptItem(pack, installed[index]!, request));
}

function readyPack({ staged, from, requiredBy, report }: TestedPack): ReadyPack {
  return {
    ...staged,
    registry: from.kind === 'registry' ? from.registry : undefined,
    requested: requiredBy === undefined,
    dependencies: oneForEachRef(staged.pack.manifest.dependencies.packs.map(parseRequirement)),
    tests: report,
  };
}

/** A pack may be named twice, with a lower bound and an upper one; what is recorded has both in one range. */
function oneForEachRef(requirements: readonly Requirement[]): Requirement[] {
  const ranges = new Map<string, string>();
  for (const { ref, range } of requirements) ranges.set(ref, bothRanges(ranges.get(ref) ?? '*', range));
  return [...ranges].map(([ref, range]) => ({ ref, range }));
}

function bothRanges(one: string, other: string): string {
  if (one === '*' || one === other) return other;
  if (other === '*') return one;
  return one
    .split('||')
    .flatMap((left) => other.split('||').map((right) => `${left.trim()}, ${right.trim()}`))
    .join(' || ');
}
