import {
  array,
  boolean,
  minValue,
  nonEmpty,
  nullish,
  number,
  type OptionalSchema,
  optional,
  pipe,
  rawCheck,
  regex,
  safeInteger,
  string,
  type UnknownPathItem,
} from 'valibot';
import { mappingOf, parseShape, strictMapping } from '../documents/shape.ts';
import { readYaml } from '../documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { DEFAULTS, LIMIT_KEYS } from './defaults.ts';
import type { ConfigFile, IndexSetting } from './types.ts';

function wholeNumber(least: number) {
  return pipe(number(), safeInteger('must be a whole number'), minValue(least, `must be ${least} or more`));
}

const text = pipe(string(), nonEmpty('must not be empty'));

export const REGISTRY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
export const REGISTRY_NAME_RULE = 'must be letters, digits, dots, dashes and underscores';
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

const registryName = pipe(string(), regex(REGISTRY_NAME, REGISTRY_NAME_RULE));

/** Header values are restricted to one line, so that a value cannot inject another header (RFC 9110 section 5). */
const headers = pipe(
  mappingOf(pipe(string(), regex(/^[^\0\r\n]*$/, 'must be one line'))),
  rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const name of Object.keys(dataset.value)) {
      if (HEADER_NAME.test(name)) continue;
      addIssue({ message: `'${name}' is not a valid header name`, path: pathTo(dataset.value, name) });
    }
  }),
);

const index = strictMapping({
  name: registryName,
  url: text,
  priority: optional(pipe(number(), safeInteger('must be a whole number')), 100),
  enabled: optional(boolean(), true),
  headers: nullish(headers, {}),
});

const indices = pipe(
  array(index),
  rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [position, { name }] of dataset.value.entries()) {
      if (dataset.value.findIndex((other) => other.name === name) === position) continue;
      addIssue({
        message: `the name '${name}' is already used by another index`,
        path: pathTo(dataset.value, position),
      });
    }
  }),
);

const mirrors = pipe(
  mappingOf(
    pipe(
      string(),
      regex(/^([a-z][a-z0-9+.-]*:\/\/|\/|[a-z]:[\\/]|\$\{)/i, 'must be a URL or the absolute path of a directory'),
    ),
  ),
  rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const prefix of Object.keys(dataset.value)) {
      if (/^[a-z][a-z0-9+.-]*:\/\/|^[^/]+@[^/]+:/i.test(prefix)) continue;
      addIssue({ message: `'${prefix}' is not the beginning of a URL`, path: pathTo(dataset.value, prefix) });
    }
  }),
);

/** Returns the path of an issue in valibot's form. The values in it are not used. */
function pathTo(input: object, key: string | number): [UnknownPathItem] {
  return [{ type: 'unknown', origin: 'value', input, key, value: undefined }];
}

const limits: Record<string, OptionalSchema<ReturnType<typeof wholeNumber>, undefined>> = Object.fromEntries(
  [...LIMIT_KEYS.keys()].map((key) => [key, optional(wholeNumber(0))]),
);

/** The schema of `settings.yaml`. Sections and lists may be empty: a key without a value counts as missing. */
export const CONFIG_SCHEMA = nullish(
  strictMapping({
    pack_registry: nullish(
      strictMapping({
        enabled: optional(boolean(), DEFAULTS.pack_registry.enabled),
        indices: nullish(indices, []),
        mirrors: nullish(mirrors, {}),
        cache_ttl: optional(wholeNumber(0), DEFAULTS.pack_registry.cache_ttl),
        allow_http: optional(boolean(), DEFAULTS.pack_registry.allow_http),
        timeout: optional(wholeNumber(1), DEFAULTS.pack_registry.timeout),
        max_index_bytes: optional(wholeNumber(1)),
      }),
      {},
    ),
    downloads: nullish(
      strictMapping({
        connect_timeout: optional(wholeNumber(1), DEFAULTS.downloads.connect_timeout),
        attempts: optional(wholeNumber(1), DEFAULTS.downloads.attempts),
        cache_bytes: optional(wholeNumber(0), DEFAULTS.downloads.cache_bytes),
      }),
      {},
    ),
    keep_releases: optional(wholeNumber(1), DEFAULTS.keep_releases),
    min_release_age: optional(
      pipe(string(), regex(/^(off|\d{1,6}[mhd])$/, 'must be off, or a time such as 30m, 12h or 7d')),
    ),
    testing: nullish(
      strictMapping({
        wheels: nullish(array(text), []),
        memory_bytes: optional(wholeNumber(16 * 1024 ** 2), DEFAULTS.testing.memory_bytes),
        cpu_seconds: optional(wholeNumber(1), DEFAULTS.testing.cpu_seconds),
        processes: optional(wholeNumber(8), DEFAULTS.testing.processes),
      }),
      {},
    ),
    limits: nullish(strictMapping(limits), {}),
  }),
  {},
);

/** Parses a configuration and applies defaults. @param path the name of the file in messages @throws InvalidDocument */
export function parseConfig(bytes: Uint8Array, path: string): ConfigFile {
  return parseShape(CONFIG_SCHEMA, readYaml(bytes, path, DEFAULT_LIMITS), {
    documentType: 'configuration',
    code: 'INVALID_CONFIG',
    hint: 'Correct the keys named above.',
  });
}

/**
 * Returns the registries that a configuration file lists, ignoring `ATTUNE_REGISTRY_INDICES`.
 * @param path the name of the file in messages
 * @throws InvalidDocument
 */
export function parseConfiguredIndices(bytes: Uint8Array, path: string): readonly IndexSetting[] {
  return parseConfig(bytes, path).pack_registry.indices;
}
