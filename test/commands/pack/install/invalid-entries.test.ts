import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createCliHarness } from '../../../support/cli.ts';
import { bytes, startHttpServer } from '../../../support/http/server.ts';
import { entryOf, sourceOf } from '../../../support/registry/index.ts';
import { type PublishedPack, writeRegistry } from '../../../support/registry/server.ts';

type Entries = readonly unknown[];

/** Writes a registry with packs and adds entries to the end of its index. */
function writeIndex(directory: string, packs: readonly PublishedPack[], ...entries: Entries): string {
  const path = writeRegistry(directory, packs);
  const index = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...index, packs: [...index.packs, ...entries] }, null, 2));
  return path;
}

/** Creates a harness with a registry that has the pack `demo` and additional entries. */
function createRegistry(t: TestContext, ...entries: Entries) {
  const harness = createCliHarness(t);
  const index = writeIndex(join(harness.directory, 'registry'), [{ ref: 'demo' }], ...entries);
  const variables = { ATTUNE_REGISTRY_INDICES: index };
  return { ...createCliHarnessWith(harness, variables), index };
}

function createCliHarnessWith(harness: ReturnType<typeof createCliHarness>, variables: Record<string, string>) {
  return {
    ...harness,
    attune: (...args: string[]) => harness.attuneWith(variables, ...args),
    json: (...args: string[]) => harness.jsonWith(variables, ...args),
  };
}

const svn = { type: 'svn', url: 'svn://packs.example/other' };

/** Invalid entries with the warning about them; the position of those without a valid ref is not named. */
const INVALID: readonly { entries: Entries; warning: string }[] = [
  {
    entries: [entryOf('version', { version: 'v1.0' })],
    warning: "'version' (version: 'v1.0' is not a semantic version such as 1.2.0)",
  },
  { entries: [entryOf('missing', { author: null })], warning: "'missing' (author: is missing)" },
  {
    entries: [entryOf('twice'), entryOf('twice', { version: '1.1.0' })],
    warning: "'twice' (2 entries have this ref)",
  },
  {
    entries: [entryOf('thrice', { version: '1' }), entryOf('thrice'), entryOf('thrice')],
    warning: "'thrice' (3 entries have this ref)",
  },
  {
    entries: [entryOf('type', { install_sources: [svn, svn] })],
    warning: "'type' (install_sources[0].type: must be 'git' or 'archive', not 'svn')",
  },
  {
    entries: [entryOf('release', { releases: [{ version: '0', install_sources: [sourceOf()], runtime_deps: [] }] })],
    warning: "'release' (releases[0].version: '0' is not a semantic version such as 1.2.0)",
  },
  { entries: [entryOf('x', { ref: undefined })], warning: '] (ref: is missing)' },
  { entries: [entryOf('a'.repeat(10_000))], warning: '] (ref: must be at most 128 ' },
  { entries: ['text'], warning: '] (expected a mapping but found the string "text")' },
  {
    entries: [entryOf('control', { version: '\u001b[31m\nx' })],
    warning: "'control' (version: '\\u001b[31m\\nx' is not a semantic version such as 1.2.0)",
  },
];

describe('invalid entries', () => {
  test('invalid entries: all kinds are left out with one warning that names each, and other packs can be installed', async (t) => {
    const { attune } = createRegistry(t, ...INVALID.flatMap(({ entries }) => entries));
    // The second run reads the copy in the cache.
    for (const args of [[], ['--force']]) {
      const { status, stderr } = await attune('pack', 'install', 'demo', ...args);
      assert.equal(status, 0, stderr);
      assert.equal(stderr.match(/left out/g)?.length, 1);
      const listed = stderr.split('\n').filter((line) => line.startsWith('    ') || line.startsWith('  '));
      for (const { warning } of INVALID)
        assert.ok(
          listed.some((line) => line.includes(warning)),
          `${warning}\n${stderr}`,
        );
    }
  });

  test('invalid entries: a single one is named in the sentence of the warning', async (t) => {
    const { json } = createRegistry(t, entryOf('other', { author: null }));
    const { document } = await json('pack', 'install', 'demo');
    assert.equal(document.warnings.length, 1);
    assert.match(document.warnings[0], /has an invalid entry, which is left out: 'other' \(author: is missing\)\.$/);
  });

  test('invalid entries: a warning lists at most 20 of them', async (t) => {
    const entries = Array.from({ length: 25 }, (_, number) => entryOf(`p${10 + number}`, { label: 1 }));
    const { attune } = createRegistry(t, ...entries);
    const { stderr } = await attune('pack', 'install', 'demo');
    assert.match(stderr, /has 25 invalid entries, which are left out:/);
    assert.match(stderr, /'p29' [^\n]*\n\s+and 5 more/);
  });

  test('invalid entries: an index with more than 100,000 of them is refused with one problem', async (t) => {
    const { json, index } = createRegistry(t);
    const document = JSON.parse(readFileSync(index, 'utf8'));
    writeFileSync(index, JSON.stringify({ ...document, packs: Array(100_010).fill(1) }));
    const { status, document: result } = await json('pack', 'install', 'demo');
    assert.equal(status, 3);
    assert.match(result.error.message, /:\d+:\d+ packs: has more than 100,000 invalid entries$/);
  });

  test('invalid entries: a source of an unknown type is skipped if the entry has another one', async (t) => {
    const { attune, index } = createRegistry(t);
    const document = JSON.parse(readFileSync(index, 'utf8'));
    document.packs[0].install_sources.unshift(svn);
    document.packs[0].releases = [{ version: '0.9.0', install_sources: [svn], runtime_deps: [] }];
    writeFileSync(index, JSON.stringify(document));
    const { status, stderr } = await attune('pack', 'install', 'demo');
    assert.deepEqual([status, stderr.includes('left out')], [0, false], stderr);
    const old = await attune('pack', 'install', 'demo@0.9.0', '--force');
    assert.equal(old.status, 4, 'a release without a usable source is not a version');
  });

  test('invalid entries: a problem outside of the entries makes the whole index unusable', async (t) => {
    const { json, index } = createRegistry(t);
    writeFileSync(index, readFileSync(index, 'utf8').replace('"version": "1.0"', '"version": "2.0"'));
    const { status, document } = await json('pack', 'install', 'demo');
    assert.deepEqual([status, document.error.code], [3, 'INVALID_INDEX']);
  });
});

describe('invalid entries: requested refs', () => {
  const broken = entryOf('other', { author: null });

  /** The first registry has an invalid entry for `other`, the second one has the pack. */
  function twoRegistries(t: TestContext) {
    const harness = createCliHarness(t);
    const first = writeIndex(join(harness.directory, 'first'), [{ ref: 'app', dependencies: ['other'] }], broken);
    const second = writeIndex(join(harness.directory, 'second'), [{ ref: 'other' }]);
    const indices = [
      { name: 'first', url: first },
      { name: 'second', url: second },
    ];
    writeFileSync(join(harness.config, 'settings.yaml'), JSON.stringify({ pack_registry: { indices } }));
    return harness;
  }

  test('invalid entries: requesting the ref exits 3 with the reason, and no later registry is consulted', async (t) => {
    const { json, attune } = twoRegistries(t);
    const { status, document } = await json('pack', 'install', 'other');
    const { code, message, hint } = document.error;
    assert.deepEqual([status, code], [3, 'INVALID_ENTRY']);
    assert.equal(message, "The registry 'first' has an invalid entry for 'other': author: is missing.");
    assert.match(hint, /--registry/);
    assert.equal((await attune('pack', 'install', 'other', '--registry', 'second')).status, 0);
  });

  test('invalid entries: a dependency with an invalid entry exits 3 with the reason', async (t) => {
    const { json } = twoRegistries(t);
    const { status, document } = await json('pack', 'install', 'app');
    assert.deepEqual([status, document.error.code], [3, 'INVALID_ENTRY']);
  });

  test('invalid entries: search does not find the ref in any registry', async (t) => {
    const { json } = twoRegistries(t);
    const { status, document } = await json('pack', 'search', 'other');
    assert.deepEqual([status, document.results], [0, []]);
  });

  test('invalid entries: an installed pack whose entry becomes invalid is listed by outdated, and upgraded by name fails', async (t) => {
    const { json, directory } = twoRegistries(t);
    const index = writeIndex(join(directory, 'first'), [{ ref: 'other' }]);
    assert.equal((await json('pack', 'install', 'other')).status, 0);
    assert.equal((await json('pack', 'lock')).status, 0);
    writeFileSync(index, readFileSync(index, 'utf8').replace('"author": "Ada"', '"author": null'));
    assert.equal((await json('registry', 'refresh')).status, 0);
    const outdated = await json('pack', 'outdated');
    assert.equal(outdated.status, 0);
    assert.equal(
      outdated.document.packs[0].reason,
      "the registry 'first' has an invalid entry for it: author: is missing",
    );
    assert.equal((await json('pack', 'upgrade')).status, 0);
    const named = await json('pack', 'upgrade', 'other');
    assert.deepEqual([named.status, named.document.error.code], [3, 'INVALID_ENTRY']);
    assert.equal((await json('pack', 'sync')).status, 0, 'a lock does not need the entry');
  });
});

describe('invalid entries: indexes that are read over a network', () => {
  test('invalid entries: a file URL in an index from a server is refused, and a local index may have it', async (t) => {
    const { directory, attuneWith } = createCliHarness(t);
    const path = writeRegistry(join(directory, 'registry'), [{ ref: 'demo' }, { ref: 'other' }]);
    const index = JSON.parse(readFileSync(path, 'utf8'));
    const [source] = index.packs[0].install_sources;
    source.url = new URL(source.url, `file://${path}`).href;
    const text = JSON.stringify(index);
    const server = await startHttpServer(t, { '/index.json': bytes(text, 'application/json') });
    writeFileSync(path, text);
    const remote = await attuneWith({ ATTUNE_REGISTRY_INDICES: server.url('/index.json') }, 'pack', 'install', 'demo');
    assert.equal(remote.status, 3);
    assert.match(remote.stderr, /must be a network URL or relative, because the index is read over a network/);
    const local = await attuneWith({ ATTUNE_REGISTRY_INDICES: path }, 'pack', 'install', 'demo');
    assert.equal(local.status, 0, local.stderr);
  });
});
