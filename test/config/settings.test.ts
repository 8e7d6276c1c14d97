import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONFIG_SCHEMA } from '../../src/config/config-file.ts';
import { parseSettingKey, SETTINGS, UnknownSetting, withoutSecrets } from '../../src/config/settings.ts';

interface SchemaNode {
  readonly type?: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
  readonly pipe?: readonly SchemaNode[];
}

/** Returns the keys of a mapping with fixed keys; `undefined` for any other schema. */
function entriesOf(schema: SchemaNode): Readonly<Record<string, SchemaNode>> | undefined {
  if (schema.wrapped !== undefined) return entriesOf(schema.wrapped);
  return schema.pipe?.map((one) => one.entries).find((entries) => entries !== undefined);
}

test('SETTINGS: has every key of the schema of settings.yaml, and no other', () => {
  const keys = Object.entries(entriesOf(CONFIG_SCHEMA as SchemaNode) ?? {}).flatMap(([name, schema]) => {
    const inner = entriesOf(schema);
    return inner === undefined ? [name] : Object.keys(inner).map((one) => `${name}.${one}`);
  });
  assert.deepEqual([...SETTINGS.keys()].sort(), keys.sort());
  assert.ok([...SETTINGS.values()].every((value) => value !== undefined));
});

const VALUES = {
  pack_registry: {
    mirrors: {},
    indices: [{ name: '1' }, { name: 'a' }, { name: 'a.b' }, { name: 'c', headers: { 'X-A.B': 'v' } }],
  },
};

describe('parseSettingKey: a key leads to', () => {
  const rows: readonly { key: string; path: readonly (string | number)[] }[] = [
    { key: 'keep_releases', path: ['keep_releases'] },
    { key: 'pack_registry', path: ['pack_registry'] },
    { key: 'pack_registry.cache_ttl', path: ['pack_registry', 'cache_ttl'] },
    {
      key: 'pack_registry.mirrors.https://h.example/a.b/',
      path: ['pack_registry', 'mirrors', 'https://h.example/a.b/'],
    },
    { key: 'pack_registry.indices.a', path: ['pack_registry', 'indices', 1] },
    { key: 'pack_registry.indices.a.b', path: ['pack_registry', 'indices', 2] },
    { key: 'pack_registry.indices.a.url', path: ['pack_registry', 'indices', 1, 'url'] },
    { key: 'pack_registry.indices.1.url', path: ['pack_registry', 'indices', 0, 'url'] },
    { key: 'pack_registry.indices.3.url', path: ['pack_registry', 'indices', 3, 'url'] },
    { key: 'pack_registry.indices.c.headers.X-A.B', path: ['pack_registry', 'indices', 3, 'headers', 'X-A.B'] },
  ];
  for (const { key, path } of rows) {
    test(`${key}: ${path.join(' / ')}`, () => assert.deepEqual(parseSettingKey(key, VALUES).path, path));
  }
});

describe('parseSettingKey: an unknown key is an error with a hint', () => {
  const rows: readonly { key: string; hint: RegExp }[] = [
    { key: '', hint: /attune config list/ },
    { key: 'keep_relaeses', hint: /'keep_releases'/ },
    { key: 'pack_registry.cachettl', hint: /'pack_registry\.cache_ttl'/ },
    { key: 'timeout', hint: /'pack_registry\.timeout'/ },
    { key: 'packregistry', hint: /'pack_registry'/ },
    { key: 'profiles.default.api_url', hint: /config\.yaml/ },
    { key: 'keep_releases.', hint: /'keep_releases'/ },
    { key: 'keep_releases.x', hint: /'keep_releases'/ },
    { key: 'pack_registry.mirrors.', hint: /attune config get pack_registry\.mirrors$/ },
    { key: 'pack_registry.indices.b', hint: /attune config get pack_registry\.indices$/ },
    { key: 'pack_registry.indices.4', hint: /attune config get pack_registry\.indices$/ },
    { key: 'pack_registry.indices.a.', hint: /attune config get pack_registry\.indices$/ },
    { key: 'pack_registry.indices.-1', hint: /attune config get pack_registry\.indices$/ },
    { key: '__proto__', hint: /attune config list/ },
    { key: 'constructor.prototype', hint: /attune config list/ },
  ];
  for (const { key, hint } of rows) {
    test(`'${key}'`, () => {
      assert.throws(
        () => parseSettingKey(key, VALUES),
        (error) => error instanceof UnknownSetting && hint.test(error.hint ?? ''),
      );
    });
  }
});

test('withoutSecrets: removes logins and secret headers, and keeps references to variables', () => {
  const headers = { Authorization: 'Bearer abc', 'X-Token': `$${'{TOKEN}'}`, Accept: 'json' };
  assert.deepEqual(withoutSecrets([{ url: 'https://u:p@h.example/i.json', headers }], ['pack_registry', 'indices']), [
    { url: 'https://h.example/i.json', headers: { ...headers, Authorization: '***' } },
  ]);
});
