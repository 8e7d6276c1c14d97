import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { pathWith, skipWithout } from '../../support/testing/programs.ts';
import { countsOf, namesAndStatuses, runnerOf, runOne } from '../../support/testing/run.ts';

const CURRENT = process.execPath;
/** The system's Node, which on Debian is older than the Node that runs attune. */
const SYSTEM = existsSync('/usr/bin/node') ? '/usr/bin/node' : undefined;

function runNode(t: TestContext, entryPoint: string, files: Readonly<Record<string, string>>, node = CURRENT) {
  return runOne(t, runnerOf('node', { entryPoint }), files, { variables: pathWith(t, { node }) });
}

const CASES = `
import assert from 'node:assert/strict';
import { after, describe, it, test } from 'node:test';
test('adds', () => {});
test('fails & "quotes" <x>', () => { assert.equal(1, 2, 'one is\\nnot two'); });
test('skipped', { skip: 'no net' }, () => {});
test('to do', { todo: true }, () => { assert.ok(false); });
describe('group', () => {
  it('inner', () => {});
  it('bad', () => { throw new TypeError('boom'); });
  describe('deep', () => { it('deeper', async () => {}); });
});
describe('empty', () => {});
describe.skip('left out', () => { it('never', () => {}); });
test('parent', async (t) => { await t.test('child', () => {}); });
test('bad parent', async (t) => { await t.test('good child', () => {}); throw new Error('late'); });
describe('hooks', () => { after(() => { throw new Error('no cleanup'); }); it('fine', () => {}); });
`;

for (const [name, node] of [
  ['the Node that runs attune', CURRENT],
  ["the system's Node", SYSTEM],
] as const) {
  test(`node runner: each case is reported, with ${name}`, { skip: skipWithout(node, '/usr/bin/node') }, async (t) => {
    const suite = await runNode(t, 'tests/', { 'tests/a.test.mjs': CASES }, node);
    assert.deepEqual(namesAndStatuses(suite), [
      'adds: passed',
      'fails & "quotes" <x>: failed',
      'skipped: skipped',
      'to do: skipped',
      'group > inner: passed',
      'group > bad: failed',
      'group > deep > deeper: passed',
      'left out: skipped',
      'parent > child: passed',
      'bad parent > good child: passed',
      'bad parent: failed',
      'hooks > fine: passed',
      'hooks: failed',
    ]);
    assert.equal(suite.exit_code, 1);
    assert.match(suite.test_cases[1]?.error_message ?? '', /^one is\n[\s\S]*not two[\s\S]*a\.test\.mjs/);
    assert.match(suite.test_cases[5]?.error_message ?? '', /^boom\n/);
  });
}

const ENTRIES: { claim: string; entry: string; files: Record<string, string>; want: number[] }[] = [
  {
    claim: 'a directory runs its test files at any depth',
    entry: 'tests',
    files: {
      'tests/a.test.js': 'x',
      'tests/sub/b_test.cjs': 'x',
      'tests/helper.mjs': 'x',
      'tests/node_modules/c.test.js': 'x',
    },
    want: [2, 0, 0],
  },
  {
    claim: 'a directory named test runs every file',
    entry: 'test',
    files: { 'test/a.js': 'x', 'test/b.mjs': 'x' },
    want: [2, 0, 0],
  },
  {
    claim: 'a single file may have any name',
    entry: 'checks/all.mjs',
    files: { 'checks/all.mjs': 'x', 'checks/other.test.mjs': 'x' },
    want: [1, 0, 0],
  },
  {
    claim: 'the root of the pack runs its test files',
    entry: '.',
    files: { 'a.test.mjs': 'x', 'lib/b.mjs': 'x' },
    want: [1, 0, 0],
  },
];

for (const { claim, entry, files, want } of ENTRIES) {
  test(`node runner: the entry point ${claim}`, async (t) => {
    const content = (path: string) =>
      path.endsWith('mjs')
        ? `import { test } from 'node:test'; test('t', () => {});`
        : `require('node:test')('t', () => {});`;
    const full = Object.fromEntries(Object.keys(files).map((path) => [path, content(path)]));
    assert.deepEqual(countsOf(await runNode(t, entry, full)), want);
  });
}

test('node runner: an invalid JavaScript file is a failure with the error of Node', async (t) => {
  const suite = await runNode(t, 'tests', { 'tests/a.test.mjs': 'syntax error here(' });
  assert.deepEqual(countsOf(suite), [0, 1, 0]);
  assert.equal(suite.test_cases[0]?.name, 'tests/a.test.mjs');
  assert.match(suite.test_cases[0]?.error_message ?? '', /^SyntaxError: /);
  assert.match(suite.test_cases[0]?.stderr ?? '', /SyntaxError/);
});

const EXITS = `import { test } from 'node:test';
test('first', () => {});
test('second', async () => { await new Promise((end) => setTimeout(end, 500)); process.exit(0); });
test('third', () => { throw new Error('never reached'); });`;

for (const [name, node] of [
  ['the Node that runs attune', CURRENT],
  ["the system's Node", SYSTEM],
] as const) {
  const skip = skipWithout(node, '/usr/bin/node');
  test(`node runner: a case that exits with status 0 before the other cases ran is a failure, with ${name}`, {
    skip,
  }, async (t) => {
    const late = await runNode(t, 'a.test.mjs', { 'a.test.mjs': EXITS }, node);
    assert.deepEqual(namesAndStatuses(late), ['first: passed', 'second: failed']);
    assert.deepEqual(
      [late.exit_code, late.test_cases[1]?.error_message],
      [0, 'The test never finished: a.test.mjs exited first.'],
    );
    const early = await runNode(t, 'a.test.mjs', { 'a.test.mjs': EXITS.replace('await', 'process.exit(0);') }, node);
    assert.equal(early.failed, 1, JSON.stringify(early.test_cases));
  });
}

test('node runner: a file of assertions without tests is one case', async (t) => {
  const suite = await runNode(t, 'a.test.mjs', { 'a.test.mjs': `import assert from 'node:assert'; assert.ok(true);` });
  assert.deepEqual(namesAndStatuses(suite), ['a.test.mjs: passed']);
});

test('node runner: a file that imports node:test without defining a test is a failure', async (t) => {
  const suite = await runNode(t, 'a.test.mjs', { 'a.test.mjs': `import 'node:test';` });
  assert.deepEqual(namesAndStatuses(suite), ['a.test.mjs: failed']);
});

test('node runner: a case that exceeds the time limit is a failure', { timeout: 120_000 }, async (t) => {
  const body = `import { test } from 'node:test'; test('quick', () => {}); test('slow', () => new Promise((end) => setTimeout(end, 600000)));`;
  const runner = runnerOf('node', { entryPoint: 'tests', timeoutSeconds: 10 });
  const suite = await runOne(t, runner, { 'tests/a.test.mjs': body }, { variables: pathWith(t, { node: CURRENT }) });
  assert.ok(suite.timed_out);
  assert.equal(suite.test_cases.at(-1)?.status, 'failed');
  assert.equal(suite.passed, 1);
});
