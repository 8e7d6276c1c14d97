import { COMPONENT_KINDS } from '../../packs/manifest/types.ts';
import { ENTRY_ORDER, insertKeys, isMapping } from './entry-fields.ts';
import type { Mapping } from './positions/located-index.ts';

/**
 * An entry of an older file in the full form: what it lacks is there and empty, and counts are lists (SPEC section 3).
 * @returns the entry itself where it lacks nothing
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

/** An earlier release in the full form. */
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
