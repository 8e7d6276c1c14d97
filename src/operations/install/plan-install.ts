import type { DeclaredRequirements } from '../../packs/manifest/types.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { FoundPack } from '../../registry/lookup/registries.ts';
import { eligibleVersions } from '../../resolver/eligible-versions.ts';
import { type PlanRoot, type PlanStep, planInstall } from '../../resolver/plan.ts';
import type { InstalledPack } from '../../store/installed.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Graph } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import type { IndexedRelease } from '../staging/stage-entry.ts';
import { stagePack } from '../staging/stage-pack.ts';
import type { StagedPack } from '../staging/staged-content.ts';
import { assertNotInstalled, assertPinnedUnchanged } from './already-installed.ts';
import { holdInstalled } from './hold-installed.ts';
import { assertDistinct, formatSource, type InstallRequest, type RequestedSource } from './install-request.ts';

/** A pack to be installed, and the source of its content. */
export interface PlannedPack {
  readonly ref: string;
  readonly version: string;
  /** The pack that depends on it; `undefined` for a requested pack. */
  readonly requiredBy: string | undefined;
  readonly from: GivenPack | RegistryPack;
}

/** A pack that was requested by path or URL. It is already fetched, because only its manifest has its ref and version. */
export interface GivenPack {
  readonly kind: 'given';
  readonly yanked?: undefined;
  readonly staged: StagedPack;
}

export interface RegistryPack extends IndexedRelease {
  readonly kind: 'registry';
  /** The requirements that the index lists. */
  readonly dependencies: readonly string[];
  /** Why the version must no longer be chosen; `undefined` if it is not yanked. */
  readonly yanked: string | undefined;
  /** All requirements that the index lists. */
  readonly requires: DeclaredRequirements;
}

/** Fetches the packs that were requested by path or URL. @throws ContradictoryRequest when two are the same pack */
export async function stageGiven(
  requested: readonly RequestedSource[],
  request: InstallRequest,
  area: StagingArea,
  runtime: Runtime,
): Promise<GivenPack[]> {
  const sources = requested.filter((one) => one.kind === 'source');
  const staged = await mapConcurrently(sources, request.jobs, (one) => {
    runtime.reporter.note(`Installing pack from: ${formatSource(one.request)}`);
    return stagePack(one.request, one.expected, area, runtime);
  });
  assertDistinct(
    [
      ...staged.map(({ pack }) => pack.manifest.ref),
      ...requested.flatMap((one) => (one.kind === 'registry' ? one.ref : [])),
    ],
    'SOURCE',
  );
  return staged.map((pack) => ({ kind: 'given', staged: pack }));
}

export interface ResolvedRequest {
  /** Dependencies precede their dependents. */
  readonly planned: readonly PlannedPack[];
  /** Packs that `--skip-existing` leaves unchanged. */
  readonly unchanged: readonly InstalledPack[];
  /** The installed packs. */
  readonly graph: Graph;
}

export type RequestedRoot = Exclude<PlanRoot<FoundPack>, { kind: 'installed' }>;

/** A request with the facts that its plan depends on. */
export interface PreparedRequest extends Pick<ResolvedRequest, 'unchanged' | 'graph'> {
  readonly roots: readonly RequestedRoot[];
  /** Versions that were published later are not chosen. */
  readonly notAfter: Date | undefined;
  lookup(ref: string): Promise<FoundPack | undefined>;
}

/** Looks up the requested packs in the registries and reads what is installed. */
export async function prepareRequest(
  requested: readonly RequestedSource[],
  given: readonly GivenPack[],
  request: InstallRequest,
  runtime: Pick<Runtime, 'registries' | 'store' | 'config' | 'clock'>,
): Promise<PreparedRequest> {
  const registries = await runtime.registries();
  const { roots, unchanged } = await rootsOf(requested, given, request, runtime);
  return {
    roots: request.skipDependencies ? roots.map(withoutDependencies) : roots,
    unchanged,
    graph: (await runtime.store()).graph(),
    notAfter: await releaseCutoff(runtime),
    lookup: async (ref) => (request.useRegistries ? registries.find(ref, { registry: request.registry }) : undefined),
  };
}

/**
 * Resolves a request to the packs to install, with their versions and in order. Downloads indexes only. Installed packs
 * that were not requested stay unchanged, and their dependencies stay satisfied.
 * @throws AlreadyInstalled, PackPinned, and what `planInstall` throws
 */
export async function resolveRequest(
  { roots, unchanged, graph, notAfter, lookup }: PreparedRequest,
  given: readonly GivenPack[],
  { force, skipDependencies }: Pick<InstallRequest, 'force' | 'skipDependencies'>,
): Promise<ResolvedRequest> {
  const versions = roots.map((root) => ({
    ref: root.ref,
    version: requestedVersion(root, notAfter),
    inRegistry: root.kind === 'registry',
  }));
  if (force) assertPinnedUnchanged(versions, graph);
  else assertNotInstalled(versions, (ref) => graph.find((pack) => pack.ref === ref)?.version);
  const requestedRefs = new Set(roots.map(({ ref }) => ref));
  const others = skipDependencies ? [] : graph.filter(({ ref }) => !requestedRefs.has(ref));
  const { steps } = await planInstall<FoundPack>({
    roots: [...roots, ...others.map(({ ref }) => ({ kind: 'installed', ref }) as const)],
    held: holdInstalled(graph, requestedRefs, () => true),
    notAfter,
    lookup,
  });
  const stagedByRef = new Map(given.map((pack) => [pack.staged.pack.manifest.ref, pack]));
  return { unchanged, planned: steps.map((step) => plannedPack(step, stagedByRef)), graph };
}

/** Looks up the requested packs, except for those that are installed and skipped. */
async function rootsOf(
  requested: readonly RequestedSource[],
  given: readonly GivenPack[],
  { skipExisting, registry }: InstallRequest,
  runtime: Pick<Runtime, 'store' | 'registries'>,
): Promise<{ roots: RequestedRoot[]; unchanged: InstalledPack[] }> {
  const store = await runtime.store();
  const registries = await runtime.registries();
  const unchanged: InstalledPack[] = [];
  const roots: RequestedRoot[] = [];
  for (const root of [...given.map(givenRoot), ...requested.filter((one) => one.kind === 'registry')]) {
    const installed = skipExisting ? store.find(root.ref) : undefined;
    if (installed !== undefined) unchanged.push(installed);
    else roots.push('version' in root ? root : { ...root, pack: await registries.get(root.ref, { registry }) });
  }
  return { roots, unchanged };
}

/** A planned pack that comes from a registry. */
export type PlannedFromRegistry = PlannedPack & { readonly from: RegistryPack };

export interface LockedPlanOptions {
  /** The only registry to query. */
  readonly registry?: string | undefined;
  /** Versions by ref that are preferred if they match, even if they are yanked, too young or prereleases. */
  readonly locked?: ReadonlyMap<string, string> | undefined;
}

/**
 * Resolves refs and ranges with all their dependencies, as if no pack were installed.
 * @param wanted every ref once; a range is in npm's syntax, `undefined` for the latest release
 * @returns dependencies before their dependents, with the dependencies that the index lists
 * @throws NotInAnyRegistry, NoRegistry, UnknownRegistry, RegistryUnreadable, and what `planInstall` throws
 */
export async function planFromScratch(
  wanted: readonly { readonly ref: string; readonly range: string | undefined }[],
  runtime: Pick<Runtime, 'registries' | 'config' | 'clock'>,
  { registry, locked = new Map() }: LockedPlanOptions = {},
): Promise<readonly PlannedFromRegistry[]> {
  const registries = await runtime.registries();
  const roots: RequestedRoot[] = [];
  for (const { ref, range } of wanted) {
    roots.push({ kind: 'registry', ref, range, pack: await registries.get(ref, { registry }) });
  }
  const { steps } = await planInstall<FoundPack>({
    roots,
    held: new Map([...locked].map(([ref, version]) => [ref, { version, reason: 'locked', required: false }])),
    notAfter: await releaseCutoff(runtime),
    lookup: (ref) => registries.find(ref, { registry }),
  });
  return steps.filter((step) => step.kind === 'registry').map(plannedFromRegistry);
}

/** Returns the time after which a published release is too young to be chosen; `undefined` if there is no limit. */
export async function releaseCutoff(runtime: Pick<Runtime, 'config' | 'clock'>): Promise<Date | undefined> {
  const { minReleaseAgeMs } = await runtime.config();
  return minReleaseAgeMs === undefined ? undefined : new Date(runtime.clock.now().getTime() - minReleaseAgeMs);
}

function givenRoot({ staged }: GivenPack): Extract<RequestedRoot, { kind: 'given' }> {
  const { ref, version, dependencies } = staged.pack.manifest;
  return { kind: 'given', ref, version, dependencies: dependencies.packs };
}

/** Returns the version that a root alone would resolve to; `undefined` if there is none. */
export function requestedVersion(root: RequestedRoot, notAfter: Date | undefined): string | undefined {
  if (root.kind === 'given') return root.version;
  const { pack, range } = root;
  const [best] = [
    ...eligibleVersions(pack.versions, { range, notAfter }),
    ...eligibleVersions(pack.versions, { range }),
  ];
  return best?.version;
}

/** Returns a root without its dependencies, for `--skip-deps`. */
function withoutDependencies(root: RequestedRoot): RequestedRoot {
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
  const { installSources: sources, runtimeDeps, dependencies: declared } = release.release;
  const { yanked } = release;
  const dependencies = declared.packs;
  const registry = pack.registry.name;
  const from: RegistryPack = {
    kind: 'registry',
    ref,
    version,
    registry,
    sources,
    dependencies,
    yanked,
    requires: { ref, runtimeDeps, dependencies: declared },
  };
  return { ref, version, requiredBy, from };
}
