import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { programCommand } from '../../../support/attune.ts';
import { type CliHarness, createCliHarness } from '../../../support/cli.ts';
import { entryOf, indexOf } from '../../../support/registry/index.ts';
import { writeRegistry } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const skip = process.platform === 'win32' && 'needs bash';
const json = (...packs: unknown[]) => `${JSON.stringify(indexOf(...packs), null, 2)}\n`;
const YAML = `version: "1.0"\npacks:\n  - { ref: b, label: B, version: 1.0.0 }\n`;

/** Runs a line of bash in which `attune` is the program under test. */
async function bash({ directory, config }: CliHarness, line: string, input?: string) {
  const env = { PATH: process.env['PATH'], HOME: directory, ATTUNE_CONFIG_DIR: config };
  const child = spawn('bash', ['-c', `attune() { ${programCommand().map(quote).join(' ')} "$@"; }; ${line}`], {
    cwd: directory,
    env,
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}

function quote(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

describe('index-validate: standard input and pipes', { skip }, () => {
  test('index-validate: an index in a pipe or in standard input has the diagnostics of the file', async (t) => {
    const harness = createCliHarness(t);
    writeFiles(harness.directory, { 'index.json': json(entryOf('b', { author: null }), entryOf('a')) });
    const lines = [
      'attune pack index-validate --json index.json',
      'attune pack index-validate --json - < index.json',
      'cat index.json | attune pack index-validate --json /dev/stdin',
      'attune pack index-validate --json <(cat index.json)',
    ];
    const runs = await Promise.all(lines.map((line) => bash(harness, line)));
    const reports = runs.map(({ stdout, status }) => ({ status, ...JSON.parse(stdout), index: undefined }));
    assert.deepEqual([reports[0].status, reports[0].errors], [3, 1]);
    for (const report of reports.slice(1)) assert.deepEqual(report, reports[0]);
    assert.match((await bash(harness, 'attune pack index-validate - < index.json')).stdout, /standard input/);
  });

  test('index-validate: YAML in standard input is recognized by its content', async (t) => {
    const { status, stdout } = await bash(createCliHarness(t), 'attune pack index-validate --json -', YAML);
    assert.equal(status, 3);
    const fields = JSON.parse(stdout).diagnostics.map(({ path }: { path: string }) => path);
    assert.ok(fields.includes('/packs/0/author'), stdout);
  });

  test('index-validate: standard input above the size limit is refused before its end', async (t) => {
    const harness = createCliHarness(t);
    writeFileSync(join(harness.config, 'settings.yaml'), 'pack_registry: { max_index_bytes: 1000 }\n');
    const { status, stdout } = await bash(harness, 'yes | attune pack index-validate --json -');
    assert.equal(status, 3);
    assert.match(JSON.parse(stdout).error.message, /'standard input' is too large: it has more than 1000 bytes/);
  });

  test('index-validate: relative sources of an index in standard input refer to the working directory', async (t) => {
    const harness = createCliHarness(t);
    writeRegistry(harness.directory, [{ ref: 'demo' }]);
    const { status, stdout } = await bash(harness, 'attune pack index-validate --json --check-sources - < index.json');
    assert.deepEqual([status, JSON.parse(stdout).sources?.right], [0, 1], stdout);
  });
});

describe('index-merge: standard input and pipes', { skip }, () => {
  test('index-merge: indexes in standard input and in a pipe are merged like files', async (t) => {
    const harness = createCliHarness(t);
    writeFiles(harness.directory, { 'a.json': json(entryOf('a')), 'b.json': json(entryOf('b')) });
    const line =
      'attune pack index-merge --output m.json - <(cat b.json) < a.json && attune pack index-merge --output f.json a.json b.json';
    const { status, stderr } = await bash(harness, line);
    assert.equal(status, 0, stderr);
    const read = (name: string) => readFileSync(join(harness.directory, name), 'utf8');
    assert.equal(read('m.json'), read('f.json'));
  });

  test('index-merge: relative sources of standard input are rebased from the working directory', async (t) => {
    const harness = createCliHarness(t);
    writeRegistry(harness.directory, [{ ref: 'demo' }]);
    writeFiles(harness.directory, { 'out/.keep': '' });
    const { status, stderr } = await bash(harness, 'attune pack index-merge --output out/m.json - < index.json');
    assert.equal(status, 0, stderr);
    const [demo] = JSON.parse(readFileSync(join(harness.directory, 'out', 'm.json'), 'utf8')).packs;
    assert.equal(demo.install_sources[0].url, '../archives/demo-1.0.0.tar.gz');
  });

  const refusals = [
    { title: 'standard input that is named twice', line: '- -', status: 2, message: /given more than once/ },
    { title: 'an empty standard input', line: '-', status: 3, message: /standard input/ },
  ];
  for (const { title, line, status, message } of refusals) {
    test(`index-merge: ${title} exits ${status} and writes nothing`, async (t) => {
      const harness = createCliHarness(t);
      const run = await bash(harness, `attune pack index-merge --json --output m.json ${line} < /dev/null`);
      assert.equal(run.status, status, run.stderr);
      assert.match(JSON.parse(run.stdout).error.message, message);
      assert.throws(() => readFileSync(join(harness.directory, 'm.json')), /ENOENT/);
    });
  }
});
