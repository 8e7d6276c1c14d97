import { AttuneError } from '../../errors.ts';
import { InvalidEntryRequested } from '../../registry/lookup/invalid-entries.ts';
import type { FoundPack, Registries } from '../../registry/lookup/registries.ts';
import type { InstalledPack } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { type BranchTip, type BranchTips, followsBranch, UnusableBranch } from './branch-tips.ts';

/** An installed pack and the versions that its registry or its branch has. */
export interface UpgradeSource {
  readonly pack: InstalledPack;
  /** The pack in the registry that it is bound to, or is to be bound to. */
  readonly found?: FoundPack;
  /** The tip of the branch that it came from. */
  readonly tip?: BranchTip;
  /** The reason why the pack has neither. */
  readonly failure?: NoUpgradeSource | UnusableBranch | InvalidEntryRequested;
}

export class NoUpgradeSource extends AttuneError {
  readonly reason: string;

  constructor({ ref, version, registry }: InstalledPack, reason: string) {
    super('NOT_FOUND_REGISTRY', `Pack '${ref}' ${version} cannot be upgraded: ${reason}.`, {
      facts: { ref, version, registry },
      hint: `Upgrade it from a registry with 'attune pack upgrade ${ref} --registry NAME', or reinstall it from its source with --force.`,
    });
    this.reason = reason;
  }
}

/**
 * Looks up an installed pack in the registry or the branch that it was installed from, and nowhere else: a pack of the same
 * name in another registry must not replace it.
 * @param tips without them, a pack that follows a branch has no source
 * @throws RegistryUnreadable
 */
export async function boundSource(
  pack: InstalledPack,
  registries: Registries,
  tips: BranchTips | undefined,
): Promise<UpgradeSource> {
  const { ref, registry } = pack;
  const none = (reason: string): UpgradeSource => ({ pack, failure: new NoUpgradeSource(pack, reason) });
  if (followsBranch(pack)) return tips ? branchSource(pack, tips) : none('its branch was not read');
  if (registry === null) return none(`it was installed from ${formatFixedSource(pack)}`);
  if (!registries.chosen().some(({ name }) => name === registry)) {
    return none(`it was installed from the registry '${registry}', which is not configured or is disabled`);
  }
  try {
    const found = await registries.find(ref, { registry });
    return found ? { pack, found } : none(`the registry '${registry}' no longer has it`);
  } catch (error) {
    if (error instanceof InvalidEntryRequested) return { pack, failure: error };
    throw error;
  }
}

async function branchSource(pack: InstalledPack, tips: BranchTips): Promise<UpgradeSource> {
  try {
    return { pack, tip: await tips.of(pack) };
  } catch (error) {
    if (error instanceof UnusableBranch) return { pack, failure: error };
    throw error;
  }
}

/** Formats a source that has no newer versions. */
function formatFixedSource({ source_type: type, source_ref: ref, source_ref_type: refType }: InstalledPack): string {
  if (type === 'git') return `the ${refType} '${ref}' of a git repository, not from a branch or a registry`;
  return `${type === 'archive' ? 'an archive' : 'a directory'}, not from a registry`;
}

/**
 * Looks up an installed pack in another registry.
 * @throws NotInAnyRegistry, UnknownRegistry, RegistryUnreadable
 */
export async function sourceInRegistry(
  pack: InstalledPack,
  registry: string,
  registries: Registries,
): Promise<UpgradeSource> {
  return { pack, found: await registries.get(pack.ref, { registry }) };
}

/** Returns the registries that take precedence over a pack's own registry and have a pack of the same name. */
export async function shadowingRegistries({ ref, registry }: InstalledPack, registries: Registries): Promise<string[]> {
  const names = registries.chosen().map(({ name }) => name);
  const shadowing: string[] = [];
  for (const name of registry === null ? [] : names.slice(0, Math.max(0, names.indexOf(registry)))) {
    if (await hasPack(ref, name, registries)) shadowing.push(name);
  }
  return shadowing;
}

/** Returns false for a registry that cannot be read, since the pack does not come from there. */
async function hasPack(ref: string, registry: string, registries: Registries): Promise<boolean> {
  try {
    return (await registries.find(ref, { registry })) !== undefined;
  } catch (error) {
    if (error instanceof AttuneError) return false;
    throw error;
  }
}

/** Warns about installed versions that are yanked in the registries of their packs. */
export function warnAboutYankedInstallations(
  sources: readonly UpgradeSource[],
  { reporter }: Pick<Runtime, 'reporter'>,
): void {
  for (const { pack, found } of sources) {
    const yanked = found?.versions.find(({ version }) => version === pack.version)?.yanked;
    if (yanked !== undefined)
      reporter.warn(`The installed version ${pack.version} of ${pack.ref} is yanked: ${yanked}`);
  }
}

/**
 * Warns about a pack whose registry or branch cannot be used. Packs from tags, commits, archives and directories have none;
 * they are listed only.
 */
export function warnAboutSource({ pack, failure }: UpgradeSource, { reporter }: Pick<Runtime, 'reporter'>): void {
  if (failure && (pack.registry !== null || failure instanceof UnusableBranch)) reporter.warn(failure.message);
}
