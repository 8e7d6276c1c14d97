import compare from 'semver/functions/compare.js';
import { eligibleVersions } from '../../resolver/eligible-versions.ts';
import type { InstalledPack } from '../../store/installed.ts';
import { ContradictoryRequest } from '../install/install-request.ts';
import type { Runtime } from '../runtime.ts';
import { boundSource, type UpgradeSource, warnAboutYankedInstallations } from './bound-source.ts';
import { planFullUpgrade, warnAboutShadowing } from './plan-upgrade.ts';
import { parseUpgradeTargets, type UpgradeTarget } from './upgrade-request.ts';

/** The JSON result of `pack outdated` (SPEC section 7). */
export interface OutdatedPacks {
  readonly packs: readonly OutdatedPack[];
  readonly warnings: readonly string[];
}

export interface OutdatedPack {
  readonly ref: string;
  readonly installed: string;
  /** The version that `pack upgrade` would install. */
  readonly wanted: string;
  /** The highest release in its registry; `null` if the pack has no registry or the registry has no release. */
  readonly latest: string | null;
  /** `null` for a pack from a path or a URL. */
  readonly registry: string | null;
  readonly source: InstalledPack['source_type'];
  readonly pinned: boolean;
}

/**
 * Compares installed packs with the versions in their registries. Packs without a known latest version, such as those
 * from a path or a URL, are included.
 * @param refs the refs of installed packs; empty for all
 * @throws UpgradeTargetNotInstalled, ContradictoryRequest, and what planning an upgrade throws
 */
export async function outdatedPacks(refs: readonly string[], runtime: Runtime): Promise<OutdatedPacks> {
  const store = await runtime.store();
  const installed = store.list();
  const named = refsWithoutRange(
    parseUpgradeTargets(refs, new Set(installed.map(({ ref }) => ref)), runtime.environment),
  );
  const selected = installed.filter(({ ref }) => named.length === 0 || named.includes(ref));
  const registries = await runtime.registries();
  const { planned } = await planFullUpgrade(runtime);
  const wanted = new Map(planned.map(({ ref, version }) => [ref, version]));
  const sources: UpgradeSource[] = [];
  for (const pack of selected) sources.push(await boundSource(pack, registries));
  for (const source of sources) warnAboutSource(source, runtime);
  warnAboutYankedInstallations(sources, runtime);
  await warnAboutShadowing(sources, registries, runtime);
  const packs = sources.map((source) => outdatedPack(source, wanted.get(source.pack.ref)));
  return {
    packs: packs.filter((pack) => pack.installed !== pack.wanted || mayBeNewer(pack.latest, pack.installed)),
    warnings: runtime.reporter.warnings,
  };
}

/** Returns the refs of the targets. @throws ContradictoryRequest if a target has a range */
function refsWithoutRange(targets: readonly UpgradeTarget[]): string[] {
  const ranged = targets.filter(({ range }) => range !== undefined);
  if (ranged.length === 0) return targets.map(({ ref }) => ref);
  throw new ContradictoryRequest(
    `'pack outdated' accepts no version range: ${ranged.map(({ ref, range }) => `${ref}@${range}`).join(', ')}.`,
    "Give the refs alone. Preview an upgrade to a range with 'attune pack upgrade REF@RANGE --dry-run'.",
  );
}

function mayBeNewer(latest: string | null, installed: string): boolean {
  return latest === null || compare(latest, installed) > 0;
}

function warnAboutSource({ pack, failure }: UpgradeSource, { reporter }: Pick<Runtime, 'reporter'>): void {
  if (failure && pack.registry !== null) reporter.warn(failure.message);
}

function outdatedPack({ pack, found }: UpgradeSource, wanted: string | undefined): OutdatedPack {
  const { ref, version, registry, source_type: source, pinned } = pack;
  const [latest] = found ? eligibleVersions(found.versions, { range: undefined }) : [];
  return {
    ref,
    installed: version,
    wanted: wanted ?? version,
    latest: latest?.version ?? null,
    registry,
    source,
    pinned,
  };
}
