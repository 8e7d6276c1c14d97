import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FIXTURES } from '../../../support/attune.ts';
import { contentsOf, createCliHarness } from '../../../support/cli.ts';
import { packArchive, packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const REPORT_KEYS = [
  ...['pack_ref', 'pack_version', 'execution_time', 'status', 'total_tests', 'passed', 'failed', 'skipped'],
  ...['pass_rate', 'duration_ms', 'test_suites', 'gate'],
];
const SUITE_KEYS = [
  ...['name', 'runner_type', 'total', 'passed', 'failed', 'skipped', 'duration_ms', 'exit_code', 'timed_out'],
  'test_cases',
];
const CASE_KEYS = ['name', 'status', 'duration_ms', 'error_message', 'stdout', 'stderr', 'file', 'line'];

const harness = createCliHarness({ after });
const pack = (name: string) => join(FIXTURES, 'packs', name);
/** Writes a pack to the working directory and returns its path. */
const writePack = (ref: string, test?: string) => {
  writeFiles(join(harness.directory, ref), packFiles(test === undefined ? { ref } : { ref, test }));
  return `./${ref}`;
};

test('pack test: runs the tests of a pack at a path and prints every key of the report', async () => {
  const before = contentsOf(pack('deploy'));
  const { status, document } = await harness.json('pack', 'test', pack('deploy'));
  assert.equal(status, 0);
  assert.deepEqual(Object.keys(document).toSorted(), REPORT_KEYS.toSorted());
  assert.equal(document.pack_ref, 'deploy');
  assert.equal(document.status, 'passed');
  assert.equal(document.pass_rate, 1);
  assert.equal(document.passed, document.total_tests);
  const kinds = document.test_suites.map(({ runner_type: type }: { runner_type: string }) => type);
  assert.deepEqual(kinds.toSorted(), ['script', 'unittest']);
  for (const suite of document.test_suites) {
    assert.deepEqual(Object.keys(suite).toSorted(), SUITE_KEYS.toSorted());
    assert.equal(suite.exit_code, 0);
    assert.equal(suite.test_cases.length, suite.total);
    for (const testCase of suite.test_cases) assert.deepEqual(Object.keys(testCase).toSorted(), CASE_KEYS.toSorted());
  }
  assert.deepEqual(contentsOf(pack('deploy')), before, 'the tests must not change the pack itself');
});

test('pack test: failing tests exit 8 and print the report instead of an error', async () => {
  const { status, document } = await harness.json('pack', 'test', pack('flaky'));
  assert.equal(status, 8);
  assert.ok(!('error' in document));
  assert.equal(document.status, 'failed');
  assert.ok(document.failed > 0 && document.passed > 0);
  const cases = document.test_suites.flatMap(({ test_cases: all }: { test_cases: readonly unknown[] }) => all);
  const failed = cases.filter(({ status: verdict }: { status: string }) => verdict === 'failed');
  assert.equal(failed.length, document.failed);
  for (const { error_message: message } of failed) assert.ok(message);
});

test('pack test: text output shows failed cases with messages, and every case with --detailed', async () => {
  const source = writePack('failing', 'echo the reason; exit 3');
  const { status, stdout } = await harness.attune('pack', 'test', source);
  assert.equal(status, 8);
  assert.match(stdout, /^failing 1\.0\.0\n/);
  assert.match(stdout, /✗ .*\n +.*the reason/);
  assert.match(stdout, /✗ Tests: 0\/1 passed, 1 failed in/);
  const detailed = await harness.attune('pack', 'test', pack('flaky'), '--detailed');
  assert.match(detailed.stdout, /✓ /);
  assert.doesNotMatch((await harness.attune('pack', 'test', pack('flaky'))).stdout, /✓ /);
});

test('pack test: a pack without tests exits 0 with status skipped', async () => {
  const { status, document } = await harness.json('pack', 'test', writePack('untested'));
  assert.equal(status, 0);
  assert.equal(document.status, 'skipped');
  assert.equal(document.total_tests, 0);
  assert.deepEqual(document.test_suites, []);
  const { stdout } = await harness.attune('pack', 'test', './untested');
  assert.match(stdout, /This pack has no tests to run/);
});

test('pack test: records runs of installed packs, but not of packs at a path', async () => {
  const source = writePack('recorded', '[ "$ATTUNE_PACK_REF" = recorded ]');
  await harness.attune('pack', 'install', source, '--skip-tests');
  assert.equal((await harness.json('pack', 'show', 'recorded')).document.last_test, null);
  assert.equal((await harness.json('pack', 'test', source)).status, 0);
  assert.equal((await harness.json('pack', 'show', 'recorded')).document.last_test, null);
  const { status, document } = await harness.json('pack', 'test', 'recorded');
  assert.equal(status, 0);
  const { last_test: last } = (await harness.json('pack', 'show', 'recorded')).document;
  assert.equal(last.at, document.execution_time);
  assert.deepEqual([last.status, last.total, last.passed], ['passed', 1, 1]);
});

test('pack test: --runtime selects a runner; an unknown one exits 4 and lists the available runners', async () => {
  const { document } = await harness.json('pack', 'test', pack('deploy'), '--runtime', 'python');
  const types = document.test_suites.map(({ runner_type: type }: { runner_type: string }) => type);
  assert.deepEqual(types, ['unittest']);
  const unknown = await harness.json('pack', 'test', pack('deploy'), '--runtime', 'pyton');
  assert.equal(unknown.status, 4);
  assert.match(unknown.document.error.message, /pyton[\s\S]*python[\s\S]*shell/);
});

test('pack test: --timeout ends a suite that takes too long', async () => {
  const { status, document } = await harness.json('pack', 'test', writePack('slow', 'sleep 60'), '--timeout', '1');
  assert.equal(status, 8);
  assert.equal(document.test_suites[0].timed_out, true);
  assert.ok(document.duration_ms < 60_000, 'the suite must not run to its end');
});

test('pack test: --verbose prints the output of the tests to stderr', async () => {
  const source = writePack('talking', 'echo "output of the test"');
  const { stdout, stderr } = await harness.attune('pack', 'test', source, '--verbose');
  assert.match(stderr, /output of the test/);
  assert.doesNotMatch(stdout, /output of the test/);
});

test('pack test: --junit writes the report to a file, and --tap prints it as TAP', async () => {
  const source = writePack('reported', 'exit 3');
  const { status, stdout } = await harness.attune('pack', 'test', source, '--junit', 'reports/new/junit.xml', '--tap');
  assert.equal(status, 8);
  assert.match(stdout, /^TAP version 14\n1\.\.1\n[\s\S]*\nnot ok 1 - /);
  const written = readFileSync(join(harness.directory, 'reports', 'new', 'junit.xml'), 'utf8');
  assert.match(written, /^<\?xml [\s\S]*<testsuites name="reported" tests="1" failures="1"/);
  assert.deepEqual(readdirSync(join(harness.directory, 'reports', 'new')), ['junit.xml']);
});

test('pack test: annotates failures on a GitHub Actions runner, and stdout remains one JSON document', async () => {
  const source = writePack('annotated', 'tests/run_tests.sh: line 2: x');
  const variables = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: harness.directory };
  const { status, document, stderr } = await harness.jsonWith(variables, 'pack', 'test', source);
  assert.equal(status, 8);
  assert.equal(document.status, 'failed');
  assert.match(stderr, /^::error .*title=annotated%2C .*::The suite exited with status 127/m);
});

test('pack test: --bail starts no suite after a failure and reports the rest as skipped', async () => {
  writeFiles(join(harness.directory, 'several'), {
    'pack.yaml': `ref: several
version: 1.0.0
testing:
  runners:
    first: { type: command, command: "exit 1" }
    second: { type: command, command: "exit 0" }
`,
  });
  const { document } = await harness.json('pack', 'test', './several', '--bail');
  const skipped = document.test_suites.map((suite: { name: string; skipped: number }) => [suite.name, suite.skipped]);
  assert.deepEqual(skipped, [
    ['first', 0],
    ['second', 1],
  ]);
});

const RATED: { claim: string; commands: readonly string[]; rate: string; status: number; warns: boolean }[] = [
  { claim: 'reaches it', commands: ['exit 0', 'exit 1'], rate: '0.5', status: 0, warns: true },
  { claim: 'is below it', commands: ['exit 0', 'exit 1'], rate: '0.6', status: 8, warns: false },
  {
    claim: 'reaches it, but a suite was killed',
    commands: ['exit 0', 'kill -9 $$'],
    rate: '0.5',
    status: 8,
    warns: false,
  },
  { claim: 'is 1', commands: ['exit 0'], rate: '0.5', status: 0, warns: false },
];

for (const [index, { claim, commands, rate, status, warns }] of RATED.entries()) {
  test(`pack test: a min_pass_rate of ${rate} exits ${status} if the pass rate ${claim}`, async () => {
    const ref = `rated${index}`;
    const runners = commands.map((command, number) => `    r${number}: { type: command, command: "${command}" }\n`);
    const manifest = `ref: ${ref}\nversion: 1.0.0\ntesting:\n  min_pass_rate: ${rate}\n  runners:\n${runners.join('')}`;
    writeFiles(join(harness.directory, ref), { 'pack.yaml': manifest });
    const { status: got, document, stderr } = await harness.json('pack', 'test', `./${ref}`);
    assert.equal(got, status, stderr);
    assert.deepEqual(document.gate, { min_pass_rate: Number(rate), passed: status === 0 });
    assert.equal(document.status, commands.length === 1 ? 'passed' : 'failed');
    assert.equal(/Warning: 1 of 2 tests of rated\d failed, which min_pass_rate/.test(stderr), warns, stderr);
  });
}

test('pack test: --history shows the recorded runs of an installed pack and their trend', async () => {
  const marker = join(harness.directory, 'marker');
  await harness.attune('pack', 'install', writePack('remembered', `[ ! -e '${marker}' ]`));
  assert.equal((await harness.json('pack', 'test', 'remembered')).status, 0);
  writeFileSync(marker, '');
  assert.equal((await harness.json('pack', 'test', 'remembered')).status, 8);
  const { status, document } = await harness.json('pack', 'test', 'remembered', '--history');
  assert.equal(status, 0);
  assert.deepEqual(
    document.runs.map((run: { status: string }) => run.status),
    ['failed', 'passed', 'passed'],
  );
  assert.equal(document.trend.newly_failing.length, 1);
  assert.equal(document.trend.pass_rate_change, -1);
  const unknown = await harness.json('pack', 'test', 'rememberd', '--history');
  assert.deepEqual([unknown.status, unknown.document.error.hint], [4, "Did you mean 'remembered'?"]);
});

for (const args of [
  ['--watch', '--json'],
  ['--history', '--jobs', '2'],
]) {
  test(`pack test: ${args.join(' ')} is a usage error`, async () => {
    assert.equal((await harness.attune('pack', 'test', './nowhere', ...args)).status, 2);
  });
}

test('pack test: without PACK, the pack in the working directory is tested, as with its pack.yaml', async (t) => {
  const own = createCliHarness(t);
  writeFiles(own.directory, packFiles({ ref: 'own', test: 'exit 0' }));
  for (const args of [[], ['pack.yaml'], ['./pack.yaml']]) {
    const { status, document } = await own.json('pack', 'test', ...args);
    assert.deepEqual([status, document.pack_ref, document.passed], [0, 'own', 1]);
  }
});

test('pack test: the pack in an archive is tested in a private directory, which is removed', async (t) => {
  const own = createCliHarness(t);
  writeFileSync(join(own.directory, 'own.tar.gz'), packArchive(packFiles({ ref: 'own', test: 'exit 0' })));
  writeFileSync(join(own.directory, 'other.txt'), 'no archive');
  const { status, document } = await own.json('pack', 'test', './own.tar.gz');
  assert.deepEqual([status, document.pack_ref, document.passed], [0, 'own', 1]);
  const { document: refused } = await own.json('pack', 'test', 'other.txt');
  assert.equal(refused.error.code, 'INVALID_ARCHIVE');
  assert.deepEqual(readdirSync(own.directory).sort(), ['other.txt', 'own.tar.gz']);
  assert.deepEqual(readdirSync(join(own.data, 'staging')), []);
});

test('pack test: a word that is an installed ref and a directory is the ref, with a note', async () => {
  const directory = writePack('twofold', 'exit 0');
  await harness.attune('pack', 'install', directory);
  writeFiles(join(harness.directory, 'twofold'), packFiles({ ref: 'twofold', version: '2.0.0', test: 'exit 0' }));
  const { status, stdout, stderr } = await harness.attune('pack', 'test', 'twofold');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^twofold 1\.0\.0$/m);
  assert.match(stderr, /'twofold' is the installed pack\. For the directory, write: \.\/twofold/);
});

for (const { claim, source, status, code } of [
  { claim: 'a ref that is not installed', source: 'unknown', status: 4, code: 'NOT_FOUND_PACK' },
  { claim: 'a missing path', source: './nowhere', status: 4, code: 'NOT_FOUND_PATH' },
]) {
  test(`pack test: ${claim} exits ${status}`, async () => {
    const { status: got, document } = await harness.json('pack', 'test', source);
    assert.equal(got, status);
    assert.equal(document.error.code, code);
  });
}

test('pack test: deleted files of an installed pack exit 7 with a hint to repair them', async () => {
  await harness.attune('pack', 'install', writePack('deleted', 'exit 0'));
  rmSync(join(harness.data, 'releases', 'deleted'), { recursive: true });
  const { status, document } = await harness.json('pack', 'test', 'deleted');
  assert.equal(status, 7);
  assert.equal(document.error.code, 'INTEGRITY_FILES_MISSING');
  assert.match(document.error.hint, /attune pack repair deleted/);
});
