import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { systemInfo } from '../../src/platform/system-info.ts';
import { FIXTURES } from '../support/attune.ts';
import { contentsOf, createCliHarness } from '../support/cli.ts';
import { wheel } from '../support/packages.ts';
import { packFiles } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { cannotIsolate } from '../support/testing/isolation.ts';
import { findPythonWith, skipWithout } from '../support/testing/programs.ts';

const harness = createCliHarness({ after }, { PYENV_ROOT: process.env['PYENV_ROOT'] });
const withoutPip = skipWithout(findPythonWith('venv, pip'), 'a python3 with venv and pip');
const envs = (ref: string) => join(harness.data, 'envs', ref);

/** Writes a pack that includes its only requirement and whose test passes only if the requirement is installed. */
function writePack(ref: string, body = '[ "$(tinyecho-say)" = 1.0.0 ]'): string {
  const directory = join(harness.directory, ref);
  writeFiles(directory, { ...packFiles({ ref, test: body }), 'requirements.txt': 'tinyecho==1.0.0\n' });
  const tiny = wheel('tinyecho', '1.0.0');
  mkdirSync(join(directory, 'wheels'));
  writeFileSync(join(directory, 'wheels', tiny.file), tiny.content);
  return directory;
}

test('install --env: the environment is used by the tests and removed with the pack', {
  skip: withoutPip,
  timeout: 120_000,
}, async () => {
  const directory = writePack('echoing');
  const { status, document, stderr } = await harness.json('pack', 'install', directory, '--env', '--offline');
  assert.equal(status, 0, stderr);
  assert.equal(document.packs[0].tests.status, 'passed');
  const [digest] = readdirSync(envs('echoing'));
  const before = contentsOf(directory);
  const tested = (await harness.json('pack', 'test', 'echoing', '--env', '--offline')).document;
  const [environment] = tested.environments;
  assert.equal(tested.status, 'passed');
  assert.deepEqual([environment.kind, environment.digest, environment.reused], ['python', digest, true]);
  assert.equal(environment.path, join(envs('echoing'), environment.digest));
  assert.deepEqual(contentsOf(directory), before);
  assert.equal((await harness.json('pack', 'uninstall', 'echoing', '--yes')).status, 0);
  assert.ok(!existsSync(envs('echoing')));
});

test('install --env: failing tests remove the environment', {
  skip: withoutPip,
  timeout: 120_000,
}, async () => {
  const failing = writePack('failing', 'exit 1');
  assert.equal((await harness.json('pack', 'install', failing, '--env', '--offline')).status, 8);
  assert.ok(!existsSync(join(harness.data, 'envs')));
});

test('test --env: no environment is made where no suite needs it', async () => {
  const unusable = { 'requirements.txt': 'no-such-package-of-attune==1.0.0\n' };
  const nodeSuite = 'testing: { runners: { node: { type: node, entry_point: tests/ } } }\n';
  const withNode = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const rows = [
    { ref: 'untested', testing: '', files: {}, status: 'skipped' },
    { ref: 'disabled', testing: 'testing: { enabled: false }\n', files: {}, status: 'skipped' },
    {
      ref: 'other-language',
      testing: nodeSuite,
      files: { 'tests/one.test.js': "require('node:test').test('one', () => {});\n" },
      status: 'passed',
    },
  ];
  for (const { ref, testing, files, status: want } of rows) {
    const directory = join(harness.directory, ref);
    const manifest = `ref: ${ref}\nversion: 1.0.0\n${testing}`;
    writeFiles(directory, { 'pack.yaml': manifest, ...unusable, ...files });
    const { status, document } = await harness.jsonWith(
      { PATH: withNode },
      'pack',
      'test',
      directory,
      '--env',
      '--offline',
    );
    assert.deepEqual([status, document.status], [0, want], ref);
    assert.deepEqual(document.environments ?? [], [], ref);
    assert.ok(!existsSync(envs(ref)), ref);
  }
});

test('install --env --sandbox require: the environment works inside of the isolation', {
  skip: withoutPip || cannotIsolate('bwrap', undefined),
  timeout: 120_000,
}, async () => {
  const directory = writePack('confined', `[ "$(tinyecho-say)" = 1.0.0 ] && ! ls ${harness.data}/attune.db`);
  const args = ['pack', 'install', directory, '--env', '--offline', '--sandbox', 'require'];
  const { status, document, stderr } = await harness.json(...args);
  assert.equal(status, 0, stderr);
  assert.deepEqual([document.packs[0].tests.status, document.packs[0].tests.isolation.files], ['passed', 'isolated']);
});

test('test --sandbox --limits: the report describes the confinement', {
  skip: systemInfo().platform === 'linux' ? false : 'requires Linux',
}, async () => {
  const greedy = join(FIXTURES, 'confinement');
  const args = ['pack', 'test', greedy, '--runtime', 'network', '--sandbox', '--limits'];
  const { status, document } = await harness.json(...args);
  if (document.error?.code === 'DEPENDENCY_SANDBOX') return assert.equal(status, 6);
  assert.equal(status, 8);
  assert.notEqual(document.confinement.network, 'open');
  assert.equal(document.confinement.memory_bytes, 2 * 1024 ** 3);
  assert.equal(document.environments, undefined);
});
