import { mapConcurrently } from '../../platform/concurrency.ts';
import type { FoundPack } from '../../registry/lookup/registries.ts';
import { eligibleVersions } from '../../resolver/eligible-versions.ts';
import { type PlanRoot, type PlanStep, planInstall } from '../../resolver/plan.ts';
import type { InstalledPack } from '../../store/installed.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Graph } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import type { IndexedRelease } from '../staging/stage-entry.ts';
import { type StagedPack, stagePack } from '../staging/stage-pack.ts';
import { assertNotInstalled, assertPinnedUnchanged } from './already-installed.ts';
import { holdInstalled } from './hold-installed.ts';
import { ContradictoryRequest, describeSource, type InstallRequest, type Requested } from './install-request.ts';

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

export interface RegistryPack extends IndexedRelease {
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
  const staged = await mapConcurrently(sources, request.jobs, (one) => {
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
  /** What is installed. */
  readonly graph: Graph;
}

type Root = Exclude<PlanRoot<FoundPack>, { kind: 'kept' }>;

/**
 * Works out what has to be installed, in which versions and in which order. Nothing is fetched for it but indexes. What
 * is installed and was not asked for stays as it is, and what it needs stays met.
 * @throws AlreadyInstalled, and what `planInstall` throws
 */
export async function planRequest(
  requested: readonly Requested[],
  given: readonly GivenPack[],
  request: InstallRequest,
  runtime: Runtime,
): Promise<ResolvedRequest> {
  const store = await runtime.store();
  const registries = await runtime.registries();
  const notAfter = await releaseCutoff(runtime);
  const choice = { registry: request.registry };
  const unchanged: InstalledPack[] = [];
  const roots: Root[] = [];
  for (const root of [...given.map(givenRoot), ...requested.filter((one) => one.kind === 'registry')]) {
    const installed = request.skipExisting ? store.find(root.ref) : undefined;
    if (installed !== undefined) unchanged.push(installed);
    else roots.push('version' in root ? root : { ...root, pack: await registries.get(root.ref, choice) });
  }
  const graph = store.graph();
  const wanted = roots.map((root) => ({
    ref: root.ref,
    version: versionOf(root, notAfter),
    inRegistry: root.kind === 'registry',
  }));
  if (request.force) assertPinnedUnchanged(wanted, graph);
  else assertNotInstalled(wanted, (ref) => graph.find((pack) => pack.ref === ref)?.version);
  const asked = new Set(roots.map(({ ref }) => ref));
  const others = request.skipDependencies ? [] : graph.filter(({ ref }) => !asked.has(ref));
  const { steps, missing } = await planInstall<FoundPack>({
    roots: [
      ...(request.skipDependencies ? roots.map(withoutNeeds) : roots),
      ...others.map(({ ref }) => ({ kind: 'kept', ref }) as const),
    ],
    held: holdInstalled(graph, asked, () => true),
    notAfter,
    leaveMissing: request.dryRun,
    lookup: async (ref) => (request.useRegistries ? registries.find(ref, choice) : undefined),
  });
  const stagedByRef = new Map(given.map((pack) => [pack.staged.pack.manifest.ref, pack]));
  for (const line of missing) runtime.reporter.warn(`${line}: an installation would stop here.`);
  return { unchanged, planned: steps.map((step) => plannedPack(step, stagedByRef)), graph };
}

/** A pack that comes from a registry. */
export type PlannedFromRegistry = PlannedPack & { readonly from: RegistryPack };

export interface LockedPlanOptions {
  /** The only registry to ask. */
  readonly registry?: string | undefined;
  /** Versions that are taken before others if they will do, by ref, also when they are yanked, young or prereleases. */
  readonly locked?: ReadonlyMap<string, string> | undefined;
}

/**
 * Works out the packs that some refs and ranges come to with all that they need, as if nothing were installed.
 * @param wanted every ref once; a range is npm's syntax, `undefined` for the latest release
 * @returns each after what it needs, and with what its index says that it needs
 * @throws NotInAnyRegistry, NoRegistry, UnknownRegistry, RegistryUnreadable, and what `planInstall` throws
 */
export async function planFromScratch(
  wanted: readonly { readonly ref: string; readonly range: string | undefined }[],
  runtime: Pick<Runtime, 'registries' | 'config' | 'clock'>,
  { registry, locked = new Map() }: LockedPlanOptions = {},
): Promise<readonly PlannedFromRegistry[]> {
  const registries = await runtime.registries();
  const roots: Root[] = [];
  for (const { ref, range } of wanted) {
    roots.push({ kind: 'registry', ref, range, pack: await registries.get(ref, { registry }) });
  }
  const { steps } = await planInstall<FoundPack>({
    roots,
    held: new Map([...locked].map(([ref, version]) => [ref, { version, as: 'locked', firm: false }])),
    notAfter: await releaseCutoff(runtime),
    lookup: (ref) => registries.find(ref, { registry }),
  });
  return steps.filter((step) => step.kind === 'registry').map(plannedFromRegistry);
}

/** No release is chosen that was published after this; `undefined` where any may be. */
export async function releaseCutoff(runtime: Pick<Runtime, 'config' | 'clock'>): Promise<Date | undefined> {
  const { minReleaseAgeMs } = await runtime.config();
  return minReleaseAgeMs === undefined ? undefined : new Date(runtime.clock.now().getTime() - minReleaseAgeMs);
}

function givenRoot({ staged }: GivenPack): Extract<Root, { kind: 'given' }> {
  const { ref, version, dependencies } = staged.pack.manifest;
  return { kind: 'given', ref, version, dependencies: dependencies.packs };
}

/** The version that a root asks for, as far as it goes by itself; `undefined` where there is none. */
function versionOf(root: Root, notAfter: Date | undefined): string | undefined {
  if (root.kind === 'given') return root.version;
  const { pack, range } = root;
  const [best] = [
    ...eligibleVersions(pack.versions, { range, notAfter }),
    ...eligibleVersions(pack.versions, { range }),
  ];
  return best?.version;
}

/** With `--skip-deps` a pack comes alone. */
function withoutNeeds(root: Root): Root {
  if (root.kind === 'given') return { ...root, dependencies: [] };
  return {
    ...root,
    pack: { ...root.pack, versions: root.pack.versions.map((version) => ({ ...version, dependencies: [] })) },
  };
}

function plannedPack(step: PlanStep<FoundPack>, given: ReadonlyMap<string, GivenPack>): PlannedPack {
  if (step.kind === 'registry') return plannedFromRegistry(step);
  const { ref, version, requestedBy: requiredBy } = step;
  return { ref, version, requiredBy, from: given.get(ref)! };
}

export function plannedFromRegistry(step: Extract<PlanStep<FoundPack>, { kind: 'registry' }>): PlannedFromRegistry {
  const { ref, version, requestedBy: requiredBy, pack, release } = step;
  const { installSources: sources } = release.release;
  const { dependencies } = release;
  const from: RegistryPack = { kind: 'registry', ref, version, registry: pack.registry.name, sources, dependencies };
  return { ref, version, requiredBy, from };
}
