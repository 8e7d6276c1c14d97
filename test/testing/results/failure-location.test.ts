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
    claim: "Python's traceback: the innermost call that is in the pack",
    input: `Error: x\nTraceback:\n  File "${COPY}/tests/test_a.py", line 3, in test_a\n    f()\n  File "/usr/lib/python3/unittest.py", line 9, in f\n`,
    want: 'tests/test_a.py:3',
  },
  {
    claim: "JavaScript's stack: the first line that is in the pack, and nothing that came with npm",
    input: `Error: x\n    at assert (${COPY}/node_modules/chai/index.js:1:1)\n    at sum (${COPY}/lib/sum.js:7:11)\n    at file://${COPY}/a.test.mjs:2:3\n    at node:internal/x:1:1`,
    want: 'lib/sum.js:7',
  },
  { claim: 'a bare place in a stack', input: `Error\n    at file://${COPY}/a.test.mjs:2:3`, want: 'a.test.mjs:2' },
  {
    claim: 'a call that is awaited, in a stack',
    input: `Error\n    at async Context.<anonymous> (lib/sum.js:5:1)`,
    want: 'lib/sum.js:5',
  },
  {
    claim: "pytest's last line",
    input: 'assert 1 == 2\n\ntests/test_a.py:12: AssertionError',
    want: 'tests/test_a.py:12',
  },
  { claim: "the shell's words", input: 'run.sh: line 4: no-such: not found', want: 'run.sh:4' },
  { claim: 'a file that is not in the pack', input: 'other.py:3: in f\n/etc/passwd:1: x', want: null },
  { claim: 'a way out of the pack', input: `../${COPY.split('/').at(-1)}/run.sh:4: x`, want: null },
  { claim: 'a time and a port are no places', input: 'at 12:30:01 localhost:8080 refused', want: null },
];

for (const { claim, input, want } of ROWS) {
  test(`the place of a failure: ${claim}`, () => {
    const { file, line, error_message } = locateFailure(makeCase('a', 'failed', { error: input }), COPY);
    assert.equal(file === null ? null : `${file}:${line}`, want);
    assert.ok(!error_message?.includes(COPY), 'the copy is gone when this is read');
  });
}

test('what did not fail has no place', () => {
  const { file, line } = locateFailure(makeCase('a', 'skipped', { error: 'run.sh: line 4: x' }), COPY);
  assert.deepEqual([file, line], [null, null]);
});

test('messages made to take long do not', { timeout: 5000 }, () => {
  for (const piece of ['File "', '    at (', 'a:1', '>', ' ', 'at ( at ( ', '\n    at x ']) {
    locateFailure(makeCase('a', 'failed', { error: piece.repeat(60_000) }), COPY);
  }
});
