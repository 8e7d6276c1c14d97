import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';

export class NotInAnyRegistry extends AttuneError {
  constructor(ref: string, registries: readonly string[], similar: readonly string[]) {
    const names = registries.map((name) => `'${name}'`).join(', ');
    const where = registries.length === 1 ? `the registry ${names}` : `any of the registries ${names}`;
    super('NOT_FOUND_PACK', `There is no pack '${ref}' in ${where}.`, {
      facts: { ref, registries, near: similar },
      hint:
        similar.length > 0
          ? `Did you mean ${similar.map((name) => `'${name}'`).join(' or ')}?`
          : `Search with 'attune pack search ${ref}'. For a directory of that name, write ./${ref}.`,
    });
  }
}

const HOW_TO_CONFIGURE =
  "Add one with 'attune registry add NAME URL' (it is stored under pack_registry.indices in settings.yaml), or set ATTUNE_REGISTRY_INDICES to its URL or path.";

export class NoRegistry extends AttuneError {
  /** @param what the failed operation: `search` */
  constructor(what: string, why: string, facts: Readonly<Record<string, unknown>>) {
    super('NOT_FOUND_REGISTRY', `Cannot ${what}: ${why}.`, { facts, hint: HOW_TO_CONFIGURE });
  }
}

export class UnknownRegistry extends AttuneError {
  constructor(name: string, known: readonly string[]) {
    const list = known.map((one) => `'${one}'`).join(', ') || 'none';
    const meant = nearest(name, known);
    super('NOT_FOUND_REGISTRY', `There is no registry '${name}'; configured: ${list}.`, {
      facts: { registry: name, known },
      hint: meant ? `Did you mean '${meant}'?` : HOW_TO_CONFIGURE,
    });
  }
}
