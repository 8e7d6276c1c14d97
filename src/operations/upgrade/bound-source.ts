import { AttuneError } from '../../errors.ts';
import type { FoundPack, Registries } from '../../registry/lookup/registries.ts';
import type { InstalledPack } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';

/** An installed pack and the versions that its registry has. */
export interface UpgradeSource {
  readonly pack: InstalledPack;
  /** The pack in the registry that it is bound to, or is to be bound to; `undefined` if it cannot be upgraded. */
  readonly found: FoundPack | undefined;
  /** The reason why `found` is `undefined`. */
  readonly failure: NoUpgradeSource | undefined;
}

export class NoUpgradeSource extends AttuneError {
  constructor({ ref, version, registry }: InstalledPack, reason: string) {
    super('NOT_FOUND_REGISTRY', `Pack '${ref}' ${version} cannot be upgraded: ${reason}.`, {
      facts: { ref, version, registry },
      hint: `Upgrade it from a registry with 'attune pack upgrade ${ref} --registry NAME', or reinstall it from its source with --force.`,
    });
  }
}

const SOURCE_TYPES = { git: 'a git repository', archive: 'an archive', directory: 'a directory' };

/**
 * Looks up an installed pack in the registry that it was installed from, and in no other: a pack of the same name in
 * another registry must not replace it.
 * @throws RegistryUnreadable
 */
export async function boundSource(pack: InstalledPack, registries: Registries): Promise<UpgradeSource> {
  const { ref, registry, source_type: type } = pack;
  const none = (reason: string): UpgradeSource => {
    return { pack, found: undefined, failure: new NoUpgradeSource(pack, reason) };
  };
  if (registry === null) return none(`it was installed from ${SOURCE_TYPES[type]}, not from a registry`);
  if (!registries.chosen().some(({ name }) => name === registry)) {
    return none(`it was installed from the registry '${registry}', which is not configured or is disabled`);
  }
  const found = await registries.find(ref, { registry });
  return found ? { pack, found, failure: undefined } : none(`the registry '${registry}' no longer has it`);
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
  return { pack, found: await registries.get(pack.ref, { registry }), failure: undefined };
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
