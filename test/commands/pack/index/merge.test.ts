import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type CliHarness, createCliHarness } from '../../../support/cli.ts';
import { bytes, startHttpServer } from '../../../support/http/server.ts';
import { entryOf, indexOf, sourceOf } from '../../../support/registry/index.ts';
import { writeRegistry } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const version = (ref: string, number: string, digit = 'a') =>
  entryOf(ref, { version: number, install_sources: [sourceOf({ checksum: `sha256:${digit.repeat(64)}` })] });
const text = (...packs: unknown[]) => `${JSON.stringify(indexOf(...packs), null, 2)}\n`;

const A = text(version('core', '1.9.0'), version('slack', '1.0.0'));
const B = text(version('core', '1.10.0'), version('jira', '2.0.0-rc.1'));
const C = text(version('jira', '2.0.0'), version('slack', '1.0.0'));

function createMergeHarness(t: { after(clean: () => void): void }): CliHarness {
  const harness = createCliHarness(t);
  writeFiles(harness.directory, { 'a/index.json': A, 'b/index.json': B, 'c/index.json': C });
  return harness;
}

const INPUTS = ['a/index.json', 'b/index.json', 'c/index.json'];
const OUTPUT = ['pack', 'index-merge', '--output', 'merged-index.json'];
const read = ({ directory }: CliHarness, name = 'merged-index.json') => readFileSync(join(directory, name), 'utf8');

describe('index-merge', () => {
  test('index-merge: three indexes yield a summary and the merged file', async (t) => {
    const harness = createMergeHarness(t);
    const { status, stdout } = await harness.attune(...OUTPUT, ...INPUTS);
    assert.equal(status, 0);
    assert.equal(
      stdout,
      '✓ Merged 3 index files into merged-index.json\n  Total packs loaded: 6\n  Unique packs: 3\n  Duplicates resolved: 3\n',
    );
    assert.equal(read(harness), text(version('core', '1.10.0'), version('jira', '2.0.0'), version('slack', '1.0.0')));
  });

  test('index-merge: prints a JSON document and writes the same bytes for the same inputs', async (t) => {
    const harness = createMergeHarness(t);
    const { document } = await harness.json(...OUTPUT, ...INPUTS);
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
    const once = read(harness);
    await harness.attune(...OUTPUT, ...INPUTS, '--force');
    assert.equal(read(harness), once);
  });

  test('index-merge: replacing the output requires --force, and the output may be an input', async (t) => {
    const harness = createMergeHarness(t);
    writeFileSync(join(harness.directory, 'merged-index.json'), A);
    const { status, document } = await harness.json(...OUTPUT, 'merged-index.json', 'b/index.json');
    assert.equal(status, 5);
    assert.equal(document.error.code, 'EXISTS_OUTPUT');
    assert.equal(read(harness), A);
    assert.equal((await harness.json(...OUTPUT, '--force', 'merged-index.json', 'b/index.json')).status, 0);
    assert.equal(
      read(harness),
      text(version('core', '1.10.0'), version('jira', '2.0.0-rc.1'), version('slack', '1.0.0')),
    );
  });

  test('index-merge: relative sources of every input are found from the merged index', async (t) => {
    const harness = createCliHarness(t);
    const first = join(harness.directory, 'first');
    const second = join(harness.directory, 'second');
    writeRegistry(first, [
      { ref: 'core', version: '2.0.0' },
      { ref: 'core', version: '1.5.0' },
      { ref: 'slack', version: '1.0.0' },
    ]);
    writeRegistry(second, [{ ref: 'core', version: '1.0.0' }]);
    for (const output of ['out/m.json', 'out/m.yaml']) {
      writeFiles(harness.directory, { 'out/.keep': '' });
      await harness.json('pack', 'index-merge', '--output', output, 'first/index.json', 'second/index.json');
      const checked = await harness.json('pack', 'index-validate', output, '--check-sources');
      assert.deepEqual([checked.status, checked.document.errors], [0, 0], JSON.stringify(checked.document.diagnostics));
    }
  });

  test('index-merge: writes YAML to a .yaml file', async (t) => {
    const harness = createMergeHarness(t);
    await harness.attune('pack', 'index-merge', '--output', 'm.yaml', ...INPUTS);
    assert.match(read(harness, 'm.yaml'), /^registry_name: Test\n/);
    await harness.attune(...OUTPUT, 'm.yaml');
    await harness.attune('pack', 'index-merge', '--output', 'direct.json', ...INPUTS);
    assert.equal(read(harness), read(harness, 'direct.json'));
  });

  test('index-merge: accepts http and file URLs as inputs', async (t) => {
    const harness = createMergeHarness(t);
    const server = await startHttpServer(t, { '/b/index.json': bytes(B) });
    const local = pathToFileURL(join(harness.directory, 'c', 'index.json')).href;
    const { status, document } = await harness.json(...OUTPUT, 'a/index.json', server.url('/b/index.json'), local);
    assert.deepEqual([status, document.unique_packs], [0, 3]);
    const gone = await harness.json(...OUTPUT, '--force', 'a/index.json', server.url('/gone.json'));
    assert.equal(gone.status, 9);
  });
});

describe('index-merge: missing and invalid inputs', () => {
  test('index-merge: missing inputs exit 4 and are all named; --skip-missing skips them with warnings', async (t) => {
    const harness = createMergeHarness(t);
    const args = [...OUTPUT, 'no.json', 'a/index.json', 'none.json'];
    const refused = await harness.json(...args);
    assert.equal(refused.status, 4);
    assert.match(refused.document.error.message, /\n {2}no\.json\n {2}none\.json$/);
    assert.match(refused.document.error.hint, /--skip-missing/);
    const { status, document, stderr } = await harness.json(...args, '--skip-missing');
    assert.deepEqual([status, document.sources_count, document.warnings.length], [0, 1, 2]);
    assert.match(stderr, /'none\.json' does not exist and is skipped/);
    assert.equal(read(harness), A);
    assert.equal((await harness.json(...OUTPUT, '--force', '--skip-missing', 'no.json')).status, 4);
  });

  test('index-merge: problems of several inputs are reported together with file, line and entry', async (t) => {
    const harness = createMergeHarness(t);
    writeFiles(harness.directory, {
      'bad.json': text(version('core', 'v1')),
      'worse.json': `${A.slice(0, 200)}`,
    });
    const { status, document } = await harness.json(...OUTPUT, 'a/index.json', 'bad.json', 'worse.json');
    assert.equal(status, 3);
    assert.match(
      document.error.message,
      /bad\.json:11:7 packs\[0\]\.version: 'v1' is not a semantic version.*pack 'core'/,
    );
    assert.match(document.error.message, /worse\.json:\d+:\d+/);
    assert.throws(() => read(harness), /ENOENT/);
  });

  test('index-merge: an invalid entry is refused, and so is a file URL in an index from a server', async (t) => {
    const harness = createMergeHarness(t);
    const local = text(entryOf('core', { install_sources: [sourceOf({ url: 'file:///srv/core.tgz' })] }));
    writeFiles(harness.directory, { 'svn.json': text(entryOf('x', { install_sources: [sourceOf({ type: 'svn' })] })) });
    const server = await startHttpServer(t, { '/local.json': bytes(local) });
    const { status, document } = await harness.json(...OUTPUT, 'svn.json', 'a/index.json', server.url('/local.json'));
    assert.equal(status, 3);
    assert.match(document.error.message, /svn\.json:\d+:\d+ packs\[0\]\.install_sources\[0\]\.type: must be 'git' or/);
    assert.match(
      document.error.message,
      /local\.json:\d+:\d+ packs\[0\]\.install_sources\[0\]\.url: must be a network URL/,
    );
    assert.throws(() => read(harness), /ENOENT/);
  });
});

describe('index-merge: conflicts', () => {
  const other = text(version('slack', '1.0.0', 'b'));

  test("index-merge: conflicts are listed with a warning, and the first input's entry is used", async (t) => {
    const harness = createMergeHarness(t);
    writeFiles(harness.directory, { 'd.json': other });
    const { status, document, stderr } = await harness.json(...OUTPUT, 'a/index.json', 'd.json');
    assert.equal(status, 0);
    assert.deepEqual(
      document.conflicts.map(({ ref, version, kept }: Record<string, string>) => [ref, version, kept]),
      [['slack', '1.0.0', 'a/index.json']],
    );
    assert.match(
      stderr,
      /'slack' 1\.0\.0 has different checksums: a\/index\.json has sha256:a+; d\.json has sha256:b+; the entry of a\/index\.json is used/,
    );
    assert.equal(read(harness), A);
  });

  test('index-merge: versions that differ in build metadata only are named and not called one version', async (t) => {
    const harness = createMergeHarness(t);
    writeFiles(harness.directory, {
      'd.json': text(version('slack', '1.0.0+1', 'a')),
      'e.json': text(version('slack', '1.0.0+2', 'b')),
    });
    const { status, document, stderr } = await harness.json(...OUTPUT, 'd.json', 'e.json');
    assert.equal(status, 0);
    assert.deepEqual(
      document.conflicts[0].candidates.map((candidate: { version: string }) => candidate.version),
      ['1.0.0+1', '1.0.0+2'],
    );
    assert.match(
      stderr,
      /'slack' has versions that differ in build metadata only \(1\.0\.0\+1, 1\.0\.0\+2\).*d\.json has 1\.0\.0\+1 with sha256:a+; e\.json has 1\.0\.0\+2 with sha256:b+; the entry of d\.json is used/,
    );
  });

  test('index-merge: the warnings of a merge that is repeated because the output changed are reported once', async (t) => {
    const harness = createMergeHarness(t);
    writeFiles(harness.directory, { 'merged-index.json': B });
    let requests = 0;
    const server = await startHttpServer(t, {
      '/d.json': (request, response) => {
        // An editor writes to the output while the inputs are read.
        if (++requests === 1) writeFiles(harness.directory, { 'merged-index.json': C });
        bytes(other)(request, response);
      },
    });
    const args = ['--force', '--skip-missing', 'a/index.json', server.url('/d.json'), 'none.json'];
    const { status, document, stderr } = await harness.json(...OUTPUT, ...args);
    assert.deepEqual([status, requests, document.warnings.length], [0, 2, 2]);
    assert.equal(stderr.split('has different checksums').length, 2);
    assert.equal(stderr.split('does not exist and is skipped').length, 2);
    assert.equal(read(harness), A);
  });

  test('index-merge: --on-conflict last uses the last entry, --on-conflict error exits 7 and writes nothing', async (t) => {
    const harness = createMergeHarness(t);
    writeFiles(harness.directory, { 'd.json': other });
    const refused = await harness.json(...OUTPUT, 'a/index.json', 'd.json', '--on-conflict', 'error');
    assert.equal(refused.status, 7);
    assert.equal(refused.document.error.code, 'INTEGRITY_CONFLICT');
    assert.match(refused.document.error.message, /'slack' 1\.0\.0/);
    assert.throws(() => read(harness), /ENOENT/);
    await harness.json(...OUTPUT, 'a/index.json', 'd.json', '--on-conflict', 'last');
    assert.ok(read(harness).includes('b'.repeat(64)));
  });
});
