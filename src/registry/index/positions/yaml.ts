import { readYaml } from '../../../documents/yaml/yaml.ts';
import type { Limits } from '../../../limits.ts';
import { type Reporter, silentReporter } from '../../../platform/reporter.ts';
import { readIndex } from '../read-index.ts';
import type { LocatedYaml, Mapping } from './located-index.ts';

/**
 * Reads an index in YAML. YAML is slow to read, and nobody writes a large index by hand: the whole is made into values.
 * @throws IndexTooLarge, InvalidDocument
 */
export function locateYaml(bytes: Uint8Array, location: string, limits: Limits, reporter: Reporter): LocatedYaml {
  let warned = false;
  const warn = (text: string) => {
    warned = true;
    reporter.warn(text);
  };
  const { packs, ...head } = readIndex(bytes, location, limits, { ...silentReporter, warn });
  const document = readYaml(bytes, location, { ...limits, yamlBytes: limits.indexBytes }).value as Mapping;
  const values = document['packs'] as readonly Mapping[];
  const entries = packs.map(({ ref, version, installSources, releases }, position) => ({
    position,
    ref,
    version,
    installSources,
    hasReleases: releases.length > 0,
    older: warned,
  }));
  return {
    format: 'yaml',
    location,
    bytes,
    head: { ...head, document: { ...document, packs: [] } },
    entries,
    entryValue: ({ position }) => values[position] as Mapping,
  };
}
