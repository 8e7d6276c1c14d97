import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CliHarness, contentsOf, createCliHarness } from '../../../support/cli.ts';
import { writeFiles } from '../../../support/store.ts';

const FILES = { 'pack.yaml': 'ref: demo\nversion: 1.0.0\n', 'a.txt': 'a' };

interface Test {
  after(clean: () => void): void;
}

function harnessWithPack(t: Test): CliHarness {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'demo'), FILES);
  return harness;
}

const CHOICES = [
  { args: [], path: 'demo-1.0.0.tar.gz', format: 'tar.gz' },
  { args: ['--format', 'tar.gz'], path: 'demo-1.0.0.tar.gz', format: 'tar.gz' },
  { args: ['--format', 'tar'], path: 'demo-1.0.0.tar', format: 'tar' },
  { args: ['--format', 'zip'], path: 'demo-1.0.0.zip', format: 'zip' },
  { args: ['--output', 'x.zip'], path: 'x.zip', format: 'zip' },
  { args: ['--output', 'x.TGZ'], path: 'x.TGZ', format: 'tar.gz' },
  { args: ['-o', 'x.tar'], path: 'x.tar', format: 'tar' },
  { args: ['-o', 'x'], path: 'x', format: 'tar.gz' },
  { args: ['-o', 'x.bin', '--format', 'zip'], path: 'x.bin', format: 'zip' },
  { args: ['-o', 'x.tgz', '--format', 'tar.gz'], path: 'x.tgz', format: 'tar.gz' },
];

for (const { args, path, format } of CHOICES) {
  test(`pack archive ${args.join(' ')}: writes ${path} as ${format}`, async (t) => {
    const harness = harnessWithPack(t);
    const { status, document } = await harness.json('pack', 'archive', 'demo', ...args);
    assert.deepEqual([status, document.path, document.format], [0, path, format]);
    assert.deepEqual(readdirSync(harness.directory).sort(), ['demo', path].sort());
    const magic = readFileSync(join(harness.directory, path)).subarray(0, 2).toString('latin1');
    assert.equal(magic, { zip: 'PK', 'tar.gz': '\u001f\u008b', tar: 'de' }[format]);
  });
}

const WRONG = [
  { args: ['-o', 'x.zip', '--format', 'tar'], status: 2, code: 'USAGE', message: /suffix of a zip archive/ },
  { args: ['--format', 'rar'], status: 2, code: 'USAGE', message: /tar\.gz, zip, tar/ },
  { args: ['-o', ''], status: 2, code: 'USAGE', message: /empty/ },
  { args: ['-o', 'missing/x.zip'], status: 4, code: 'NOT_FOUND_PATH', message: /missing/ },
  { args: ['-o', 'demo'], status: 3, code: 'INVALID_PATH', message: /directory/ },
  { args: ['-o', 'pipe'], status: 3, code: 'INVALID_PATH', message: /FIFO|pipe/ },
];

for (const { args, status, code, message } of WRONG) {
  test(`pack archive ${args.map((arg) => arg || "''").join(' ')}: exits ${status} and writes nothing`, async (t) => {
    const harness = harnessWithPack(t);
    execFileSync('mkfifo', [join(harness.directory, 'pipe')]);
    const { status: actual, document } = await harness.json('pack', 'archive', 'demo', ...args);
    assert.equal(actual, status, document.error?.message);
    assert.ok(document.error.code.startsWith(code), document.error.code);
    assert.match(document.error.message, message);
    assert.deepEqual(readdirSync(harness.directory).sort(), ['demo', 'pipe']);
  });
}

for (const value of ['-1', 'now', '1.5', '99999999999', ' 1', '4354819199']) {
  test(`pack archive: SOURCE_DATE_EPOCH='${value}' exits 2 and names the variable`, async (t) => {
    const { status, document } = await harnessWithPack(t).jsonWith(
      { SOURCE_DATE_EPOCH: value },
      'pack',
      'archive',
      'demo',
    );
    assert.deepEqual([status, document.error.code], [2, 'USAGE']);
    assert.match(document.error.message, /SOURCE_DATE_EPOCH/);
  });
}

test('pack archive: an output with the same bytes is left as it is; with other bytes it exits 5 unless --force is given', async (t) => {
  const harness = harnessWithPack(t);
  const output = join(harness.directory, 'demo-1.0.0.tar.gz');
  await harness.attune('pack', 'archive', 'demo');
  const before = statSync(output, { bigint: true });
  assert.equal((await harness.attune('pack', 'archive', 'demo')).status, 0);
  assert.deepEqual(statSync(output, { bigint: true }).mtimeNs, before.mtimeNs);
  writeFileSync(join(harness.directory, 'demo', 'a.txt'), 'changed');
  for (const args of [[], ['--dry-run']]) {
    const { status, document } = await harness.json('pack', 'archive', 'demo', ...args);
    assert.deepEqual([status, document.error.code], [5, 'EXISTS_OUTPUT']);
  }
  assert.equal(statSync(output, { bigint: true }).mtimeNs, before.mtimeNs);
  assert.equal((await harness.attune('pack', 'archive', 'demo', '--force')).status, 0);
  assert.notEqual(statSync(output, { bigint: true }).mtimeNs, before.mtimeNs);
});

test('pack archive --dry-run: reports the archive and writes nothing', async (t) => {
  const harness = harnessWithPack(t);
  const before = contentsOf(harness.directory);
  const { document: planned } = await harness.json('pack', 'archive', 'demo', '--dry-run');
  assert.deepEqual(contentsOf(harness.directory), before);
  const { document } = await harness.json('pack', 'archive', 'demo');
  const { success, ...facts } = document;
  assert.deepEqual([success, planned], [true, { dry_run: true, ...facts }]);
});

test('pack archive: an output in the pack never contains itself, nor what a killed run left there', async (t) => {
  const harness = harnessWithPack(t);
  const run = (...args: string[]) => harness.json('pack', 'archive', 'demo', ...args);
  const first = await run('-o', 'demo/demo.tar.gz');
  const second = await run('-o', 'demo/demo.tar.gz');
  assert.deepEqual([second.status, second.document], [0, first.document]);
  symlinkSync('demo/demo.tar.gz', join(harness.directory, 'link.tar.gz'));
  assert.equal((await run('-o', 'link.tar.gz')).document.checksum, first.document.checksum);
  rmSync(join(harness.directory, 'demo/demo.tar.gz'));
  const elsewhere = await run('-o', 'elsewhere.tar.gz');
  assert.equal(elsewhere.document.checksum, first.document.checksum);
});

test('pack archive: /dev/null discards the archive', async (t) => {
  const harness = harnessWithPack(t);
  const { status, document } = await harness.json('pack', 'archive', 'demo', '-o', '/dev/null');
  assert.deepEqual([status, document.files], [0, 2]);
});

test('pack archive: --json, --yaml and the default print the same facts, and --format names the archive', async (t) => {
  const harness = harnessWithPack(t);
  const { stdout } = await harness.attune('pack', 'archive', 'demo', '--format', 'zip');
  assert.match(stdout, /^✓ Pack 'demo' 1\.0\.0 packed into demo-1\.0\.0\.zip\n {2}Files: 2\n/);
  const { stdout: yaml } = await harness.attune('pack', 'archive', 'demo', '--format', 'zip', '--yaml');
  assert.match(yaml, /^success: true\npath: demo-1\.0\.0\.zip\n/);
});

test('pack archive: ten processes that write the same output at once all succeed', async (t) => {
  const harness = harnessWithPack(t);
  mkdirSync(join(harness.directory, 'out'));
  const runs = Array.from({ length: 10 }, () => harness.json('pack', 'archive', 'demo', '-o', 'out/demo.zip'));
  const done = await Promise.all(runs);
  assert.deepEqual(new Set(done.map(({ status }) => status)), new Set([0]));
  assert.deepEqual(readdirSync(join(harness.directory, 'out')), ['demo.zip']);
});
