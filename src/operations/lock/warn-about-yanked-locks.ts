import { AttuneError } from '../../errors.ts';
import { InvalidEntryRequested } from '../../registry/lookup/invalid-entries.ts';
import type { FoundPack } from '../../registry/lookup/registries.ts';
import { warnAboutYanked } from '../install/warn-about-yanked.ts';
import type { Runtime } from '../runtime.ts';
import type { SyncStep } from './plan-sync.ts';

/**
 * Warns about locked versions that are yanked in the registry that the installed pack is bound to, or that a new pack would
 * come from. A lock does not need the registries, so one that cannot be read is only noted.
 */
export async function warnAboutYankedLocks(
  steps: readonly SyncStep[],
  runtime: Pick<Runtime, 'registries' | 'reporter'>,
): Promise<void> {
  try {
    for (const step of steps) {
      const { ref, version } = step.pack;
      const found = await findLocked(step, runtime).catch(undefinedIfInvalid);
      const yanked = found?.versions.find((one) => one.version === version)?.yanked;
      warnAboutYanked([{ ref, version, from: { yanked } }], runtime.reporter);
    }
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    runtime.reporter.note(`Whether locked versions are yanked is unknown. ${error.message}`);
  }
}

/** Returns `undefined` for a pack whose entry is invalid in its registry, which does not concern the lock. */
function undefinedIfInvalid(error: unknown): undefined {
  if (!(error instanceof InvalidEntryRequested)) throw error;
}

/** Returns `undefined` also for a pack that was locked or installed from a path or a URL, or from an unknown registry. */
async function findLocked(
  { pack, before }: SyncStep,
  runtime: Pick<Runtime, 'registries'>,
): Promise<FoundPack | undefined> {
  if (pack.source !== undefined) return undefined;
  const registries = await runtime.registries();
  if (before === undefined) return registries.find(pack.ref);
  const bound = registries.chosen().find(({ name }) => name === before.registry);
  return bound && registries.find(pack.ref, { registry: bound.name });
}
