import type { Limits } from '../../../limits.ts';
import type { Reporter } from '../../../platform/reporter.ts';
import type { Mapping } from '../mapping.ts';
import { headerOf, readIndexDocument } from '../read-index.ts';
import { type LocatedYaml, type LocateOptions, locateEntries } from './located-index.ts';

/**
 * Reads and validates a YAML index. The whole file is parsed: YAML is slow to read, and large indexes are written in
 * JSON.
 * @throws IndexTooLarge, InvalidDocument
 */
export function locateYaml(
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  reporter: Reporter,
  options: LocateOptions,
): LocatedYaml {
  const document = readIndexDocument(bytes, location, limits);
  const { result, entries } = locateEntries(document, options);
  const header = headerOf(result, location, reporter);
  const value = document.value as Mapping;
  const values = value['packs'] as readonly Mapping[];
  return {
    format: 'yaml',
    location,
    bytes,
    head: { ...header, document: { ...value, packs: [] } },
    entries,
    invalid: result.invalid,
    values,
    entryValue: ({ position }) => values[position] as Mapping,
  };
}
