/**
 * What installing, upgrading and whatever else brings packs have in common, once it is known which: each step takes what
 * the step before made, so that none can be left out. Only the last changes the store, and it does so for all packs at once.
 */
import type { TestReport } from '../../packs/test-report.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { ReadyPack } from '../../store/releases/record-release.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { StoreWriter } from '../../store/writer.ts';
import type { Runtime } from '../runtime.ts';
import { stageEntry } from '../staging/stage-entry.ts';
import type { StagedPack } from '../staging/stage-pack.ts';
import { prepareEnvironments } from '../test/prepare-environments.ts';
import { checkDependencies, recheckPackDependencies } from './check-dependencies.ts';
import type { InstallRequest } from './install-request.ts';
import type { PlannedPack } from './plan-install.ts';
import { type InstalledItem, receiptItem } from './receipt.ts';
import { recordedDependencies } from './recorded-dependencies.ts';
import { runTestGate } from './test-gate.ts';

/** How a plan is carried out. */
export type ExecutePlanOptions = Pick<
  InstallRequest,
  'force' | 'skipTests' | 'skipDependencies' | 'allowWeakChecksum' | 'jobs' | 'env'
> & {
  /** Whether a pack counts as one that was asked for. One that counted so before goes on to. */
  isRequested(pack: PlannedPack): boolean;
  /** Asked when nobody else can write any more: what the plan was made for may have changed. It throws where it has. */
  confirm(planned: readonly PlannedPack[], writer: StoreWriter): void;
};

/** A planned pack whose content is in staging. */
interface FetchedPack extends PlannedPack {
  readonly staged: StagedPack;
}

/** A fetched pack that may be installed. */
interface TestedPack extends FetchedPack {
  readonly report: TestReport | undefined;
}

/**
 * Fetches packs, checks what they need, runs their tests and installs them: all of them, or none.
 * @param planned each after what it needs
 * @throws AttuneError of every family; the store is then as it was
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
  const tested = await testAll(fetched, options, area, runtime);
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

/** One after the other: two packs' tests at the same time could be in each other's way. */
async function testAll(
  fetched: readonly FetchedPack[],
  { skipTests, force, env }: ExecutePlanOptions,
  area: StagingArea,
  runtime: Runtime,
): Promise<TestedPack[]> {
  const tested: TestedPack[] = [];
  for (const pack of fetched) {
    const { root, manifest } = pack.staged.pack;
    using prepared = env ? await prepareEnvironments({ root, ref: manifest.ref }, runtime) : undefined;
    const report = skipTests ? undefined : await runTestGate(pack.staged, force, area, runtime, prepared);
    tested.push({ ...pack, report });
  }
  return tested;
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
    return tested.map((pack, at) => receiptItem(pack, installed[at]!, versions.get(pack.ref), options));
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
