import { nearest } from '../documents/nearest.ts';
import type { FieldPath } from '../documents/problems.ts';
import { valueIn } from '../documents/value-in.ts';
import { AttuneError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { SafeUrl } from '../platform/safe-url.ts';
import { DEFAULTS, LIMIT_KEYS } from './defaults.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** The settings of attune with their defaults, in the order of their keys. */
export const SETTINGS: ReadonlyMap<string, unknown> = new Map<string, unknown>(
  Object.entries({
    ...Object.fromEntries(
      Object.entries(DEFAULTS).flatMap(([name, value]) =>
        isMapping(value) ? inSection(name, value) : [[name, value]],
      ),
    ),
    'pack_registry.max_index_bytes': DEFAULT_LIMITS.indexBytes,
    min_release_age: 'off',
    ...Object.fromEntries(Array.from(LIMIT_KEYS, ([key, field]) => [`limits.${key}`, DEFAULT_LIMITS[field]])),
  }).sort(([one], [other]) => (one < other ? -1 : 1)),
);

const SECTIONS: ReadonlySet<string> = new Set(
  [...SETTINGS.keys()].filter((key) => key.includes('.')).map((key) => key.slice(0, key.indexOf('.'))),
);

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inSection(name: string, section: Mapping): [string, unknown][] {
  return Object.entries(section).map(([key, value]) => [`${name}.${key}`, value]);
}

/** Settings of the platform's client. */
const PLATFORM_KEYS: readonly string[] = [
  'api_url',
  'current_profile',
  'default_profile',
  'format',
  'profile',
  'profiles',
];
const PLATFORM_HINT =
  "The platform's client has this setting, in config.yaml. List the settings of attune with: attune config list";

/** A key that is not a setting, or that leads to nothing in the file. */
export class UnknownSetting extends AttuneError {
  constructor(key: string) {
    super('INVALID_CONFIG', `Unknown setting '${key}'.`, { facts: { key }, hint: hintFor(key) });
  }
}

function hintFor(key: string): string {
  if (PLATFORM_KEYS.includes(key.split('.', 1)[0] as string)) return PLATFORM_HINT;
  const parent = [...SETTINGS].find(([one, value]) => typeof value === 'object' && key.startsWith(`${one}.`))?.[0];
  if (parent !== undefined) return `Show its values with: attune config get ${parent}`;
  const meant = similarKey(key);
  return meant === undefined ? 'List all settings with: attune config list' : `Did you mean '${meant}'?`;
}

function similarKey(key: string): string | undefined {
  const keys = [...SETTINGS.keys(), ...SECTIONS];
  const sameEnd = keys.find((one) => one.endsWith(`.${key}`));
  if (sameEnd !== undefined) return sameEnd;
  const near = nearest(key, keys);
  const nearEnd = near ?? nearest(key, keys.map(lastWord));
  return near ?? keys.find((one) => lastWord(one) === nearEnd);
}

function lastWord(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

/** A setting, a part of one, or a section. */
export interface SettingKey {
  readonly path: FieldPath;
  /** The setting that the path is in; `undefined` for a section. */
  readonly setting: string | undefined;
}

/**
 * Parses the dotted path of a setting, of a section, or of a part of a setting: `pack_registry.mirrors.https://github.com/`,
 * `pack_registry.indices.official.priority`. Items of lists are found by name or by number.
 * @param settings the values, in which the items of lists are found
 * @throws UnknownSetting
 */
export function parseSettingKey(key: string, settings: unknown): SettingKey {
  if (SECTIONS.has(key)) return { path: [key], setting: undefined };
  if (SETTINGS.has(key)) return { path: key.split('.'), setting: key };
  const setting = [...SETTINGS.keys()].find((one) => key.startsWith(`${one}.`));
  const start = setting?.split('.') ?? [];
  const inner = setting && innerPath(valueIn(settings, start) ?? SETTINGS.get(setting), key.slice(setting.length + 1));
  if (!inner) throw new UnknownSetting(key);
  return { path: [...start, ...inner], setting };
}

function innerPath(value: unknown, key: string): FieldPath | undefined {
  // A key of a mapping is a URL, which contains dots.
  if (isMapping(value)) return key === '' ? undefined : [key];
  if (!Array.isArray(value)) return undefined;
  const names = value.map((item: unknown) => (isMapping(item) ? String(item['name']) : ''));
  const named = names.filter((name) => name !== '' && `${key}.`.startsWith(`${name}.`));
  const [name] = named.sort((one, other) => other.length - one.length);
  const start = name ?? /^\d{1,6}(?=\.|$)/.exec(key)?.[0];
  const position = name === undefined ? Number(start) : names.indexOf(name);
  if (start === undefined || position >= value.length) return undefined;
  const [, field, rest] = /^\.([^.]+)(?:\.(.+))?$/.exec(key.slice(start.length)) ?? [];
  if (field === undefined) return key === start ? [position] : undefined;
  return rest === undefined ? [position, field] : [position, field, rest];
}

const SECRET_HEADER = /auth|token|key|secret|cookie|passw|credential|session/i;

/** Checks whether the value of a header is probably a secret, and not a reference to an environment variable. */
export function isSecretHeader(name: string, value: string): boolean {
  return SECRET_HEADER.test(name) && !value.includes('${');
}

/** Returns a value for output: without the logins in URLs and the secrets in headers. */
export function withoutSecrets(value: unknown, path: FieldPath): unknown {
  if (typeof value === 'string') {
    if (path.at(-2) === 'headers' && isSecretHeader(String(path.at(-1)), value)) return '***';
    return value.includes('://') ? `${new SafeUrl(value)}` : value;
  }
  if (Array.isArray(value)) return value.map((item, position) => withoutSecrets(item, [...path, position]));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner, [...path, key])]));
}
