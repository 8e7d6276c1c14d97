import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RunnerType, TestRunner } from '../../../src/packs/manifest/types.ts';
import type { TestCoverage, TestReport } from '../../../src/packs/test-report.ts';
import { CoverageCollector } from '../../../src/testing/coverage/collector.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { pathWith, programOf } from '../../support/testing/programs.ts';
import { packOf, type RunOptions, run, runnerOf } from '../../support/testing/run.ts';

const NODE = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };

async function measure(
  t: TestContext,
  runners: readonly TestRunner[],
  files: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Promise<{ report: TestReport; coverage: TestCoverage }> {
  const pack = packOf(t, { runners }, files);
  const { report } = await run(t, pack, { variables: NODE, coverage: new CoverageCollector(pack.root), ...options });
  assert.ok(report.coverage);
  return { report, coverage: report.coverage };
}

const linesOf = ({ files }: TestCoverage) =>
  files.map(({ path, covered, total, missing }) => `${path} ${covered}/${total} ${JSON.stringify(missing)}`);
const reasonsOf = ({ unmeasured }: TestCoverage) => unmeasured.map(({ name, reason }) => `${name}: ${reason}`);

/** Eight lines, of which a true argument executes six. */
const CHOOSE = `function choose(value) {
  if (value) {
    return 1;
  }
  const two = 2;
  return two;
}
module.exports = { choose };
`;
const JAVASCRIPT: Readonly<Record<string, { type: RunnerType; file: string; content: string; missing: unknown }>> = {
  node: {
    type: 'node',
    file: 'checks/choose.test.js',
    content: `require('node:test').test('choose', () => { require('../lib/choose.js').choose(true); });\n`,
    missing: [[5, 6]],
  },
  mocha: {
    type: 'mocha',
    file: 'checks/choose.test.js',
    content: `it('choose', () => { require('../lib/choose.js').choose(true); });\n`,
    missing: [[5, 6]],
  },
  jest: {
    type: 'jest',
    file: 'checks/choose.test.js',
    content: `test('choose', () => { require('../lib/choose.js').choose(true); });\n`,
    // jest counts from the end of the branch, with the closing brackets.
    missing: [[5, 7]],
  },
};

for (const [name, { type, file, content, missing }] of Object.entries(JAVASCRIPT)) {
  const needed = name === 'node' ? undefined : programOf(name)[0];
  const skip = name === 'node' || needed !== undefined ? false : `needs ${name}`;
  test(`coverage: ${name} reports the lines of the files that the tests loaded`, { skip }, async (t) => {
    const variables = needed === undefined ? NODE : { ...NODE, PATH: `${dirname(needed)}:${NODE.PATH}` };
    const runner = runnerOf(type, { entryPoint: file, timeoutSeconds: 120 });
    const files = { [file]: content, 'lib/choose.js': CHOOSE, 'lib/unloaded.js': CHOOSE };
    const { report, coverage } = await measure(t, [runner], files, { variables });
    assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
    const measured = coverage.files.filter(({ path }) => path.startsWith('lib/'));
    assert.deepEqual(
      measured.map((found) => [found.path, found.missing]),
      [['lib/choose.js', missing]],
    );
    assert.deepEqual(coverage.unmeasured, []);
  });
}

const test1 = (body: string) => `require('node:test').test('one', () => { ${body} });\n`;

test('coverage: generated files, dependencies and files outside the pack do not count', async (t) => {
  const outside = join(temporaryDirectory(t), 'outside.js');
  const body = `
    const { writeFileSync } = require('node:fs');
    writeFileSync('generated.js', 'module.exports = 1;');
    writeFileSync(${JSON.stringify(outside)}, 'module.exports = 1;');
    for (const file of ['generated.js', 'lib/own.js', 'node_modules/dep/index.js']) require(process.cwd() + '/' + file);
    require(${JSON.stringify(outside)});`;
  const { report, coverage } = await measure(t, [runnerOf('node', { entryPoint: 'checks/a.test.js' })], {
    'checks/a.test.js': test1(body),
    'lib/own.js': 'module.exports = 1;\n',
    'node_modules/dep/index.js': 'module.exports = 1;\n',
  });
  assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
  const paths = coverage.files.map(({ path }) => path).filter((path) => !path.startsWith('checks/'));
  assert.deepEqual(paths, ['lib/own.js']);
});

test('coverage: a line that one of two suites executes is covered', async (t) => {
  const call = (value: string) => test1(`require('../lib/choose.js').choose(${value});`);
  const runners = ['yes', 'no'].map((name) => runnerOf('node', { name, entryPoint: `checks/${name}.test.js` }));
  const files = { 'checks/yes.test.js': call('true'), 'checks/no.test.js': call('false'), 'lib/choose.js': CHOOSE };
  const { coverage } = await measure(t, runners, files, { jobs: 2 });
  const lib = { ...coverage, files: coverage.files.filter(({ path }) => path === 'lib/choose.js') };
  assert.deepEqual(linesOf(lib), ['lib/choose.js 8/8 []']);
});

test('coverage: child processes of Node and files excluded by comments are counted as Node counts them', async (t) => {
  const { coverage } = await measure(t, [runnerOf('node', { entryPoint: 'checks/a.test.js' })], {
    'checks/a.test.js': test1(`require('node:child_process').execFileSync(process.execPath, ['actions/run.js']);`),
    'actions/run.js': `if (process.argv.length > 9) {
  /* node:coverage ignore next */
  process.exit(1);
  process.exit(2);
}
`,
  });
  const action = coverage.files.find(({ path }) => path === 'actions/run.js');
  assert.deepEqual(action && [action.total, action.covered, action.missing], [
    5,
    2,
    [
      [2, 2],
      [4, 5],
    ],
  ]);
});

/** A Node that is too old to measure. */
const OLD_NODE = `#!/bin/sh
for argument; do
  case "$argument" in
    --experimental-test-coverage) echo "node: bad option: --experimental-test-coverage" >&2; exit 9 ;;
  esac
done
exec '${process.execPath}' "$@"
`;

test('coverage: a Node that is too old to measure runs the tests without coverage', async (t) => {
  const bin = packOf(t, undefined, { node: OLD_NODE }).root;
  const files = { 'checks/a.test.js': test1('') };
  const runner = runnerOf('node', { entryPoint: 'checks/a.test.js' });
  const { report, coverage } = await measure(t, [runner], files, {
    variables: pathWith(t, { node: join(bin, 'node') }),
  });
  assert.deepEqual([report.status, report.passed], ['passed', 1], JSON.stringify(report.test_suites));
  assert.deepEqual(reasonsOf(coverage), ['node: The installed version of Node.js cannot measure coverage.']);
});

const ONLY = 'Only the runners unittest, pytest, node, jest and mocha measure coverage.';
const ROWS: {
  claim: string;
  runner: TestRunner;
  files?: Record<string, string>;
  status: string;
  why: RegExp | string;
}[] = [
  {
    claim: 'a script is not measured and does not fail for it',
    runner: runnerOf('script', { entryPoint: 'tests/run.sh' }),
    files: { 'tests/run.sh': 'exit 0\n' },
    status: 'passed',
    why: ONLY,
  },
  {
    claim: 'a command line in place of the runner is not measured',
    runner: runnerOf('node', { command: 'exit 0' }),
    status: 'passed',
    why: ONLY,
  },
  {
    claim: 'a suite that exceeds its time limit is not measured',
    runner: runnerOf('node', { entryPoint: 'a.test.js', timeoutSeconds: 1 }),
    files: { 'a.test.js': test1('while (true);') },
    status: 'failed',
    why: 'The suite did not end by itself.',
  },
  {
    claim: 'a suite that cannot be run is not measured',
    runner: runnerOf('node', { entryPoint: 'missing.test.js' }),
    status: 'failed',
    why: 'The suite could not be run.',
  },
  {
    claim: 'a runner that is killed is not measured',
    runner: runnerOf('mocha', { entryPoint: 'a.js' }),
    files: {
      'a.js': '',
      'node_modules/mocha/bin/mocha.js': `process.kill(process.pid, 'SIGKILL'); while (true);`,
    },
    status: 'failed',
    why: 'The suite did not end by itself.',
  },
];

for (const { claim, runner, files = {}, status, why } of ROWS) {
  test(`coverage: ${claim}`, async (t) => {
    const { report, coverage } = await measure(t, [runner], files);
    assert.equal(report.status, status, JSON.stringify(report.test_suites));
    assert.deepEqual([coverage.files, coverage.lines], [[], { total: 0, covered: 0, pct: 0 }]);
    assert.equal(coverage.unmeasured.length, 1);
    assert.match(
      coverage.unmeasured[0]?.reason ?? '',
      typeof why === 'string' ? new RegExp(`^${RegExp.escape(why)}$`) : why,
    );
  });
}

/** A jest that reports success and writes what a hostile test could write. */
const forgery = (write: string) => `
const argument = (name) => process.argv.find((given) => given.startsWith('--' + name + '=')).slice(name.length + 3);
const fs = require('node:fs');
const directory = argument('coverageDirectory');
const file = directory + '/coverage-final.json';
fs.mkdirSync(directory);
const assertionResults = [{ fullName: 'one', status: 'passed' }];
fs.writeFileSync(argument('outputFile'), JSON.stringify({ testResults: [{ name: 'a', status: 'passed', assertionResults }] }));
${write}
`;
const FORGED: { claim: string; write: string; files: readonly string[]; why: readonly string[] }[] = [
  {
    claim: 'a link in place of the coverage is not followed',
    write: `fs.symlinkSync('/etc/passwd', file);`,
    files: [],
    why: ['jest: The runner wrote no coverage.'],
  },
  {
    claim: 'coverage that is not JSON is refused',
    write: `fs.writeFileSync(file, 'x');`,
    files: [],
    why: ['jest: The coverage of jest is not valid JSON.'],
  },
  {
    claim: 'line numbers that are not lines are refused',
    write: `fs.writeFileSync(file, '{"lib/a.js": {"statementMap": {"0": {"start": {"line": 1e300}}}, "s": {"0": 1}}}');`,
    files: [],
    why: ['jest: The coverage of jest has an unknown format.'],
  },
  {
    claim: 'paths that leave the pack are ignored',
    write: `const one = { statementMap: { 0: { start: { line: 1 } } }, s: { 0: 0 } };
fs.writeFileSync(file, JSON.stringify({ '../../../../etc/passwd': one, '/etc/passwd': one, '': one, 'lib': one, 'lib/a.js': one, ['__proto__']: one }));`,
    files: ['lib/a.js 0/1 [[1,1]]'],
    why: [],
  },
  {
    claim: 'a directory in place of the coverage is refused',
    write: 'fs.mkdirSync(file);',
    files: [],
    why: ['jest: The runner wrote no coverage.'],
  },
];

for (const { claim, write, files, why } of FORGED) {
  test(`coverage: ${claim}`, async (t) => {
    const { report, coverage } = await measure(t, [runnerOf('jest', { entryPoint: 'lib/a.js' })], {
      'node_modules/jest/bin/jest.js': forgery(write),
      'lib/a.js': '',
    });
    assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
    assert.deepEqual([linesOf(coverage), reasonsOf(coverage)], [files, why]);
  });
}

test('coverage: a mocha that fills the directory of V8 with other files is not measured and does not fail', async (t) => {
  const write = `const directory = process.env.NODE_V8_COVERAGE;
fs.writeFileSync(directory + '/coverage-1-1796096419046-0.json', '{');
fs.mkdirSync(directory + '/coverage-2-1796096419046-0.json');`;
  const program = `const fs = require('node:fs');
const output = process.argv.find((given) => given.startsWith('output=')).slice(7);
fs.writeFileSync(output, '<testsuite><testcase name="one"/></testsuite>');
${write}`;
  const { report, coverage } = await measure(t, [runnerOf('mocha', { entryPoint: 'a.js' })], {
    'node_modules/mocha/bin/mocha.js': program,
    'a.js': '',
  });
  assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
  assert.deepEqual(reasonsOf(coverage), ['mocha: The runner wrote no coverage.']);
});
