import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../support/temporary.ts';
import { findPythonWith, pathWith, skipWithout } from '../../support/testing/programs.ts';
import { countsOf, namesAndStatuses, runnerOf, runOne } from '../../support/testing/run.ts';

const PYTEST = findPythonWith('pytest');
const NO_PYTEST = skipWithout(PYTEST, 'a python3 with pytest');

const CASES = `import pytest, sys
def test_ok(): print("output"); print("warned", file=sys.stderr)
def test_bad(): assert [1] == [2]
@pytest.mark.skip(reason="no net")
def test_skipped(): pass
@pytest.mark.parametrize("n", [1, 2])
def test_each(n): assert n
@pytest.fixture
def broken(): raise RuntimeError("no fixture")
def test_error(broken): pass
`;

test('pytest runner: each case is reported', { skip: NO_PYTEST }, async (t) => {
  const variables = pathWith(t, { python3: PYTEST ?? 'python3' });
  const files = { 'tests/test_a.py': CASES };
  const suite = await runOne(t, runnerOf('pytest', { entryPoint: 'tests' }), files, { variables });
  assert.deepEqual(
    namesAndStatuses(suite).map((line) => line.split('.').at(-1)),
    [
      'test_ok: passed',
      'test_bad: failed',
      'test_skipped: skipped',
      'test_each[1]: passed',
      'test_each[2]: passed',
      'test_error: failed',
    ],
  );
  const [ok, bad] = suite.test_cases;
  assert.deepEqual([ok?.stdout, ok?.stderr, ok?.error_message], ['output', 'warned', null]);
  assert.match(bad?.error_message ?? '', /^assert \[1\] == \[2\]\n/);
});

test('pytest runner: an entry point may select tests of a file', { skip: NO_PYTEST }, async (t) => {
  const variables = pathWith(t, { python3: PYTEST ?? 'python3' });
  const runner = runnerOf('pytest', { entryPoint: 'tests/test_a.py::test_each' });
  assert.deepEqual(countsOf(await runOne(t, runner, { 'tests/test_a.py': CASES }, { variables })), [2, 0, 0]);
});

test('pytest runner: the cache fixture and options that use the cache work', { skip: NO_PYTEST }, async (t) => {
  const variables = pathWith(t, { python3: PYTEST ?? '' });
  const files = {
    'pytest.ini': '[pytest]\naddopts = --ff\n',
    'tests/test_a.py': 'def test_cache(cache): cache.set("a/b", 1)\n',
  };
  const suite = await runOne(t, runnerOf('pytest', { entryPoint: 'tests' }), files, { variables });
  assert.deepEqual(namesAndStatuses(suite), ['tests.test_a.test_cache: passed']);
});

test('pytest runner: a directory without tests and a file with an import error are failures', {
  skip: NO_PYTEST,
}, async (t) => {
  const variables = pathWith(t, { python3: PYTEST ?? 'python3' });
  const runner = runnerOf('pytest', { entryPoint: 'tests' });
  const none = await runOne(t, runner, { 'tests/notes.txt': '' }, { variables });
  assert.deepEqual([countsOf(none), none.exit_code], [[0, 1, 0], 5]);
  assert.match(none.test_cases[0]?.error_message ?? '', /^The suite found no tests/);
  const broken = await runOne(t, runner, { 'tests/test_a.py': 'import nothing_like_it' }, { variables });
  assert.deepEqual(countsOf(broken), [0, 1, 0]);
  assert.match(broken.test_cases[0]?.error_message ?? '', /No module named 'nothing_like_it'/);
});

test('pytest runner: a run that pytest.exit ends in the middle is a failure, also with status 0', {
  skip: NO_PYTEST,
}, async (t) => {
  const variables = pathWith(t, { python3: PYTEST ?? 'python3' });
  const test = [
    'import pytest',
    'def test_first(): pass',
    'def test_second(): pytest.exit("no more", returncode=0)',
    'def test_third(): assert False',
  ].join('\n');
  const suite = await runOne(
    t,
    runnerOf('pytest', { entryPoint: 'tests' }),
    { 'tests/test_a.py': test },
    { variables },
  );
  assert.deepEqual([countsOf(suite), suite.exit_code], [[1, 1, 0], 0]);
  assert.match(
    suite.test_cases.at(-1)?.error_message ?? '',
    /^pytest was ended before all its tests were run during tests\/test_a.py::test_second: no more/,
  );
});

test('pytest runner: a python without pytest is a failure with its message', async (t) => {
  const directory = temporaryDirectory(t);
  const python = join(directory, 'python');
  writeFileSync(python, '#!/bin/sh\necho "python3: No module named pytest" >&2\nexit 1\n', { mode: 0o755 });
  const suite = await runOne(
    t,
    runnerOf('pytest', { entryPoint: 'a.py' }),
    { 'a.py': '' },
    {
      variables: pathWith(t, { python3: python }),
    },
  );
  assert.deepEqual(countsOf(suite), [0, 1, 0]);
  assert.match(
    suite.test_cases[0]?.error_message ?? '',
    /^The suite exited without results: python3: No module named pytest\.?$/,
  );
});

/** A fake jest for the pack's `node_modules`. It writes a report that contains its last argument. */
const JEST = `
const { writeFileSync } = require('node:fs');
const file = process.argv.find((argument) => argument.startsWith('--outputFile=')).slice('--outputFile='.length);
const assertionResults = [
  { fullName: 'sum adds', status: 'passed', duration: 3, failureMessages: [] },
  { fullName: 'sum fails', status: 'failed', duration: null, failureMessages: ['Error: 1 is not 2'] },
  { fullName: process.argv.slice(-1)[0].replace(process.cwd(), '.'), status: 'pending' },
];
writeFileSync(file, JSON.stringify({ testResults: [{ name: 'a.test.js', status: 'failed', message: '', assertionResults }] }));
process.exitCode = 1;`;

test("jest runner: the pack's jest is run, and its report is read", async (t) => {
  const files = { 'node_modules/jest/bin/jest.js': JEST, 'tests/a.test.js': '' };
  const suite = await runOne(t, runnerOf('jest', { entryPoint: 'tests' }), files);
  assert.deepEqual(namesAndStatuses(suite), ['sum adds: passed', 'sum fails: failed', './tests[/\\\\]: skipped']);
  assert.equal(suite.test_cases[1]?.error_message, 'Error: 1 is not 2');
});

/** A fake mocha for the pack's `node_modules`. */
const MOCHA = `
const { writeFileSync } = require('node:fs');
const option = process.argv[process.argv.indexOf('--reporter-option') + 1];
writeFileSync(option.slice('output='.length), '<testsuite><testcase classname="sum" name="adds" time="0.002"/></testsuite>');`;

test("mocha runner: the pack's mocha is run, and its report is read", async (t) => {
  const files = { 'node_modules/mocha/bin/mocha.js': MOCHA, 'tests/a.js': '' };
  const suite = await runOne(t, runnerOf('mocha', { entryPoint: 'tests' }), files);
  assert.deepEqual(namesAndStatuses(suite), ['sum.adds: passed']);
  assert.equal(suite.test_cases[0]?.duration_ms, 2);
});
