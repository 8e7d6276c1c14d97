import { insertKeys } from '../index/entry-fields.ts';
import type { Mapping } from '../index/mapping.ts';
import { type IndexHead, ROOT_FIELDS } from '../index/positions/located-index.ts';

/**
 * Merges the heads: the identity of the first input, the unknown fields of all inputs, the highest format version and the
 * latest timestamp.
 */
export function mergeHeads(heads: readonly IndexHead[]): Mapping {
  const documents = heads.map(({ document }) => document);
  const first = heads[0] as IndexHead;
  const known: Mapping = {
    registry_name: first.registryName,
    registry_url: first.registryUrl,
    version: heads.map(({ version }) => version).reduce((one, other) => (minor(other) > minor(one) ? other : one)),
    last_updated: heads.map(({ lastUpdated }) => lastUpdated).reduce((one, other) => (later(other, one) ? other : one)),
    packs: [],
  };
  const all = Object.assign({}, ...documents.toReversed()) as Mapping;
  const keys = insertKeys([...new Set(documents.flatMap(Object.keys))], ROOT_FIELDS, ROOT_FIELDS);
  return Object.fromEntries(keys.map((key) => [key, Object.hasOwn(known, key) ? known[key] : all[key]]));
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}

/** Compares timestamps. An invalid timestamp is earlier than every valid one. */
function later(one: string, other: string): boolean {
  const [a, b] = [Date.parse(one), Date.parse(other)];
  return Number.isNaN(b) ? !Number.isNaN(a) : a > b;
}
