import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FIXTURES } from '../../../support/attune.ts';
import { contentsOf, createCliHarness } from '../../../support/cli.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const REPORT_KEYS = [
  ...['pack_ref', 'pack_version', 'execution_time', 'status', 'total_tests', 'passed', 'failed', 'skipped'],
  ...['pass_rate', 'duration_ms', 'test_suites'],
];
const SUITE_KEYS = [
  ...['name', 'runner_type', 'total', 'passed', 'failed', 'skipped', 'duration_ms', 'exit_code', 'timed_out'],
  'test_cases',
];
const CASE_KEYS = ['name', 'status', 'duration_ms', 'error_message', 'stdout', 'stderr', 'file', 'line'];

const harness = createCliHarness({ after });
const pack = (name: string) => join(FIXTURES, 'packs', name);
const place = (ref: string, test?: string) => {
  writeFiles(join(harness.directory, ref), packFiles(test === undefined ? { ref } : { ref, test }));
  return `./${ref}`;
};

test('the tests of a pack at a path run, and the report has every key of the contract', async () => {
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
  assert.deepEqual(contentsOf(pack('deploy')), before, 'the tests changed the pack itself');
});

test('failing tests are exit 8 with the report, and not an error, on stdout', async () => {
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

test('a person reads which case failed and why, and with --detailed every case', async () => {
  const word = place('failing', 'echo the reason; exit 3');
  const { status, stdout } = await harness.attune('pack', 'test', word);
  assert.equal(status, 8);
  assert.match(stdout, /^failing 1\.0\.0\n/);
  assert.match(stdout, /✗ .*\n +.*the reason/);
  assert.match(stdout, /✗ Tests: 0\/1 passed, 1 failed in/);
  const detailed = await harness.attune('pack', 'test', pack('flaky'), '--detailed');
  assert.match(detailed.stdout, /✓ /);
  assert.doesNotMatch((await harness.attune('pack', 'test', pack('flaky'))).stdout, /✓ /);
});

test('a pack without tests is skipped, which is no failure', async () => {
  const { status, document } = await harness.json('pack', 'test', place('untested'));
  assert.equal(status, 0);
  assert.equal(document.status, 'skipped');
  assert.equal(document.total_tests, 0);
  assert.deepEqual(document.test_suites, []);
  const { stdout } = await harness.attune('pack', 'test', './untested');
  assert.match(stdout, /This pack has no tests to run/);
});

test('a run of an installed pack is recorded, and one of a path is not', async () => {
  const word = place('recorded', '[ "$ATTUNE_PACK_REF" = recorded ]');
  await harness.attune('pack', 'install', word, '--skip-tests');
  assert.equal((await harness.json('pack', 'show', 'recorded')).document.last_test, null);
  assert.equal((await harness.json('pack', 'test', word)).status, 0);
  assert.equal((await harness.json('pack', 'show', 'recorded')).document.last_test, null);
  const { status, document } = await harness.json('pack', 'test', 'recorded');
  assert.equal(status, 0);
  const { last_test: last } = (await harness.json('pack', 'show', 'recorded')).document;
  assert.equal(last.at, document.execution_time);
  assert.deepEqual([last.status, last.total, last.passed], ['passed', 1, 1]);
});

test('--runtime chooses a runner, and an unknown one is told with those that are there', async () => {
  const { document } = await harness.json('pack', 'test', pack('deploy'), '--runtime', 'python');
  const types = document.test_suites.map(({ runner_type: type }: { runner_type: string }) => type);
  assert.deepEqual(types, ['unittest']);
  const unknown = await harness.json('pack', 'test', pack('deploy'), '--runtime', 'pyton');
  assert.equal(unknown.status, 4);
  assert.match(unknown.document.error.message, /pyton[\s\S]*python[\s\S]*shell/);
});

test('--timeout ends a suite that takes too long', async () => {
  const { status, document } = await harness.json('pack', 'test', place('slow', 'sleep 60'), '--timeout', '1');
  assert.equal(status, 8);
  assert.equal(document.test_suites[0].timed_out, true);
  assert.ok(document.duration_ms < 10_000);
});

test('--verbose passes on what the tests write, beside the result', async () => {
  const word = place('talking', 'echo "a word of its own"');
  const { stdout, stderr } = await harness.attune('pack', 'test', word, '--verbose');
  assert.match(stderr, /a word of its own/);
  assert.doesNotMatch(stdout, /a word of its own/);
});

test('--junit writes the report to a file as well, and --tap prints it as TAP', async () => {
  const word = place('reported', 'exit 3');
  const { status, stdout } = await harness.attune('pack', 'test', word, '--junit', 'reports/new/junit.xml', '--tap');
  assert.equal(status, 8);
  assert.match(stdout, /^TAP version 14\n1\.\.1\n[\s\S]*\nnot ok 1 - /);
  const written = readFileSync(join(harness.directory, 'reports', 'new', 'junit.xml'), 'utf8');
  assert.match(written, /^<\?xml [\s\S]*<testsuites name="reported" tests="1" failures="1"/);
  assert.deepEqual(readdirSync(join(harness.directory, 'reports', 'new')), ['junit.xml']);
});

test('on a GitHub Actions runner failures are annotated, and stdout stays one JSON document', async () => {
  const word = place('annotated', 'tests/run_tests.sh: line 2: x');
  const variables = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: harness.directory };
  const { status, document, stderr } = await harness.jsonWith(variables, 'pack', 'test', word);
  assert.equal(status, 8);
  assert.equal(document.status, 'failed');
  assert.match(stderr, /^::error .*title=annotated%2C .*::It ended with exit status 127/m);
});

test('--bail: nothing begins after a failure, and what was left out is told', async () => {
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
  const told = document.test_suites.map(({ name, skipped }: { name: string; skipped: number }) => [name, skipped]);
  assert.deepEqual(told, [
    ['first', 0],
    ['second', 1],
  ]);
});

test('--history shows the recorded runs of an installed pack, and their trend', async () => {
  const sign = join(harness.directory, 'sign');
  await harness.attune('pack', 'install', place('remembered', `[ ! -e '${sign}' ]`));
  assert.equal((await harness.json('pack', 'test', 'remembered')).status, 0);
  writeFileSync(sign, '');
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
  assert.deepEqual([unknown.status, unknown.document.error.hint], [4, 'Did you mean: remembered']);
});

for (const words of [
  ['--watch', '--json'],
  ['--history', '--jobs', '2'],
]) {
  test(`${words.join(' ')} is a usage error`, async () => {
    assert.equal((await harness.attune('pack', 'test', './nowhere', ...words)).status, 2);
  });
}

for (const { claim, word, status, code } of [
  { claim: 'a ref that is not installed', word: 'nobody', status: 4, code: 'NOT_FOUND_PACK' },
  { claim: 'a path that is not there', word: './nowhere', status: 4, code: 'NOT_FOUND_PATH' },
]) {
  test(`${claim} is exit ${status}`, async () => {
    const { status: got, document } = await harness.json('pack', 'test', word);
    assert.equal(got, status);
    assert.equal(document.error.code, code);
  });
}

test('an installed pack whose files were deleted is told as such, with the way back', async () => {
  await harness.attune('pack', 'install', place('deleted', 'exit 0'));
  rmSync(join(harness.data, 'releases', 'deleted'), { recursive: true });
  const { status, document } = await harness.json('pack', 'test', 'deleted');
  assert.equal(status, 7);
  assert.equal(document.error.code, 'INTEGRITY_FILES_MISSING');
  assert.match(document.error.hint, /--force/);
});
