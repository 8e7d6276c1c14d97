import compare from 'semver/functions/compare.js';
import { eligibleVersions } from '../../resolver/eligible-versions.ts';
import type { InstalledPack } from '../../store/installed.ts';
import { ContradictoryRequest } from '../install/install-request.ts';
import type { Runtime } from '../runtime.ts';
import { boundSource, type UpgradeSource, warnAboutSource, warnAboutYankedInstallations } from './bound-source.ts';
import { BranchTips } from './branch-tips.ts';
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
  /**
   * The highest release in its registry, or the version at the tip of its branch; `null` if it has neither or they have no
   * release.
   */
  readonly latest: string | null;
  /** `null` for a pack from a path or a URL. */
  readonly registry: string | null;
  readonly source: InstalledPack['source_type'];
  readonly pinned: boolean;
  /** Whether `pack upgrade` would change it. */
  readonly upgradable: boolean;
  /** Why it is not upgradable. */
  readonly reason?: string;
  /** Of a pack from git without a registry: the installed commit. */
  readonly commit?: string | null;
  /** The commit at the tip of its branch; `null` if it follows no branch or the branch cannot be read. */
  readonly latest_commit?: string | null;
}

/**
 * Compares installed packs with the versions in their registries and at the tips of their branches. Packs that cannot be
 * upgraded, such as those from a tag or a directory, are included.
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
  using area = store.stage({ dryRun: true });
  const tips = new BranchTips(area, runtime);
  const { planned } = await planFullUpgrade(tips, runtime);
  const wanted = new Map(planned.map(({ ref, version }) => [ref, version]));
  const sources: UpgradeSource[] = [];
  for (const pack of selected) sources.push(await boundSource(pack, registries, tips));
  for (const source of sources) warnAboutSource(source, runtime);
  warnAboutYankedInstallations(sources, runtime);
  await warnAboutShadowing(sources, registries, runtime);
  const packs = sources.filter((source) => isOutdated(source, wanted)).map((source) => outdatedPack(source, wanted));
  return { packs, warnings: runtime.reporter.warnings };
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

/** Returns whether a pack is listed: it would change, there is something newer, or nothing newer can be known. */
function isOutdated(source: UpgradeSource, wanted: ReadonlyMap<string, string>): boolean {
  const { pack, tip } = source;
  if (tip) return tip.moved !== undefined;
  const latest = latestVersion(source);
  return wanted.has(pack.ref) || latest === null || compare(latest, pack.version) > 0;
}

function outdatedPack(source: UpgradeSource, wanted: ReadonlyMap<string, string>): OutdatedPack {
  const { ref, version: installed, registry, source_type, source_commit, pinned } = source.pack;
  const upgradable = wanted.has(ref);
  return {
    ref,
    installed,
    wanted: wanted.get(ref) ?? installed,
    latest: latestVersion(source),
    registry,
    source: source_type,
    pinned,
    upgradable,
    ...(upgradable ? {} : { reason: reasonOf(source) }),
    ...(registry === null && source_type === 'git'
      ? { commit: source_commit, latest_commit: source.tip?.commit ?? null }
      : {}),
  };
}

function latestVersion({ pack, found, tip }: UpgradeSource): string | null {
  if (tip) return tip.moved?.versions[0]?.version ?? pack.version;
  const [latest] = found ? eligibleVersions(found.versions, { range: undefined }) : [];
  return latest?.version ?? null;
}

/** Returns why an outdated pack would not be upgraded. */
function reasonOf(source: UpgradeSource): string {
  const { pack, failure } = source;
  if (failure) return failure.reason;
  const latest = latestVersion(source);
  if (latest === null) return `the registry '${pack.registry}' has no release of it`;
  if (pack.pinned) return `it is pinned at ${pack.version}`;
  return `${latest} is too recent (min_release_age), or installed packs do not allow it`;
}
