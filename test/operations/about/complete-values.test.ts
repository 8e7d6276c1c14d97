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

type Where = { readonly root: string; readonly variables?: Record<string, string> };

function ask(
  { root, variables = {} }: Where,
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

async function valuesAt(...asked: Parameters<typeof ask>): Promise<string[]> {
  return (await ask(...asked)).map(({ value }) => value);
}

/** Packs as the store shows them; no database is looked at. */
function showPacks(root: string, packs: Readonly<Record<string, readonly string[]>>): void {
  mkdirSync(join(root, 'data', 'packs'), { recursive: true });
  for (const [ref, versions] of Object.entries(packs)) {
    for (const version of versions)
      mkdirSync(join(root, 'data', 'releases', ref, `${version}-0123456789ab`), { recursive: true });
    symlinkSync(`../releases/${ref}/${versions[0]}-0123456789ab`, join(root, 'data', 'packs', ref));
  }
}

test('installed packs come with their versions, and those that are kept without', async (t) => {
  const root = temporaryDirectory(t);
  showPacks(root, { deploy: ['1.0.0-rc.1', '0.9.0'], core: ['1.2.0'] });
  assert.deepEqual(await ask({ root }, 'installed'), [
    { value: 'core', description: '1.2.0' },
    { value: 'deploy', description: '1.0.0-rc.1' },
  ]);
  assert.deepEqual((await valuesAt({ root }, 'kept-version', '', { ref: 'deploy' })).sort(), ['0.9.0', '1.0.0-rc.1']);
  for (const ref of ['none', '..', '../packs'])
    assert.deepEqual(await valuesAt({ root }, 'kept-version', '', { ref }), []);
});

test('what has no place among the packs is not taken for one', async (t) => {
  const root = temporaryDirectory(t);
  showPacks(root, { core: ['1.2.0'] });
  symlinkSync('/etc', join(root, 'data', 'packs', '$(touch pwned)'));
  mkdirSync(join(root, 'data', 'packs', 'directory'));
  assert.deepEqual(await valuesAt({ root }, 'installed'), ['core']);
});

test('of the registries their indexes in the cache are used, and nothing is left behind', async (t) => {
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
  writeFileSync(join(harness.config, 'config.yaml'), `pack_registry:\n  indices:\n${listed}`);
  assert.equal((await harness.attune('registry', 'refresh')).status, 0);
  writeFileSync(join(harness.config, 'config.yaml'), `pack_registry:\n  indices:\n${unset}${listed}`);
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
    'a registry that is not configured',
  );
  assert.deepEqual(contentsOf(root), before);
});

test('of too many packs the last is there too, so that what all begin with is right', async (t) => {
  const root = temporaryDirectory(t);
  const index = join(root, 'index.json');
  writeFileSync(index, '{}');
  const { addressOf } = await import('../../../src/registry/cache/address.ts');
  const { IndexCaches } = await import('../../../src/registry/cache/index-cache.ts');
  const settings = { mirrors: {} };
  const { identity } = addressOf({ url: index, headers: {} }, settings, { variables: {}, workingDirectory: root });
  mkdirSync(join(root, 'cache'));
  const caches = new IndexCaches(join(root, 'cache', 'indexes.db'), () => {});
  caches.kept.replace(
    identity,
    { digest: 'x', etag: undefined, lastModified: undefined, stamp: undefined, fetchedAt: 0 },
    () => {},
  );
  caches[Symbol.dispose]();
  const database = new Database(join(root, 'cache', 'indexes.db'));
  const add = database.prepare(
    "INSERT INTO entry (source_id, ref, version, label, description, runtimes, document, digest) VALUES (1, ?, '1.0.0', '', '', '[]', '{', x'00')",
  );
  for (let at = 0; at < 1500; at++) add.run(`a${String(at).padStart(5, '0')}`);
  add.run('azure');
  database.close();
  const variables = { ATTUNE_REGISTRY_INDICES: index };
  const found = await valuesAt({ root, variables }, 'registry-pack', 'a');
  assert.equal(found.length, 1001);
  assert.equal(found.at(-1), 'azure');
});

const TROUBLES: readonly { claim: string; prepare: (root: string) => void }[] = [
  { claim: 'there is nothing at all', prepare: () => {} },
  {
    claim: 'the cache is no database',
    prepare: (root) => file(root, 'cache/indexes.db', 'this is no database, whatever its name'),
  },
  {
    claim: 'the cache has another layout',
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
  { claim: 'the configuration is not valid', prepare: (root) => file(root, 'config/config.yaml', 'pack_registry: [') },
  { claim: 'a file stands where the packs have to be', prepare: (root) => file(root, 'data/packs', '') },
];

function file(root: string, path: string, content: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
}

for (const { claim, prepare } of TROUBLES) {
  test(`nothing is offered, made or said where ${claim}`, async (t) => {
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
