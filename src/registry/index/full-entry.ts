import { COMPONENT_KINDS } from '../../packs/manifest/types.ts';
import { ENTRY_ORDER, insertKeys } from './entry-fields.ts';
import { isMapping, type Mapping } from './mapping.ts';

/**
 * Converts an entry of an older file to the full form (SPEC section 3): missing fields are added empty, and counts become
 * lists.
 * @returns the same object if nothing is missing
 */
export function fullEntry(entry: Mapping): Mapping {
  const contents = isMapping(entry['contents']) ? entry['contents'] : {};
  const releases = (entry['releases'] ?? undefined) as readonly Mapping[] | undefined;
  const missing = {
    ...(entry['description'] == null ? { description: '' } : {}),
    ...(entry['runtime_deps'] == null ? { runtime_deps: [] } : {}),
    ...(COMPONENT_KINDS.every((kind) => Array.isArray(contents[kind])) ? {} : { contents: fullContents(contents) }),
    ...(releases?.some(lacksRuntimes) ? { releases: releases.map(fullRelease) } : {}),
  };
  if (Object.keys(missing).length === 0) return entry;
  const full: Mapping = { ...entry, ...missing };
  const keys = insertKeys(Object.keys(entry), Object.keys(full), ENTRY_ORDER);
  return Object.fromEntries(keys.map((key) => [key, full[key]]));
}

/** Converts an earlier release to the full form. */
export function fullRelease(release: Mapping): Mapping {
  return lacksRuntimes(release) ? { ...release, runtime_deps: [] } : release;
}

function lacksRuntimes(release: Mapping): boolean {
  return release['runtime_deps'] == null;
}

function fullContents(contents: Mapping): Mapping {
  const lists = COMPONENT_KINDS.map((kind) => [kind, Array.isArray(contents[kind]) ? contents[kind] : []] as const);
  return { ...contents, ...Object.fromEntries(lists) };
}
