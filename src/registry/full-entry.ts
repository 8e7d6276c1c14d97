import { COMPONENT_KINDS } from '../packs/manifest-types.ts';
import { ENTRY_ORDER, insertKeys, isMapping } from './entry-fields.ts';
import type { Mapping } from './located-index.ts';

/** An entry of an older file in the full form: what it lacks is there and empty, and counts are lists (SPEC section 3). */
export function fullEntry(entry: Mapping): Mapping {
  const contents = isMapping(entry['contents']) ? entry['contents'] : {};
  const lists = COMPONENT_KINDS.map((kind) => [kind, Array.isArray(contents[kind]) ? contents[kind] : []] as const);
  const full: Mapping = {
    ...entry,
    description: entry['description'] ?? '',
    runtime_deps: entry['runtime_deps'] ?? [],
    contents: { ...contents, ...Object.fromEntries(lists) },
  };
  return inOrder(entry, full);
}

function inOrder(entry: Mapping, full: Mapping): Mapping {
  const keys = insertKeys(Object.keys(entry), Object.keys(full), ENTRY_ORDER);
  return Object.fromEntries(keys.map((key) => [key, full[key]]));
}
