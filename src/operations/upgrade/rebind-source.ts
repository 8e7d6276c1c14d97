import { AttuneError } from '../../errors.ts';
import type { FoundPack, Registries } from '../../registry/lookup/registries.ts';
import type { InstalledPack } from '../../store/installed.ts';

/** What there is to move an installed pack to. */
export interface UpgradeSource {
  readonly pack: InstalledPack;
  /** What the registry has of it that it is bound to, or that it is to be bound to. */
  readonly found: FoundPack | undefined;
  /** Why nothing was found. */
  readonly why: NoUpgradeSource | undefined;
}

export class NoUpgradeSource extends AttuneError {
  constructor({ ref, version, registry }: InstalledPack, why: string) {
    super('NOT_FOUND_REGISTRY', `Pack '${ref}' ${version} cannot be upgraded: ${why}.`, {
      facts: { ref, version, registry },
      hint: `Take it from a registry with: attune pack upgrade ${ref} --registry NAME; or install it anew from where it came, with --force.`,
    });
  }
}

/**
 * Asks the registry that a pack was installed from, and no other: who takes its name somewhere else does not take its
 * place. @throws RegistryUnreadable
 */
export async function boundSource(pack: InstalledPack, registries: Registries): Promise<UpgradeSource> {
  const { ref, registry, source_type: type } = pack;
  const none = (why: string): UpgradeSource => ({ pack, found: undefined, why: new NoUpgradeSource(pack, why) });
  if (registry === null) return none(`it was installed from ${TYPES[type]}, not from a registry`);
  if (!registries.chosen().some(({ name }) => name === registry)) {
    return none(`it came from the registry '${registry}', which is not configured, or is disabled`);
  }
  const found = await registries.find(ref, { registry });
  return found ? { pack, found, why: undefined } : none(`the registry '${registry}' does not have it any more`);
}

const TYPES = { git: 'a git repository', archive: 'an archive', directory: 'a directory' };

/** Asks another registry for a pack that is installed. @throws NotInAnyRegistry, UnknownRegistry, RegistryUnreadable */
export async function sourceInRegistry(
  pack: InstalledPack,
  registry: string,
  registries: Registries,
): Promise<UpgradeSource> {
  return { pack, found: await registries.get(pack.ref, { registry }), why: undefined };
}

/** The registries that would be asked before a pack's own, and have a pack of that name too. */
export async function shadowingRegistries({ ref, registry }: InstalledPack, registries: Registries): Promise<string[]> {
  const names = registries.chosen().map(({ name }) => name);
  const shadows: string[] = [];
  for (const name of registry === null ? [] : names.slice(0, Math.max(0, names.indexOf(registry)))) {
    if (await has(ref, name, registries)) shadows.push(name);
  }
  return shadows;
}

/** One that cannot be read has no say in this: the pack does not come from there. */
async function has(ref: string, registry: string, registries: Registries): Promise<boolean> {
  try {
    return (await registries.find(ref, { registry })) !== undefined;
  } catch (error) {
    if (error instanceof AttuneError) return false;
    throw error;
  }
}
