/**
 * Finds upgrades that make a refused installation possible, for hints and notes. Every suggestion was planned against the
 * current registries and store, so that it can be run as printed. Branches of git packs are not read for a suggestion.
 */
import { AttuneError } from '../../errors.ts';
import { collectWarnings, silentReporter } from '../../platform/reporter.ts';
import type { FoundPack } from '../../registry/lookup/registries.ts';
import { markDowngrades } from '../../resolver/move-packs.ts';
import { planInstall } from '../../resolver/plan.ts';
import type { InstalledNode } from '../../store/installed.ts';
import { holdInstalled } from '../install/hold-installed.ts';
import type { PreparedRequest, RequestedRoot } from '../install/plan-install.ts';
import type { Runtime } from '../runtime.ts';
import { boundSource } from './bound-source.ts';
import { planTargetedUpgrade } from './plan-upgrade.ts';

type Tools = Pick<Runtime, 'store' | 'registries' | 'config' | 'clock'>;

interface Target {
  readonly ref: string;
  readonly version: string;
}

/** Returns whether `pack upgrade` would change packs to exactly these versions now. */
export async function isPossibleUpgrade(targets: readonly Target[], runtime: Tools): Promise<boolean> {
  const tools = {
    store: () => runtime.store(),
    registries: () => runtime.registries(),
    config: () => runtime.config(),
    clock: runtime.clock,
    reporter: collectWarnings(silentReporter),
  };
  try {
    const ranged = targets.map(({ ref, version }) => ({ ref, range: version }));
    const { planned } = await planTargetedUpgrade(ranged, undefined, undefined, tools);
    return targets.every(({ ref, version }) => planned.some((pack) => pack.ref === ref && pack.version === version));
  } catch (error) {
    if (error instanceof AttuneError) return false;
    throw error;
  }
}

/**
 * Returns the arguments of a `pack upgrade` after which requested packs can be installed; empty if there is none.
 * @param roots the requested packs
 */
export async function upgradesThatAllow(
  roots: readonly RequestedRoot[],
  { graph, notAfter, lookup }: Omit<PreparedRequest, 'roots'>,
  runtime: Tools,
): Promise<string[]> {
  const registries = await runtime.registries();
  const installed = new Map((await runtime.store()).list().map((pack) => [pack.ref, pack]));
  const available = new Set(registries.chosen().map(({ name }) => name));
  const requested = new Set(roots.map(({ ref }) => ref));
  const others = graph.filter(({ ref }) => !requested.has(ref));
  const isFirm = ({ registry }: InstalledNode) => registry === null || !available.has(registry);
  try {
    const { steps } = await planInstall<FoundPack>({
      roots: [...roots, ...others.map(({ ref }) => ({ kind: 'installed', ref }) as const)],
      held: holdInstalled(graph, requested, isFirm),
      notAfter,
      async lookup(ref) {
        const pack = installed.get(ref);
        if (pack === undefined) return lookup(ref);
        const { found } = await boundSource(pack, registries, undefined);
        return markDowngrades(found, pack);
      },
    });
    const upgraded = steps.filter(({ ref }) => installed.has(ref) && !requested.has(ref));
    const isPossible = upgraded.length > 0 && (await isPossibleUpgrade(upgraded, runtime));
    return isPossible ? upgraded.map(({ ref, version }) => `${ref}@${version}`) : [];
  } catch (error) {
    if (error instanceof AttuneError) return [];
    throw error;
  }
}
