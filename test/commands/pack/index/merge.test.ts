import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type CliHarness, createCliHarness } from '../../../support/cli.ts';
import { bytes, startHttpServer } from '../../../support/http/server.ts';
import { entryOf, indexOf, sourceOf } from '../../../support/registry/index.ts';
import { writeFiles } from '../../../support/store.ts';

const version = (ref: string, number: string, digit = 'a') =>
  entryOf(ref, { version: number, install_sources: [sourceOf({ checksum: `sha256:${digit.repeat(64)}` })] });
const text = (...packs: unknown[]) => `${JSON.stringify(indexOf(...packs), null, 2)}\n`;

const A = text(version('core', '1.9.0'), version('slack', '1.0.0'));
const B = text(version('core', '1.10.0'), version('jira', '2.0.0-rc.1'));
const C = text(version('jira', '2.0.0'), version('slack', '1.0.0'));

function harness(t: { after(clean: () => void): void }): CliHarness {
  const made = createCliHarness(t);
  writeFiles(made.directory, { 'a/index.json': A, 'b/index.json': B, 'c/index.json': C });
  return made;
}

const INPUTS = ['a/index.json', 'b/index.json', 'c/index.json'];
const OUTPUT = ['pack', 'index-merge', '--output', 'merged-index.json'];
const read = ({ directory }: CliHarness, name = 'merged-index.json') => readFileSync(join(directory, name), 'utf8');

describe('merging', () => {
  test('three indexes: what a person sees, and what is written', async (t) => {
    const at = harness(t);
    const { status, stdout } = await at.attune(...OUTPUT, ...INPUTS);
    assert.equal(status, 0);
    assert.equal(
      stdout,
      '✓ Merged 3 index files into merged-index.json\n  Total packs loaded: 6\n  Unique packs: 3\n  Duplicates resolved: 3\n',
    );
    assert.equal(read(at), text(version('core', '1.10.0'), version('jira', '2.0.0'), version('slack', '1.0.0')));
  });

  test('the document for programs, and the same bytes for the same inputs', async (t) => {
    const at = harness(t);
    const { document } = await at.json(...OUTPUT, ...INPUTS);
    assert.deepEqual(document, {
      success: true,
      output_file: 'merged-index.json',
      sources_count: 3,
      total_loaded: 6,
      unique_packs: 3,
      duplicates_resolved: 3,
      conflicts: [],
      warnings: [],
    });
    const once = read(at);
    await at.attune(...OUTPUT, ...INPUTS, '--force');
    assert.equal(read(at), once);
  });

  test('an output that is there needs --force, and may be one of the inputs', async (t) => {
    const at = harness(t);
    writeFileSync(join(at.directory, 'merged-index.json'), A);
    const { status, document } = await at.json(...OUTPUT, 'merged-index.json', 'b/index.json');
    assert.equal(status, 5);
    assert.equal(document.error.code, 'EXISTS_OUTPUT');
    assert.equal(read(at), A);
    assert.equal((await at.json(...OUTPUT, '--force', 'merged-index.json', 'b/index.json')).status, 0);
    assert.equal(read(at), text(version('core', '1.10.0'), version('jira', '2.0.0-rc.1'), version('slack', '1.0.0')));
  });

  test('YAML where the output is called so', async (t) => {
    const at = harness(t);
    await at.attune('pack', 'index-merge', '--output', 'm.yaml', ...INPUTS);
    assert.match(read(at, 'm.yaml'), /^registry_name: Test\n/);
    await at.attune(...OUTPUT, 'm.yaml');
    await at.attune('pack', 'index-merge', '--output', 'direct.json', ...INPUTS);
    assert.equal(read(at), read(at, 'direct.json'));
  });

  test('inputs on the web and by file URL', async (t) => {
    const at = harness(t);
    const server = await startHttpServer(t, { '/b/index.json': bytes(B) });
    const local = pathToFileURL(join(at.directory, 'c', 'index.json')).href;
    const { status, document } = await at.json(...OUTPUT, 'a/index.json', server.url('/b/index.json'), local);
    assert.deepEqual([status, document.unique_packs], [0, 3]);
    const gone = await at.json(...OUTPUT, '--force', 'a/index.json', server.url('/gone.json'));
    assert.equal(gone.status, 9);
  });
});

describe('what is missing or wrong', () => {
  test('missing inputs are all named; --skip-missing goes on with a warning', async (t) => {
    const at = harness(t);
    const words = [...OUTPUT, 'no.json', 'a/index.json', 'none.json'];
    const refused = await at.json(...words);
    assert.equal(refused.status, 4);
    assert.match(refused.document.error.message, /\n {2}no\.json\n {2}none\.json$/);
    assert.match(refused.document.error.hint, /--skip-missing/);
    const { status, document, stderr } = await at.json(...words, '--skip-missing');
    assert.deepEqual([status, document.sources_count, document.warnings.length], [0, 1, 2]);
    assert.match(stderr, /'none\.json' does not exist and is left out/);
    assert.equal(read(at), A);
    assert.equal((await at.json(...OUTPUT, '--force', '--skip-missing', 'no.json')).status, 4);
  });

  test('problems of several inputs are told together, with file, line and entry, and nothing is written', async (t) => {
    const at = harness(t);
    writeFiles(at.directory, {
      'bad.json': text(version('core', 'v1')),
      'worse.json': `${A.slice(0, 200)}`,
    });
    const { status, document } = await at.json(...OUTPUT, 'a/index.json', 'bad.json', 'worse.json');
    assert.equal(status, 3);
    assert.match(
      document.error.message,
      /bad\.json:11:7 packs\[0\]\.version: 'v1' is not a semantic version.*pack 'core'/,
    );
    assert.match(document.error.message, /worse\.json:\d+:\d+/);
    assert.throws(() => read(at), /ENOENT/);
  });
});

describe('conflicts', () => {
  const other = text(version('slack', '1.0.0', 'b'));

  test('are listed and warned of; the first counts', async (t) => {
    const at = harness(t);
    writeFiles(at.directory, { 'd.json': other });
    const { status, document, stderr } = await at.json(...OUTPUT, 'a/index.json', 'd.json');
    assert.equal(status, 0);
    assert.deepEqual(
      document.conflicts.map(({ ref, version, kept }: Record<string, string>) => [ref, version, kept]),
      [['slack', '1.0.0', 'a/index.json']],
    );
    assert.match(
      stderr,
      /'slack' 1\.0\.0 has different checksums: a\/index\.json has sha256:a+; d\.json has sha256:b+; that of a\/index\.json counts/,
    );
    assert.equal(read(at), A);
  });

  test('or the last, or it is an error that writes nothing', async (t) => {
    const at = harness(t);
    writeFiles(at.directory, { 'd.json': other });
    const refused = await at.json(...OUTPUT, 'a/index.json', 'd.json', '--on-conflict', 'error');
    assert.equal(refused.status, 7);
    assert.equal(refused.document.error.code, 'INTEGRITY_CONFLICT');
    assert.match(refused.document.error.message, /'slack' 1\.0\.0/);
    assert.throws(() => read(at), /ENOENT/);
    await at.json(...OUTPUT, 'a/index.json', 'd.json', '--on-conflict', 'last');
    assert.ok(read(at).includes('b'.repeat(64)));
  });
});
