import compare from 'semver/functions/compare.js';
import { eligibleVersions } from '../../resolver/eligible-versions.ts';
import type { InstalledPack } from '../../store/installed.ts';
import { ContradictoryRequest } from '../install/install-request.ts';
import type { Runtime } from '../runtime.ts';
import { planFullUpgrade, type UpgradeTarget, warnAboutShadowing } from './plan-upgrade.ts';
import { boundSource, type UpgradeSource } from './rebind-source.ts';
import { parseUpgradeTargets } from './upgrade-request.ts';

/** The packs that are not what they could be, as the contract prints it (SPEC section 7). */
export interface OutdatedPacks {
  readonly packs: readonly OutdatedPack[];
  readonly warnings: readonly string[];
}

export interface OutdatedPack {
  readonly ref: string;
  readonly installed: string;
  /** What `pack upgrade` would make of it. */
  readonly wanted: string;
  /** The highest release that its registry has; `null` where there is no registry to ask, or it has none. */
  readonly latest: string | null;
  /** `null` for a pack from a path or a URL. */
  readonly registry: string | null;
  readonly source: InstalledPack['source_type'];
  readonly pinned: boolean;
}

/**
 * Compares what is installed with what the registries have. A pack from a path or a URL is listed too: nobody can say
 * whether it is outdated.
 * @param words the refs of installed packs; none for all
 * @throws UpgradeTargetNotInstalled, and what planning an upgrade throws
 */
export async function outdatedPacks(words: readonly string[], runtime: Runtime): Promise<OutdatedPacks> {
  const store = await runtime.store();
  const installed = store.list();
  const named = refsOf(parseUpgradeTargets(words, new Set(installed.map(({ ref }) => ref)), runtime.environment));
  const shown = installed.filter(({ ref }) => named.length === 0 || named.includes(ref));
  const registries = await runtime.registries();
  const { planned } = await planFullUpgrade(runtime);
  const wanted = new Map(planned.map(({ ref, version }) => [ref, version]));
  const sources: UpgradeSource[] = [];
  for (const pack of shown) sources.push(await boundSource(pack, registries));
  for (const source of sources) warnAbout(source, runtime);
  await warnAboutShadowing(sources, registries, runtime);
  const packs = sources.map((source) => outdatedPack(source, wanted.get(source.pack.ref)));
  return {
    packs: packs.filter((pack) => pack.installed !== pack.wanted || isAbove(pack.latest, pack.installed)),
    warnings: runtime.reporter.warnings,
  };
}

/** @throws ContradictoryRequest where one has a range */
function refsOf(wishes: readonly UpgradeTarget[]): string[] {
  const ranged = wishes.filter(({ range }) => range !== undefined);
  if (ranged.length === 0) return wishes.map(({ ref }) => ref);
  throw new ContradictoryRequest(
    `What is installed has one version, and a range says nothing about it: ${ranged.map(({ ref, range }) => `${ref}@${range}`).join(', ')}.`,
    'Name the refs alone; see what a range would do with: attune pack upgrade REF@RANGE --dry-run',
  );
}

/** Nobody knows whether what has no latest version is out of date. */
function isAbove(latest: string | null, installed: string): boolean {
  return latest === null || compare(latest, installed) > 0;
}

function warnAbout({ pack, found, why }: UpgradeSource, { reporter }: Pick<Runtime, 'reporter'>): void {
  if (why && pack.registry !== null) reporter.warn(why.message);
  const yanked = found?.versions.find(({ version }) => version === pack.version)?.yanked;
  if (yanked !== undefined) reporter.warn(`${pack.ref} ${pack.version}, which is installed, is yanked: ${yanked}`);
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
