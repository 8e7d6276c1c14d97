import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { locateFailure } from '../../../src/testing/results/failure-location.ts';
import { makeCase } from '../../../src/testing/results/findings.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const COPY = temporaryDirectory({ after });
for (const file of ['tests/test_a.py', 'lib/sum.js', 'a.test.mjs', 'run.sh', 'node_modules/chai/index.js']) {
  mkdirSync(dirname(join(COPY, file)), { recursive: true });
  writeFileSync(join(COPY, file), '');
}

interface Row {
  readonly claim: string;
  readonly input: string;
  readonly want: string | null;
}

const ROWS: readonly Row[] = [
  {
    claim: 'a Python traceback is located at the innermost call in the pack',
    input: `Error: x\nTraceback:\n  File "${COPY}/tests/test_a.py", line 3, in test_a\n    f()\n  File "/usr/lib/python3/unittest.py", line 9, in f\n`,
    want: 'tests/test_a.py:3',
  },
  {
    claim: 'a JavaScript stack trace is located at the first frame in the pack outside node_modules',
    input: `Error: x\n    at assert (${COPY}/node_modules/chai/index.js:1:1)\n    at sum (${COPY}/lib/sum.js:7:11)\n    at file://${COPY}/a.test.mjs:2:3\n    at node:internal/x:1:1`,
    want: 'lib/sum.js:7',
  },
  {
    claim: 'a stack frame without a function name is located',
    input: `Error\n    at file://${COPY}/a.test.mjs:2:3`,
    want: 'a.test.mjs:2',
  },
  {
    claim: 'an async stack frame is located',
    input: `Error\n    at async Context.<anonymous> (lib/sum.js:5:1)`,
    want: 'lib/sum.js:5',
  },
  {
    claim: "the last line of pytest's message is located",
    input: 'assert 1 == 2\n\ntests/test_a.py:12: AssertionError',
    want: 'tests/test_a.py:12',
  },
  { claim: "a shell's error message is located", input: 'run.sh: line 4: no-such: not found', want: 'run.sh:4' },
  { claim: 'files outside the pack are ignored', input: 'other.py:3: in f\n/etc/passwd:1: x', want: null },
  {
    claim: 'a relative path out of the pack is ignored',
    input: `../${COPY.split('/').at(-1)}/run.sh:4: x`,
    want: null,
  },
  { claim: 'times and ports are not locations', input: 'at 12:30:01 localhost:8080 refused', want: null },
];

for (const { claim, input, want } of ROWS) {
  test(`locateFailure: ${claim}`, () => {
    const { file, line, error_message } = locateFailure(makeCase('a', 'failed', { error: input }), COPY);
    assert.equal(file === null ? null : `${file}:${line}`, want);
    assert.ok(!error_message?.includes(COPY), 'the copy no longer exists when the message is read');
  });
}

test('locateFailure: a case that did not fail has no location', () => {
  const { file, line } = locateFailure(makeCase('a', 'skipped', { error: 'run.sh: line 4: x' }), COPY);
  assert.deepEqual([file, line], [null, null]);
});

test('locateFailure: hostile messages do not cause backtracking', { timeout: 5000 }, () => {
  for (const piece of ['File "', '    at (', 'a:1', '>', ' ', 'at ( at ( ', '\n    at x ']) {
    locateFailure(makeCase('a', 'failed', { error: piece.repeat(60_000) }), COPY);
  }
});
