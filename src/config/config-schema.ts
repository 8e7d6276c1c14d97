import {
  array,
  boolean,
  type InferOutput,
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
import { mappingOf, strictMapping } from '../documents/shape.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';

/** The keys of `limits` in the file, each with the field that it sets. */
export const LIMIT_KEYS: ReadonlyMap<string, keyof Limits> = new Map(
  (Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]).map((field) => [snakeCase(field), field]),
);

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function wholeNumber(least: number) {
  return pipe(number(), safeInteger('must be a whole number'), minValue(least, `must be ${least} or more`));
}

const text = pipe(string(), nonEmpty('must not be empty'));

export const REGISTRY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
export const REGISTRY_NAME_RULE = 'must be letters, digits, dots, dashes and underscores';
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

const registryName = pipe(string(), regex(REGISTRY_NAME, REGISTRY_NAME_RULE));

/** What may stand in a header at all, so that none can smuggle in another (RFC 9110 section 5). */
const headers = pipe(
  mappingOf(pipe(string(), regex(/^[^\0\r\n]*$/, 'must be one line'))),
  rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const name of Object.keys(dataset.value)) {
      if (HEADER_NAME.test(name)) continue;
      addIssue({ message: `'${name}' is not the name of a header`, path: pathTo(dataset.value, name) });
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
      addIssue({ message: `another index is named '${name}' already`, path: pathTo(dataset.value, position) });
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

/** valibot wants the whole way to what is wrong; the values on it are not looked at by anyone. */
function pathTo(input: object, key: string | number): [UnknownPathItem] {
  return [{ type: 'unknown', origin: 'value', input, key, value: undefined }];
}

const limits: Record<string, OptionalSchema<ReturnType<typeof wholeNumber>, undefined>> = Object.fromEntries(
  [...LIMIT_KEYS.keys()].map((key) => [key, optional(wholeNumber(0))]),
);

/**
 * `config.yaml` as it is written. Sections and lists may be left empty: a key with nothing behind it is one that is
 * not there.
 */
export const CONFIG_SCHEMA = nullish(
  strictMapping({
    pack_registry: nullish(
      strictMapping({
        enabled: optional(boolean(), true),
        indices: nullish(indices, []),
        mirrors: nullish(mirrors, {}),
        cache_ttl: optional(wholeNumber(0), 3600),
        allow_http: optional(boolean(), false),
        timeout: optional(wholeNumber(1), 120),
        max_index_bytes: optional(wholeNumber(1)),
      }),
      {},
    ),
    downloads: nullish(
      strictMapping({
        connect_timeout: optional(wholeNumber(1), 15),
        attempts: optional(wholeNumber(1), 4),
        cache_bytes: optional(wholeNumber(0), 1024 ** 3),
      }),
      {},
    ),
    keep_releases: optional(wholeNumber(1), 2),
    min_release_age: optional(
      pipe(string(), regex(/^(off|\d{1,6}[mhd])$/, 'must be off, or a time such as 30m, 12h or 7d')),
    ),
    testing: nullish(
      strictMapping({
        wheels: nullish(array(text), []),
        memory_bytes: optional(wholeNumber(16 * 1024 ** 2), 2 * 1024 ** 3),
        cpu_seconds: optional(wholeNumber(1), 600),
        processes: optional(wholeNumber(8), 256),
      }),
      {},
    ),
    limits: nullish(strictMapping(limits), {}),
  }),
  {},
);

export type ConfigFile = InferOutput<typeof CONFIG_SCHEMA>;
