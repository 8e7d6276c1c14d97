/**
 * Executes a plan, for installation and upgrade alike. Each step takes the type that the previous step produced, so that
 * no step can be skipped. Only the last step changes the store, for all packs at once.
 */

import { parseRequirement } from '../../packs/requirement.ts';
import type { TestReport } from '../../packs/test-report.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { ReadyPack } from '../../store/releases/record-release.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Graph } from '../installed/pack-graph.ts';
import { assertPlanCurrent, type PlanFacts } from '../installed/store-changed.ts';
import type { Runtime } from '../runtime.ts';
import { stageEntry } from '../staging/stage-entry.ts';
import type { StagedPack } from '../staging/staged-content.ts';
import { checkDependencies, recordedDependencies, type UNSATISFIED_HINTS } from './check-dependencies.ts';
import type { InstallRequest } from './install-request.ts';
import type { PlannedPack } from './plan-install.ts';
import { type InstalledItem, receiptItem } from './receipt.ts';
import { type TestPolicy, testStagedPacks } from './test-gate.ts';

export type ExecutePlanOptions = Pick<
  InstallRequest,
  'force' | 'skipTests' | 'skipDependencies' | 'allowWeakChecksum' | 'jobs' | 'env' | keyof TestPolicy
> & {
  readonly command: keyof typeof UNSATISFIED_HINTS;
  /** Returns whether a pack is recorded as requested. A pack that was requested before stays so. */
  isRequested(pack: PlannedPack): boolean;
  /** The installed packs when the plan was made. */
  readonly graph: Graph;
};

/** A planned pack whose content is in staging. */
interface FetchedPack extends PlannedPack {
  readonly staged: StagedPack;
}

/** A fetched pack that has passed its tests, or may be installed in spite of them. */
export interface TestedPack extends FetchedPack {
  readonly report: TestReport | undefined;
}

/** Packs that an earlier attempt of the same command has fetched and tested. */
export type PreparedPacks = Map<string, TestedPack>;

/**
 * Fetches packs, checks their dependencies, runs their tests and installs all of them, or none.
 * @param planned sorted so that dependencies precede their dependents
 * @param prepared packs that are used again; those that are fetched and tested now are added
 * @throws StoreChanged if the plan no longer fits the store; AttuneError of every family; the store is then unchanged
 */
export async function executePlan(
  planned: readonly PlannedPack[],
  options: ExecutePlanOptions,
  area: StagingArea,
  runtime: Runtime,
  prepared: PreparedPacks = new Map(),
): Promise<InstalledItem[]> {
  if (planned.length === 0) return [];
  const fetched = await mapConcurrently(planned, options.jobs, async (pack) => {
    const known = prepared.get(preparedKey(pack));
    return known === undefined ? fetchPlanned(pack, options, area, runtime) : { ...known, ...pack };
  });
  if (!options.skipDependencies) await checkDependencies(fetched.map(stagedOf), options.command, runtime);
  const untested = fetched
    .filter((pack) => !prepared.has(preparedKey(pack)))
    .map((pack) => ({ ...pack, registry: registryOf(pack) }));
  for (const pack of await testStagedPacks(untested, options, area, runtime)) prepared.set(preparedKey(pack), pack);
  const tested = fetched.map((pack) => ({ ...(prepared.get(preparedKey(pack)) as TestedPack), ...pack }));
  return commit(tested, options, runtime);
}

async function fetchPlanned(
  pack: PlannedPack,
  { allowWeakChecksum }: ExecutePlanOptions,
  area: StagingArea,
  runtime: Runtime,
): Promise<FetchedPack> {
  if (pack.from.kind === 'given') return { ...pack, staged: pack.from.staged };
  runtime.reporter.note(`Installing pack from: ${pack.ref} ${pack.version} (${pack.from.registry})`, pack.ref);
  return { ...pack, staged: await stageEntry(pack.from, allowWeakChecksum, area, runtime) };
}

async function commit(tested: readonly TestedPack[], options: ExecutePlanOptions, runtime: Runtime) {
  runtime.reporter.step('Installing');
  const store = await runtime.store();
  const settled = await store.settle(tested.map((pack) => readyPack(pack, options)));
  return store.write((writer) => {
    assertPlanCurrent(factsOf(tested, options), writer.graph());
    const versions = writer.versions();
    const installed = writer.install(settled);
    return tested.map((pack, index) => receiptItem(pack, installed[index]!, versions.get(pack.ref), options));
  });
}

function preparedKey({ ref, version, from }: PlannedPack): string {
  const source = from.kind === 'registry' ? from.registry : JSON.stringify(from.staged.provenance);
  return [ref, version, source].join(' ');
}

function factsOf(tested: readonly TestedPack[], { graph, skipDependencies }: ExecutePlanOptions): PlanFacts {
  const changing = new Set(tested.map(({ ref }) => ref));
  const dependencies = tested.flatMap(({ staged }) => staged.pack.manifest.dependencies.packs);
  const refs = skipDependencies ? [] : dependencies.map((text) => parseRequirement(text).ref);
  return { graph, changing, dependencies: new Set(refs.filter((ref) => !changing.has(ref))) };
}

function registryOf({ from }: PlannedPack): string | undefined {
  return from.kind === 'registry' ? from.registry : undefined;
}

function stagedOf({ staged }: FetchedPack): StagedPack {
  return staged;
}

function readyPack(pack: TestedPack, { isRequested }: ExecutePlanOptions): ReadyPack {
  const { staged, report } = pack;
  return {
    ...staged,
    registry: registryOf(pack),
    requested: isRequested(pack),
    dependencies: recordedDependencies(staged.pack.manifest.dependencies),
    tests: report,
  };
}
