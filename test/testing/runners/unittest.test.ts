import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPythonWith, pathWith } from '../../support/testing/programs.ts';
import { countsOf, namesAndStatuses, type RunOptions, runnerOf, runOne } from '../../support/testing/run.ts';

const PYTHON = findPythonWith('unittest') ?? 'python3';

type Files = Readonly<Record<string, string>>;

function runPython(t: Parameters<typeof runOne>[0], entryPoint: string, files: Files, options: RunOptions = {}) {
  const variables = pathWith(t, { python3: PYTHON });
  return runOne(t, runnerOf('unittest', { name: 'python', entryPoint }), files, { variables, ...options });
}

const CASES = `
import os, subprocess, sys, unittest

class First(unittest.TestCase):
    def test_passes(self):
        print("output", file=sys.stdout); print("warned", file=sys.stderr)
    def test_fails(self):
        print("before it failed")
        self.assertEqual("a", "b", "they <differ> \\udcff")
    def test_breaks(self):
        raise KeyError("gone")
    @unittest.skip("no network")
    def test_skipped(self): pass
    def test_skips_itself(self):
        self.skipTest("not today")
    @unittest.expectedFailure
    def test_fails_as_expected(self):
        self.fail("known")
    @unittest.expectedFailure
    def test_passes_unexpectedly(self): pass
    def test_parts(self):
        for number in (1, 2, 3):
            with self.subTest(number=number):
                self.assertEqual(number, 2)
    def test_good_parts(self):
        with self.subTest(number=1): self.skipTest("this part only")
        with self.subTest(number=2): pass
    def test_exits(self):
        sys.exit(3)
    def test_child_prints(self):
        subprocess.check_call(["echo", "from a child"], stdout=sys.stdout)
        sys.stdout.buffer.write(b"bytes \\xff")

class CleanupFails(unittest.TestCase):
    def tearDown(self): raise RuntimeError("cannot clean up")
    def test_passes(self): pass
    def test_fails_too(self): self.fail("first")

class NeverSet(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("no database")
    def test_one(self): pass
    def test_two(self): pass
`;

test('unittest runner: each case is reported with its outcome', async (t) => {
  const suite = await runPython(t, 'tests/test_cases.py', { 'tests/test_cases.py': CASES });
  assert.deepEqual(namesAndStatuses(suite), [
    'test_cases.CleanupFails.test_fails_too: failed',
    'test_cases.CleanupFails.test_passes: failed',
    'test_cases.First.test_breaks: failed',
    'test_cases.First.test_child_prints: passed',
    'test_cases.First.test_exits: failed',
    'test_cases.First.test_fails: failed',
    'test_cases.First.test_fails_as_expected: passed',
    'test_cases.First.test_good_parts: skipped',
    'test_cases.First.test_parts: failed',
    'test_cases.First.test_passes: passed',
    'test_cases.First.test_passes_unexpectedly: failed',
    'test_cases.First.test_skipped: skipped',
    'test_cases.First.test_skips_itself: skipped',
    'setUpClass (test_cases.NeverSet): failed',
  ]);
  assert.equal(suite.exit_code, 1);
  const byName = new Map(suite.test_cases.map((found) => [found.name.split('.').at(-1), found]));
  const firstLines = (name: string) => byName.get(name)?.error_message?.split('\n')[0];
  assert.equal(firstLines('test_breaks'), "KeyError: 'gone'");
  assert.equal(firstLines('test_skipped'), 'no network');
  assert.match(
    byName.get('test_fails')?.error_message ?? '',
    /^AssertionError: .a. != .b.\n[\s\S]*test_cases\.py[\s\S]*they <differ> \u{fffd}/u,
  );
  assert.equal(byName.get('test_fails')?.stdout, 'before it failed\n');
  assert.equal(byName.get('test_child_prints')?.stdout, 'bytes \u{fffd}');
  const parts = byName.get('test_parts')?.error_message ?? '';
  assert.ok(parts.includes('(number=1): ') && parts.includes('(number=3): ') && !parts.includes('(number=2)'), parts);
  const cleanup = byName.get('test_fails_too')?.error_message ?? '';
  assert.ok(cleanup.includes('first') && cleanup.includes('cannot clean up'));
});

test('unittest runner: the output of each case is reported separately', async (t) => {
  const suite = await runPython(t, 'test_a.py', {
    'test_a.py': `import sys, unittest
class T(unittest.TestCase):
    def test_a(self): print("one"); print("two", file=sys.stderr)
    def test_b(self): pass`,
  });
  assert.deepEqual(
    suite.test_cases.map(({ stdout, stderr }) => [stdout, stderr]),
    [
      ['one\n', 'two\n'],
      [null, null],
    ],
  );
});

const PASSING = 'import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n';
const ENTRIES: { claim: string; entry: string; files: Files; want: string[] }[] = [
  {
    claim: 'a directory runs its test files',
    entry: 'tests',
    files: { 'tests/test_a.py': PASSING, 'tests/test_b.py': PASSING, 'tests/helper.py': 'broken(' },
    want: ['test_a.T.test_a: passed', 'test_b.T.test_a: passed'],
  },
  {
    claim: 'a directory may end in a slash',
    entry: 'tests/',
    files: { 'tests/test_a.py': PASSING },
    want: ['test_a.T.test_a: passed'],
  },
  {
    claim: 'a package may use relative imports',
    entry: 'tests/test_a.py',
    files: { 'tests/__init__.py': '', 'tests/base.py': PASSING, 'tests/test_a.py': 'from .base import T' },
    want: ['tests.base.T.test_a: passed'],
  },
  {
    claim: 'a directory runs the packages below it',
    entry: 'tests',
    files: { 'tests/__init__.py': '', 'tests/unit/__init__.py': '', 'tests/unit/test_a.py': PASSING },
    want: ['tests.unit.test_a.T.test_a: passed'],
  },
  {
    claim: 'a dotted name runs a module',
    entry: 'tests.test_a',
    files: { 'tests/test_a.py': PASSING },
    want: ['tests.test_a.T.test_a: passed'],
  },
  {
    claim: 'a dotted name may select a single case',
    entry: 'tests.test_a.T.test_a',
    files: { 'tests/test_a.py': `${PASSING}    def test_b(self): pass\n` },
    want: ['tests.test_a.T.test_a: passed'],
  },
  {
    claim: 'a file name need not be an identifier',
    entry: 'tests/test-a.py',
    files: { 'tests/test-a.py': PASSING },
    want: ['test-a.T.test_a: passed'],
  },
  {
    claim: 'a test may import a module of the pack',
    entry: 'tests/test_a.py',
    files: { 'library.py': PASSING, 'tests/test_a.py': 'from library import T' },
    want: ['library.T.test_a: passed'],
  },
  {
    claim: 'a directory without tests is a failure',
    entry: 'tests',
    files: { 'tests/notes.txt': '' },
    want: ['python: failed'],
  },
  {
    claim: 'a module with an import error is a failure',
    entry: 'tests',
    files: { 'tests/test_a.py': PASSING, 'tests/test_b.py': 'import no_such_module' },
    want: ['test_a.T.test_a: passed', 'import of test_b: failed'],
  },
  {
    claim: 'a file with a syntax error is a failure',
    entry: 'tests/test_a.py',
    files: { 'tests/test_a.py': 'def broken(' },
    want: ['import of tests/test_a.py: failed'],
  },
  {
    claim: 'a file that exits during the import is a failure',
    entry: 'tests/test_a.py',
    files: { 'tests/test_a.py': 'raise SystemExit(0)' },
    want: ['import of tests/test_a.py: failed'],
  },
  {
    claim: 'a dotted name of a missing module is a failure',
    entry: 'tests.test_none',
    files: { 'tests/test_a.py': PASSING },
    want: ['import of test_none: failed'],
  },
];

for (const { claim, entry, files, want } of ENTRIES) {
  test(`unittest runner: entry point: ${claim}`, async (t) => {
    const suite = await runPython(t, entry, files);
    assert.deepEqual(namesAndStatuses(suite).sort(), want.sort(), JSON.stringify(suite.test_cases, null, 1));
  });
}

test('unittest runner: the first line of an import error is its reason', async (t) => {
  const suite = await runPython(t, 'tests', { 'tests/test_b.py': 'import no_such_module' });
  assert.match(suite.test_cases[0]?.error_message ?? '', /^ModuleNotFoundError: No module named 'no_such_module'\n/);
});

const DYING = `import os, signal, time, unittest
class T(unittest.TestCase):
    def test_a(self): pass
    def test_b(self): HERE
    def test_c(self): pass`;

test('unittest runner: a case that ends the process is a failure, even with exit status 0', async (t) => {
  const exited = await runPython(t, 'test_d.py', { 'test_d.py': DYING.replace('HERE', 'os._exit(0)') });
  assert.deepEqual([countsOf(exited), exited.exit_code], [[1, 1, 0], 0]);
  assert.match(exited.test_cases[1]?.error_message ?? '', /stopped before all its tests were run/);
  const killed = await runPython(t, 'test_d.py', {
    'test_d.py': DYING.replace('HERE', 'os.kill(os.getpid(), signal.SIGSEGV)'),
  });
  assert.deepEqual(namesAndStatuses(killed), ['test_d.T.test_a: passed', 'test_d.T.test_b: failed']);
  assert.match(killed.test_cases[1]?.error_message ?? '', /SIGSEGV/);
});

test('unittest runner: a case that exceeds the time limit is a failure', { timeout: 120_000 }, async (t) => {
  const files = { 'test_d.py': DYING.replace('HERE', 'time.sleep(600)') };
  const suite = await runPython(t, 'test_d.py', files, { timeoutSeconds: 8 });
  assert.deepEqual(namesAndStatuses(suite), ['test_d.T.test_a: passed', 'test_d.T.test_b: failed']);
  assert.ok(suite.timed_out);
});

test('unittest runner: a thread that keeps the process running is a timeout despite passed cases', {
  timeout: 120_000,
}, async (t) => {
  const body = `import threading, time, unittest
class T(unittest.TestCase):
    def test_a(self): threading.Thread(target=time.sleep, args=(600,)).start()`;
  const suite = await runPython(t, 'test_e.py', { 'test_e.py': body }, { timeoutSeconds: 8 });
  assert.deepEqual([countsOf(suite), suite.timed_out], [[1, 1, 0], true]);
});
