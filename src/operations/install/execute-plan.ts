/**
 * Executes a plan, for installation and upgrade alike. Each step takes the type that the previous step produced, so that
 * no step can be skipped. Only the last step changes the store, for all packs at once.
 */
import type { TestReport } from '../../packs/test-report.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { ReadyPack } from '../../store/releases/record-release.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { StoreWriter } from '../../store/writer.ts';
import type { Runtime } from '../runtime.ts';
import { stageEntry } from '../staging/stage-entry.ts';
import type { StagedPack } from '../staging/staged-content.ts';
import { checkDependencies, recheckPackDependencies, recordedDependencies } from './check-dependencies.ts';
import type { InstallRequest } from './install-request.ts';
import type { PlannedPack } from './plan-install.ts';
import { type InstalledItem, receiptItem } from './receipt.ts';
import { testStagedPacks } from './test-gate.ts';

export type ExecutePlanOptions = Pick<
  InstallRequest,
  'force' | 'skipTests' | 'skipDependencies' | 'allowWeakChecksum' | 'jobs' | 'env'
> & {
  /** Returns whether a pack is recorded as requested. A pack that was requested before stays so. */
  isRequested(pack: PlannedPack): boolean;
  /** Verifies under the writer lock that the plan still fits the store; throws if it does not. */
  confirm(planned: readonly PlannedPack[], writer: StoreWriter): void;
};

/** A planned pack whose content is in staging. */
interface FetchedPack extends PlannedPack {
  readonly staged: StagedPack;
}

/** A fetched pack that has passed its tests, or may be installed in spite of them. */
interface TestedPack extends FetchedPack {
  readonly report: TestReport | undefined;
}

/**
 * Fetches packs, checks their dependencies, runs their tests and installs all of them, or none.
 * @param planned sorted so that dependencies precede their dependents
 * @throws AttuneError of every family; the store is then unchanged
 */
export async function executePlan(
  planned: readonly PlannedPack[],
  options: ExecutePlanOptions,
  area: StagingArea,
  runtime: Runtime,
): Promise<InstalledItem[]> {
  if (planned.length === 0) return [];
  const fetched = await mapConcurrently(planned, options.jobs, (pack) => fetchPlanned(pack, options, area, runtime));
  if (!options.skipDependencies) await checkDependencies(fetched.map(stagedOf), runtime);
  const tested = await testStagedPacks(fetched, options, area, runtime);
  return commit(tested, options, runtime);
}

async function fetchPlanned(
  pack: PlannedPack,
  { allowWeakChecksum }: ExecutePlanOptions,
  area: StagingArea,
  runtime: Runtime,
): Promise<FetchedPack> {
  if (pack.from.kind === 'given') return { ...pack, staged: pack.from.staged };
  runtime.reporter.note(`Installing pack from: ${pack.ref} ${pack.version} (${pack.from.registry})`);
  return { ...pack, staged: await stageEntry(pack.from, allowWeakChecksum, area, runtime) };
}

async function commit(tested: readonly TestedPack[], options: ExecutePlanOptions, runtime: Runtime) {
  runtime.reporter.step('Installing');
  const store = await runtime.store();
  const settled = await store.settle(tested.map((pack) => readyPack(pack, options)));
  return store.write((writer) => {
    options.confirm(tested, writer);
    const versions = writer.versions();
    if (!options.skipDependencies) recheckPackDependencies(tested.map(stagedOf), versions);
    const installed = writer.install(settled);
    return tested.map((pack, index) => receiptItem(pack, installed[index]!, versions.get(pack.ref), options));
  });
}

function stagedOf({ staged }: FetchedPack): StagedPack {
  return staged;
}

function readyPack(pack: TestedPack, { isRequested }: ExecutePlanOptions): ReadyPack {
  const { staged, from, report } = pack;
  return {
    ...staged,
    registry: from.kind === 'registry' ? from.registry : undefined,
    requested: isRequested(pack),
    dependencies: recordedDependencies(staged.pack.manifest.dependencies),
    tests: report,
  };
}
