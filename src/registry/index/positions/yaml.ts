import { readYaml } from '../../../documents/yaml/yaml.ts';
import type { Limits } from '../../../limits.ts';
import { type Reporter, silentReporter } from '../../../platform/reporter.ts';
import type { Mapping } from '../mapping.ts';
import { readIndex } from '../read-index.ts';
import type { LocatedYaml } from './located-index.ts';

/**
 * Reads and validates a YAML index. The whole file is parsed: YAML is slow to read, and large indexes are written in
 * JSON.
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
    mayBeIncomplete: warned,
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
