import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { readConfig } from '../../../src/config/config.ts';
import { completeValues, type ValueKind } from '../../../src/operations/about/complete-values.ts';
import { systemEnvironment } from '../../../src/platform/environment.ts';
import { contentsOf, createCliHarness } from '../../support/cli.ts';
import { writeRegistry } from '../../support/registry/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

interface Machine {
  readonly root: string;
  readonly variables?: Record<string, string>;
}

function complete(
  { root, variables = {} }: Machine,
  kind: ValueKind,
  typed = '',
  context: { registry?: string; ref?: string } = {},
) {
  const environment = { ...systemEnvironment(), variables, workingDirectory: root };
  const paths = { data: join(root, 'data'), cache: join(root, 'cache'), config: join(root, 'config') };
  return completeValues(
    { kind, typed, context: { registry: context.registry, ref: context.ref } },
    { environment, paths, config: async () => readConfig(paths, environment) },
  );
}

async function valuesAt(...query: Parameters<typeof complete>): Promise<string[]> {
  return (await complete(...query)).map(({ value }) => value);
}

/** Creates the directories and links of packs in a store, without a database. */
function createPackLinks(root: string, packs: Readonly<Record<string, readonly string[]>>): void {
  mkdirSync(join(root, 'data', 'packs'), { recursive: true });
  for (const [ref, versions] of Object.entries(packs)) {
    for (const version of versions)
      mkdirSync(join(root, 'data', 'releases', ref, `${version}-0123456789ab`), { recursive: true });
    symlinkSync(`../releases/${ref}/${versions[0]}-0123456789ab`, join(root, 'data', 'packs', ref));
  }
}

test('completion: offers installed packs with versions, and retained versions without descriptions', async (t) => {
  const root = temporaryDirectory(t);
  createPackLinks(root, { deploy: ['1.0.0-rc.1', '0.9.0'], core: ['1.2.0'] });
  assert.deepEqual(await complete({ root }, 'installed'), [
    { value: 'core', description: '1.2.0' },
    { value: 'deploy', description: '1.0.0-rc.1' },
  ]);
  assert.deepEqual((await valuesAt({ root }, 'kept-version', '', { ref: 'deploy' })).sort(), ['0.9.0', '1.0.0-rc.1']);
  for (const ref of ['none', '..', '../packs'])
    assert.deepEqual(await valuesAt({ root }, 'kept-version', '', { ref }), []);
});

test('completion: offers the keys of settings with their defaults, also if settings.yaml is invalid', async (t) => {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'config'));
  writeFileSync(join(root, 'config', 'settings.yaml'), 'nope: 1\n');
  const keys = await complete({ root }, 'setting');
  assert.deepEqual(
    keys.find(({ value }) => value === 'pack_registry.cache_ttl'),
    { value: 'pack_registry.cache_ttl', description: '3600' },
  );
});

test('completion: ignores entries of packs/ that are not links to a release', async (t) => {
  const root = temporaryDirectory(t);
  createPackLinks(root, { core: ['1.2.0'] });
  symlinkSync('/etc', join(root, 'data', 'packs', '$(touch pwned)'));
  mkdirSync(join(root, 'data', 'packs', 'directory'));
  assert.deepEqual(await valuesAt({ root }, 'installed'), ['core']);
});

test('completion: reads registry packs from cached indexes and changes no file', async (t) => {
  const harness = createCliHarness(t);
  const root = join(harness.directory, '..');
  const one = writeRegistry(join(root, 'one'), [
    { ref: 'alpha', version: '2.0.0' },
    { ref: 'alpha', version: '10.0.0-rc.1' },
    { ref: 'alpha', version: '1.9.0', yanked: 'broken' },
    { ref: 'alpha', version: '1.10.0' },
  ]);
  const two = writeRegistry(join(root, 'two'), [{ ref: 'alpha', version: '7.0.0' }, { ref: 'beta' }]);
  const registry = (name: string, url: string, priority: number) =>
    `    - { name: ${name}, url: "${url}", priority: ${priority} }\n`;
  const unset = `    - { name: unset, url: "https://\${ATTUNE_NO_SUCH}/", priority: 0 }\n`;
  const listed = registry('second', two, 2) + registry('first', one, 1);
  writeFileSync(join(harness.config, 'settings.yaml'), `pack_registry:\n  indices:\n${listed}`);
  assert.equal((await harness.attune('registry', 'refresh')).status, 0);
  writeFileSync(join(harness.config, 'settings.yaml'), `pack_registry:\n  indices:\n${unset}${listed}`);
  const before = contentsOf(root);

  assert.deepEqual(await valuesAt({ root }, 'registry'), ['unset', 'second', 'first']);
  assert.deepEqual(await valuesAt({ root }, 'registry-pack', ''), ['alpha', 'alpha', 'beta']);
  assert.deepEqual(await valuesAt({ root }, 'registry-pack', 'be'), ['beta']);
  assert.deepEqual(await valuesAt({ root }, 'registry-pack', 'a', { registry: 'second' }), ['alpha']);
  const versions = ['10.0.0-rc.1', '2.0.0', '1.10.0', 'latest'].map((version) => `alpha@${version}`);
  assert.deepEqual(await valuesAt({ root }, 'registry-pack', 'alpha@'), versions);
  assert.deepEqual(await valuesAt({ root }, 'installed-release', 'alpha@1'), versions);
  assert.deepEqual(await valuesAt({ root }, 'registry-pack', 'alpha@', { registry: 'second' }), [
    'alpha@7.0.0',
    'alpha@latest',
  ]);
  assert.deepEqual(await valuesAt({ root }, 'registry-pack', 'gamma@'), []);
  const other = { ATTUNE_REGISTRY_INDICES: `${two}x` };
  assert.deepEqual(
    await valuesAt({ root, variables: other }, 'registry-pack', ''),
    [],
    'an index outside of the configured registries must not be used',
  );
  assert.deepEqual(contentsOf(root), before);
});

test('completion: a truncated list of packs keeps the last one, so that the common prefix is correct', async (t) => {
  const root = temporaryDirectory(t);
  const index = join(root, 'index.json');
  writeFileSync(index, '{}');
  const { addressOf } = await import('../../../src/registry/cache/address.ts');
  const { IndexCaches } = await import('../../../src/registry/cache/index-caches.ts');
  const settings = { mirrors: {} };
  const { identity } = addressOf({ url: index, headers: {} }, settings, { variables: {}, workingDirectory: root });
  mkdirSync(join(root, 'cache'));
  const caches = new IndexCaches(join(root, 'cache', 'indexes.db'), () => {});
  await caches.persistent.replace(
    identity,
    { digest: 'x', etag: undefined, lastModified: undefined, stamp: undefined, fetchedAt: 0 },
    () => [],
  );
  caches[Symbol.dispose]();
  const database = new Database(join(root, 'cache', 'indexes.db'));
  const add = database.prepare(
    "INSERT INTO entry (source_id, ref, version, label, description, runtimes, document, digest) VALUES (1, ?, '1.0.0', '', '', '[]', '{', x'00')",
  );
  for (let index = 0; index < 1500; index++) add.run(`a${String(index).padStart(5, '0')}`);
  add.run('azure');
  database.close();
  const variables = { ATTUNE_REGISTRY_INDICES: index };
  const found = await valuesAt({ root, variables }, 'registry-pack', 'a');
  assert.equal(found.length, 1001);
  assert.equal(found.at(-1), 'azure');
});

const UNUSABLE: readonly { claim: string; prepare: (root: string) => void }[] = [
  { claim: 'no data exists', prepare: () => {} },
  {
    claim: 'the cache is not a database',
    prepare: (root) => file(root, 'cache/indexes.db', 'not a database'),
  },
  {
    claim: 'the cache has an unknown schema',
    prepare: (root) => {
      mkdirSync(join(root, 'cache'));
      const database = new Database(join(root, 'cache', 'indexes.db'));
      database.exec('CREATE TABLE other (a)');
      database.close();
    },
  },
  {
    claim: 'the cache is a directory',
    prepare: (root) => mkdirSync(join(root, 'cache', 'indexes.db'), { recursive: true }),
  },
  { claim: 'the configuration is invalid', prepare: (root) => file(root, 'config/settings.yaml', 'pack_registry: [') },
  { claim: 'a file occupies the path of the packs', prepare: (root) => file(root, 'data/packs', '') },
];

function file(root: string, path: string, content: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
}

for (const { claim, prepare } of UNUSABLE) {
  test(`completion: offers nothing and changes no file if ${claim}`, async (t) => {
    const root = temporaryDirectory(t);
    prepare(root);
    const before = contentsOf(root);
    const variables = claim.includes('configuration') ? {} : { ATTUNE_REGISTRY_INDICES: join(root, 'index.json') };
    for (const kind of ['installed', 'installed-release', 'kept-version', 'registry-pack'] as const) {
      assert.deepEqual(await valuesAt({ root, variables }, kind, '', { ref: 'core' }), []);
      assert.deepEqual(await valuesAt({ root, variables }, kind, 'core@'), []);
    }
    assert.deepEqual(contentsOf(root), before);
  });
}
