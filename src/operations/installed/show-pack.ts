import rcompare from 'semver/functions/rcompare.js';
import { PACK_REF } from '../../packs/pack-ref.ts';
import type { FoundPack, FoundVersion } from '../../registry/lookup/found-pack.ts';
import { eligibleVersions } from '../../resolver/eligible-versions.ts';
import type { InstalledDetails } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { NotInstalled } from './not-installed.ts';
import { type ReportedEvent, reportedEvent } from './read-history.ts';

export interface ShownPack extends Omit<InstalledDetails, 'history'> {
  readonly installed: true;
  readonly history: readonly ReportedEvent[];
}

/** A pack that is not installed, as the registry lists it that it would be installed from. */
export interface ListedPack {
  readonly ref: string;
  readonly installed: false;
  readonly registry: string;
  readonly label: string;
  readonly description: string;
  /** The version that would be installed; `null` if all versions are yanked. */
  readonly latest: string | null;
  /** All versions, newest first. */
  readonly versions: readonly ListedVersion[];
  /** The runtimes and packs that the newest version needs. */
  readonly runtime_deps: readonly string[];
  readonly dependencies: readonly string[];
}

export interface ListedVersion {
  readonly version: string;
  /** Why its publisher pulled it. */
  readonly yanked?: string;
  readonly published_at?: string;
}

/**
 * Returns everything that is recorded about an installed pack, or what the registries have of a pack that is not installed.
 * @throws NotInstalled if no registry has it either; RegistryUnreadable, InvalidEntryRequested
 */
export async function showPack(
  ref: string,
  runtime: Pick<Runtime, 'store' | 'registries'>,
): Promise<ShownPack | ListedPack> {
  const store = await runtime.store();
  const details = store.describe(ref);
  if (details !== undefined) return { ...details, installed: true, history: details.history.map(reportedEvent) };
  const listed = PACK_REF.test(ref) ? await listedPack(ref, runtime) : undefined;
  if (listed === undefined) throw new NotInstalled([ref], [...store.versions().keys()]);
  return listed;
}

async function listedPack(ref: string, runtime: Pick<Runtime, 'registries'>): Promise<ListedPack | undefined> {
  const registries = await runtime.registries();
  const found = await registries.find(ref);
  if (found === undefined) return undefined;
  const { name } = found.registry;
  const { hits } = await registries.search({ terms: [ref], limit: 1 }, { registry: name });
  const hit = hits.find((one) => one.ref === ref);
  const versions = found.versions.toSorted((one, other) => rcompare(one.version, other.version));
  const [latest] = eligibleVersions(found.versions, { range: undefined });
  return {
    ref,
    installed: false,
    registry: name,
    label: hit?.label ?? ref,
    description: hit?.description ?? '',
    latest: latest?.version ?? null,
    versions: versions.map(listedVersion),
    ...requirementsOf(found),
  };
}

function listedVersion({ version, yanked, publishedAt }: FoundVersion): ListedVersion {
  return {
    version,
    ...(yanked === undefined ? {} : { yanked }),
    ...(publishedAt === undefined ? {} : { published_at: publishedAt }),
  };
}

function requirementsOf({ entry }: FoundPack): Pick<ListedPack, 'runtime_deps' | 'dependencies'> {
  return { runtime_deps: entry.runtimeDeps, dependencies: entry.dependencies.packs };
}
