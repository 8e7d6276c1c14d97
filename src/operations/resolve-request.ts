import type { FoundPack } from '../registry/registries.ts';
import { type PlanRoot, type PlanStep, planInstall } from '../resolver/plan.ts';
import type { InstalledPack } from '../store/installed.ts';
import type { StagingArea } from '../store/staging.ts';
import { inParallel } from './in-parallel.ts';
import { ContradictoryRequest, describeSource, type InstallRequest, type Requested } from './read-request.ts';
import type { Runtime } from './runtime.ts';
import type { PromisedPack } from './stage-entry.ts';
import { type StagedPack, stagePack } from './stage-pack.ts';

/** A pack that will be installed, and where its content comes from. */
export interface PlannedPack {
  readonly ref: string;
  readonly version: string;
  /** The pack that needs it; `undefined` for what was asked for. */
  readonly requiredBy: string | undefined;
  readonly from: GivenPack | RegistryPack;
}

/** Named by a path or a URL, and fetched already: only its own manifest says what it is. */
export interface GivenPack {
  readonly kind: 'given';
  readonly staged: StagedPack;
}

export interface RegistryPack extends PromisedPack {
  readonly kind: 'registry';
  /** The requirements that the index names. */
  readonly dependencies: readonly string[];
}

/** Fetches what was named by a path or a URL. @throws ContradictoryRequest when two of them are the same pack */
export async function stageGiven(
  requested: readonly Requested[],
  request: InstallRequest,
  area: StagingArea,
  runtime: Runtime,
): Promise<GivenPack[]> {
  const sources = requested.filter((one) => one.kind === 'source');
  const staged = await inParallel(sources, request.jobs, (one) => {
    runtime.reporter.note(`Installing pack from: ${describeSource(one.request)}`);
    return stagePack(one.request, one.expected, area, runtime);
  });
  refuseTwins([
    ...staged.map(({ pack }) => pack.manifest.ref),
    ...requested.flatMap((one) => (one.kind === 'registry' ? one.ref : [])),
  ]);
  return staged.map((pack) => ({ kind: 'given', staged: pack }));
}

function refuseTwins(refs: readonly string[]): void {
  const twice = refs.filter((ref, index) => refs.indexOf(ref) !== index);
  if (twice.length > 0) {
    throw new ContradictoryRequest(
      `More than one SOURCE is the pack ${twice.map((ref) => `'${ref}'`).join(', ')}.`,
      'Name each pack once.',
    );
  }
}

export interface ResolvedRequest {
  /** Dependencies come before what needs them. */
  readonly planned: readonly PlannedPack[];
  /** What `--skip-existing` leaves as it is. */
  readonly unchanged: readonly InstalledPack[];
}

/** Works out what has to be installed, in which versions and in which order. Nothing is fetched for it but indexes. */
export async function planRequest(
  requested: readonly Requested[],
  given: readonly GivenPack[],
  request: InstallRequest,
  runtime: Runtime,
): Promise<ResolvedRequest> {
  const store = await runtime.store();
  const registries = await runtime.registries();
  const choice = { registry: request.registry };
  const unchanged: InstalledPack[] = [];
  const roots: PlanRoot<FoundPack>[] = [];
  for (const root of [...given.map(givenRoot), ...requested.filter((one) => one.kind === 'registry')]) {
    const installed = request.skipExisting ? store.find(root.ref) : undefined;
    if (installed !== undefined) unchanged.push(installed);
    else roots.push('version' in root ? root : { ...root, pack: await registries.get(root.ref, choice) });
  }
  const none = { lookup: async () => undefined };
  const some = { lookup: (ref: string) => registries.find(ref, choice) };
  const { steps, missing } = await planInstall<FoundPack>({
    leaveMissing: request.dryRun,
    roots: request.skipDependencies ? roots.map(withoutNeeds) : roots,
    installed: store.versions(),
    ...(request.askRegistries ? some : none),
  });
  const stagedByRef = new Map(given.map((pack) => [pack.staged.pack.manifest.ref, pack]));
  for (const line of missing) runtime.reporter.warn(`${line}: an installation would stop here.`);
  return { unchanged, planned: steps.map((step) => plannedPack(step, stagedByRef)) };
}

function givenRoot({ staged }: GivenPack): Extract<PlanRoot<FoundPack>, { kind: 'given' }> {
  const { ref, version, dependencies } = staged.pack.manifest;
  return { kind: 'given', ref, version, dependencies: dependencies.packs };
}

/** With `--skip-deps` a pack comes alone. */
function withoutNeeds(root: PlanRoot<FoundPack>): PlanRoot<FoundPack> {
  if (root.kind === 'given') return { ...root, dependencies: [] };
  return {
    ...root,
    pack: { ...root.pack, versions: root.pack.versions.map((version) => ({ ...version, dependencies: [] })) },
  };
}

function plannedPack(step: PlanStep<FoundPack>, given: ReadonlyMap<string, GivenPack>): PlannedPack {
  const { ref, version, requestedBy: requiredBy } = step;
  if (step.kind === 'given') return { ref, version, requiredBy, from: given.get(ref)! };
  const { registry } = step.pack;
  const { dependencies, release } = step.release;
  return {
    ref,
    version,
    requiredBy,
    from: { kind: 'registry', ref, version, registry: registry.name, sources: release.installSources, dependencies },
  };
}
