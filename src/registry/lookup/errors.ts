import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';

export class NotInAnyRegistry extends AttuneError {
  constructor(ref: string, asked: readonly string[], near: readonly string[]) {
    const names = asked.map((name) => `'${name}'`).join(', ');
    const where = asked.length === 1 ? `the registry ${names}` : `any of the registries ${names}`;
    super('NOT_FOUND_PACK', `There is no pack '${ref}' in ${where}.`, {
      facts: { ref, registries: asked, near },
      hint:
        near.length > 0
          ? `Did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`
          : `Search with: attune pack search ${ref}; for a directory of that name write ./${ref}.`,
    });
  }
}

const HOW_TO_CONFIGURE =
  'Add one with: attune registry add NAME URL (it is kept under pack_registry.indices in config.yaml), or set ATTUNE_REGISTRY_INDICES to its URL or path.';

export class NoRegistry extends AttuneError {
  /** @param what is wanted of it */
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
