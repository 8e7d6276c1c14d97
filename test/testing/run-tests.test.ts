import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { AttuneError } from '../../src/errors.ts';
import type { TestRunner } from '../../src/packs/manifest/types.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemProcesses } from '../../src/platform/processes/processes.ts';
import type { ProcessRequest } from '../../src/platform/processes/types.ts';
import { silentReporter } from '../../src/platform/reporter.ts';
import { passesGate } from '../../src/testing/results/verdict.ts';
import { runTests } from '../../src/testing/run-tests.ts';
import type { TestObserver } from '../../src/testing/test-run.ts';
import { untilEnded } from '../support/process-state.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { namesAndStatuses, packOf, run, runnerOf, runOne } from '../support/testing/run.ts';

function script(fields: Partial<TestRunner> = {}): TestRunner {
  return runnerOf('script', { name: 'shell', entryPoint: 'tests/run.sh', ...fields });
}

test('runTests: a pack without tests or with disabled tests has the status skipped', async (t) => {
  for (const testing of [undefined, { enabled: false, runners: [script()] }]) {
    const { report } = await run(t, packOf(t, testing, {}), { runtime: 'shell' });
    assert.deepEqual([report.status, report.total_tests, report.pass_rate, report.test_suites], ['skipped', 0, 1, []]);
    assert.ok(passesGate(report, undefined));
  }
});

test('runTests: a report has the pack, the start time and the duration', async (t) => {
  const before = Date.now();
  const pack = packOf(t, { runners: [script()] }, { 'tests/run.sh': '#!/bin/sh\nsleep 0.05\n' });
  const { report } = await run(t, pack);
  assert.deepEqual([report.pack_ref, report.pack_version, report.status], ['demo', '1.2.3', 'passed']);
  assert.match(report.execution_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse(report.execution_time) >= before);
  assert.ok(report.duration_ms >= 50);
});

interface ScriptRow {
  readonly claim: string;
  readonly script: string;
  readonly runner?: Partial<TestRunner>;
  /** Passed, failed, skipped, exit status. */
  readonly want: readonly [number, number, number, number | null];
  /** Matches the reason of the last failed case. */
  readonly why?: RegExp;
}

const JUNIT = '<testsuite><testcase name="a"/></testsuite>';
const SCRIPTS: ScriptRow[] = [
  { claim: 'exit status 0 without results is one passed case', script: 'echo hi', want: [1, 0, 0, 0] },
  {
    claim: 'another exit status without results is one failed case',
    script: 'echo no luck >&2; exit 3',
    want: [0, 1, 0, 3],
    why: /^The suite exited with status 3: no luck$/,
  },
  {
    claim: 'printed counts are used',
    script: 'echo "Total Tests: 3"; echo "Passed: 2"; echo "Skipped: 1"',
    want: [2, 0, 1, 0],
  },
  {
    claim: 'printed failures count despite exit status 0',
    script: 'echo "Passed: 2"; echo "Failed: 1"',
    want: [2, 1, 0, 0],
    why: /^1 of 3 tests failed\.$/,
  },
  {
    claim: 'a non-zero exit status is a failure despite the printed counts',
    script: 'echo "Passed: 2"; echo "Failed: 0"; exit 1',
    want: [2, 1, 0, 1],
    why: /exited with status 1, although it reported no failure/,
  },
  {
    claim: 'inconsistent counts are a failure',
    script: 'echo "Total Tests: 9"; echo "Passed: 2"',
    want: [2, 1, 0, 0],
    why: /^The counts do not add up/,
  },
  {
    claim: 'no tests are a failure',
    script: 'echo "Total Tests: 0"',
    want: [0, 1, 0, 0],
    why: /^The suite found no tests/,
  },
  {
    claim: 'a crash is a failure with the name of the signal',
    script: 'echo "Passed: 2"; kill -SEGV $$',
    want: [2, 1, 0, null],
    why: /^The suite was terminated by SIGSEGV/,
  },
  {
    claim: 'TAP is detected by its version line',
    script: 'echo "TAP version 13"; echo "1..2"; echo "ok 1 - a"; echo "not ok 2 - b"; exit 1',
    want: [1, 1, 0, 1],
  },
  {
    claim: 'TAP without a version line is read with result_format tap',
    script: 'echo "1..1"; echo "ok 1 - a"',
    runner: { resultFormat: 'tap' },
    want: [1, 0, 0, 0],
  },
  {
    claim: 'incomplete TAP is a failure',
    script: 'echo "1..3"; echo "ok 1 - a"',
    runner: { resultFormat: 'tap' },
    want: [1, 1, 0, 0],
    why: /3 tests planned, but 1 run/,
  },
  {
    claim: 'JSON on standard output is read',
    script: `echo '{"tests": [{"name": "a", "status": "passed"}]}'`,
    runner: { resultFormat: 'json' },
    want: [1, 0, 0, 0],
  },
  {
    claim: 'invalid JSON is a failure',
    script: 'echo fine',
    runner: { resultFormat: 'json' },
    want: [0, 1, 0, 0],
    why: /contains no JSON/,
  },
  {
    claim: 'JUnit files in the result directory are read',
    script: `mkdir -p out; echo '${JUNIT}' > out/a.xml; echo '${JUNIT}' > out/b.xml; echo x > out/c.log`,
    runner: { resultFormat: 'junit-xml', resultPath: 'out/' },
    want: [2, 0, 0, 0],
  },
  {
    claim: 'the result directory is created before the run',
    script: `echo '${JUNIT}' > out/a.xml`,
    runner: { resultFormat: 'junit-xml', resultPath: 'out/' },
    want: [1, 0, 0, 0],
  },
  {
    claim: 'the format of a result file is detected by its suffix',
    script: `echo '${JUNIT}' > result.xml`,
    runner: { resultPath: 'result.xml' },
    want: [1, 0, 0, 0],
  },
  {
    claim: 'result files are found at any depth, each with its own format',
    script: `mkdir -p out/a/b; echo '${JUNIT}' > out/a/b/x.xml; echo '{"passed": 2}' > out/y.json; printf '1..1\\nok 1\\n' > out/a/z.tap; echo no > out/n.log`,
    runner: { resultPath: 'out/' },
    want: [4, 0, 0, 0],
  },
  {
    claim: 'an invalid result file is a failure next to valid ones',
    script: `echo '${JUNIT}' > out/a.xml; echo '<testsuite' > out/b.xml`,
    runner: { resultPath: 'out/', resultFormat: 'junit-xml' },
    want: [1, 1, 0, 0],
    why: /not valid XML/,
  },
  {
    claim: 'TAP version 12, which has no version line, is detected',
    script: 'echo "ok 1 - a"; echo "not ok 2 - b"; echo "1..2"',
    want: [1, 1, 0, 0],
  },
  {
    claim: 'a marked failure without counts is a failure despite exit status 0',
    script: 'echo "✗ lists are sorted"',
    want: [0, 1, 0, 0],
    why: /status 0, although it printed '✗ lists are sorted'/,
  },
  {
    claim: 'missing result files are a failure',
    script: 'true',
    runner: { resultFormat: 'junit-xml', resultPath: 'out/' },
    want: [0, 1, 0, 0],
    why: /wrote no results to '.*'\.$/,
  },
  {
    claim: 'result files that existed in the pack before the run are ignored',
    script: 'true',
    runner: { resultFormat: 'junit-xml', resultPath: 'stale.xml' },
    want: [0, 1, 0, 0],
    why: /wrote no results to '.*'\.$/,
  },
  {
    claim: 'a FIFO in place of the result file is ignored',
    script: 'mkfifo out.xml',
    runner: { resultFormat: 'junit-xml', resultPath: 'out.xml' },
    want: [0, 1, 0, 0],
    why: /wrote no results to '.*'\.$/,
  },
  {
    claim: 'a link out of the pack in place of the result file is ignored',
    script: 'ln -s /etc/hostname out.xml',
    runner: { resultFormat: 'junit-xml', resultPath: 'out.xml' },
    want: [0, 1, 0, 0],
    why: /wrote no results to '.*'\.$/,
  },
  {
    claim: 'a result file above the size limit is a failure',
    script: 'truncate -s 20M out.json',
    runner: { resultPath: 'out.json' },
    want: [0, 1, 0, 0],
    why: /larger than 16 MiB/,
  },
  {
    claim: 'a result path outside the pack is a failure',
    script: 'true',
    runner: { resultPath: '../out.json' },
    want: [0, 1, 0, 0],
    why: /points outside the pack/,
  },
  {
    claim: 'TAP output above the retained size is a failure',
    script: 'i=0; echo "1..60000"; yes "ok - some longer name of a test" | head -n 60000',
    runner: { resultFormat: 'tap' },
    want: [0, 1, 0, 0],
    why: /exceeds the retained size/,
  },
];

for (const { claim, script: body, runner = {}, want, why } of SCRIPTS) {
  test(`script: ${claim}`, async (t) => {
    const files = { 'tests/run.sh': `#!/bin/bash\n${body}\n`, 'stale.xml': JUNIT };
    const suite = await runOne(t, script(runner), files);
    assert.deepEqual([suite.passed, suite.failed, suite.skipped, suite.exit_code], want);
    assert.equal(suite.timed_out, false);
    if (why) assert.match(suite.test_cases.findLast(({ status }) => status === 'failed')?.error_message ?? '', why);
  });
}

const INTERPRETERS = [
  {
    claim: 'a file without a shebang line and executable mode runs with bash',
    entryPoint: 'tests/run.sh',
    content: '[[ -n $BASH_VERSION ]]',
  },
  {
    claim: 'a file with a shebang line and without an executable mode runs',
    entryPoint: 'tests/run',
    content: ' \n#!',
  },
  { claim: 'python is selected by the suffix', entryPoint: 'tests/run.py', content: 'import sys; sys.exit(0)' },
  { claim: 'node is selected by the suffix', entryPoint: 'tests/run.mjs', content: 'await import("node:fs")' },
  { claim: 'a directory runs its run_tests.sh', entryPoint: 'tests', content: 'true', file: 'tests/run_tests.sh' },
  { claim: 'arguments after env are used', entryPoint: 'tests/run', content: '#!/usr/bin/env -S bash -e\ntrue' },
  { claim: 'a path may contain spaces', entryPoint: 'my tests/run it.sh', content: 'true' },
];

for (const { claim, entryPoint, content, file = entryPoint } of INTERPRETERS) {
  test(`script: ${claim}`, async (t) => {
    const suite = await runOne(t, script({ entryPoint }), {
      [file]: content.startsWith(' ') ? '#!/bin/sh\ntrue\n' : content,
    });
    assert.deepEqual(namesAndStatuses(suite), ['shell: passed'], suite.test_cases[0]?.error_message ?? '');
  });
}

const UNRUNNABLE: { claim: string; runner: TestRunner; why: RegExp }[] = [
  {
    claim: 'a missing script',
    runner: script({ entryPoint: 'tests/none.sh' }),
    why: /^The entry_point 'tests\/none\.sh' does not exist in the pack\.$/,
  },
  {
    claim: 'a script outside the pack',
    runner: script({ entryPoint: '../../bin/true' }),
    why: /points outside the pack/,
  },
  { claim: 'an absolute script path', runner: script({ entryPoint: '/bin/true' }), why: /points outside the pack/ },
  {
    claim: 'a missing interpreter',
    runner: script({ entryPoint: 'odd' }),
    why: /^'\/opt\/none\/odd', which runs 'odd', is not on the PATH\.$/,
  },
  {
    claim: 'unittest with a missing file',
    runner: runnerOf('unittest', { entryPoint: 'tests/test_none.py' }),
    why: /does not exist in the pack/,
  },
  {
    claim: 'pytest with a missing file',
    runner: runnerOf('pytest', { entryPoint: 'none.py::Test::test_a' }),
    why: /does not exist in the pack/,
  },
  {
    claim: 'node with a missing directory',
    runner: runnerOf('node', { entryPoint: 'spec' }),
    why: /does not exist in the pack/,
  },
  {
    claim: 'node with a directory without tests',
    runner: runnerOf('node', { entryPoint: 'lib' }),
    why: /^The suite found no tests: no file name in 'lib'/,
  },
  {
    claim: 'jest that is not installed',
    runner: runnerOf('jest', { entryPoint: 'lib' }),
    why: /^'jest' is neither in the pack's node_modules nor on the PATH\.$/,
  },
  { claim: 'a runner without a command', runner: runnerOf('command'), why: /has no 'command'/ },
];

for (const { claim, runner, why } of UNRUNNABLE) {
  test(`runTests: a suite fails without being started because of ${claim}`, async (t) => {
    const suite = await runOne(t, runner, { odd: '#!/opt/none/odd\n', 'lib/util.js': '' });
    assert.deepEqual([suite.total, suite.failed, suite.exit_code], [1, 1, null]);
    assert.match(suite.test_cases[0]?.error_message ?? '', why);
  });
}

test('runTests: each suite reports the program that is missing on the PATH', async (t) => {
  const runners = [
    runnerOf('unittest', { entryPoint: 'a.py' }),
    runnerOf('pytest', { entryPoint: 'a.py' }),
    runnerOf('node', { entryPoint: 'a.js' }),
    script({ entryPoint: 'a.rb' }),
  ];
  const pack = packOf(t, { runners }, { 'a.py': '', 'a.js': '', 'a.rb': '' });
  const { report } = await run(t, pack, { variables: { PATH: '/no/such/place' } });
  const reasons = report.test_suites.map(({ test_cases }) => test_cases[0]?.error_message);
  assert.deepEqual(reasons, [
    "'python3' is not on the PATH.",
    "'python3' is not on the PATH.",
    "'node' is not on the PATH.",
    "'ruby', which runs 'a.rb', is not on the PATH.",
  ]);
});

test('runTests: a command is run by the shell', async (t) => {
  const command = `echo "Passed: 2" | cat && test "$ATTUNE_PACK_REF" = demo`;
  const suite = await runOne(t, runnerOf('command', { command }), {});
  assert.deepEqual([suite.runner_type, suite.passed, suite.failed], ['command', 2, 0]);
});

test('runTests: tests get a clean environment, a private home, empty standard input and a copy of the pack', async (t) => {
  const body = `#!/bin/bash
    env | sort
    cat
    touch "$HOME/mine" "$TMPDIR/mine" || exit 1
    [[ $PWD == "$ATTUNE_PACK_DIR" && -f pack.yaml ]] || exit 2
    [[ -x tests/run.sh && ! -x pack.yaml ]] || exit 3
    [[ ! -e .git ]] || exit 4`;
  const pack = packOf(t, { runners: [script()] }, { 'tests/run.sh': body, '.git/config': 'x', 'sub/.git': 'x' });
  const variables = {
    PATH: process.env['PATH'],
    GITHUB_TOKEN: 'secret',
    NODE_OPTIONS: '--bad',
    PYENV_ROOT: '/somewhere',
  };
  const { report, workspace } = await run(t, pack, { variables });
  const [only] = report.test_suites[0]?.test_cases ?? [];
  assert.equal(only?.status, 'passed', only?.error_message ?? '');
  const seen = Object.fromEntries((only?.stdout ?? '').split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
  assert.deepEqual(
    Object.keys(seen)
      .filter((name) => name && !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name))
      .sort(),
    [
      'ATTUNE_PACK_DIR',
      'ATTUNE_PACK_REF',
      'ATTUNE_PACK_VERSION',
      'ATTUNE_TEST_RUN',
      'HOME',
      'LANG',
      'LC_ALL',
      'PATH',
      'PYENV_ROOT',
      'PYTHONDONTWRITEBYTECODE',
      'TEMP',
      'TMP',
      'TMPDIR',
      'USERPROFILE',
    ],
  );
  for (const name of ['HOME', 'TMPDIR', 'ATTUNE_PACK_DIR']) assert.ok(seen[name]?.startsWith(workspace), name);
  assert.deepEqual([seen['ATTUNE_PACK_REF'], seen['ATTUNE_PACK_VERSION']], ['demo', '1.2.3']);
});

test('runTests: the pack itself is not changed by its tests', async (t) => {
  const body = '#!/bin/sh\necho changed > data.txt; rm -r lib; chmod 777 pack.yaml; touch new\n';
  const pack = packOf(t, { runners: [script()] }, { 'tests/run.sh': body, 'data.txt': 'same', 'lib/a.js': '1' });
  const { report } = await run(t, pack);
  assert.equal(report.status, 'passed');
  assert.equal(readFileSync(join(pack.root, 'data.txt'), 'utf8'), 'same');
  assert.ok(existsSync(join(pack.root, 'lib/a.js')) && !existsSync(join(pack.root, 'new')));
  assert.equal(statSync(join(pack.root, 'pack.yaml')).mode & 0o777, 0o644);
});

test('runTests: links are not copied, and a warning lists them', async (t) => {
  const pack = packOf(
    t,
    { runners: [script()] },
    { 'tests/run.sh': '#!/bin/sh\ntest ! -e out -a ! -e in\n', 'data.txt': '' },
  );
  symlinkSync(pack.root, join(pack.root, 'out'));
  symlinkSync('data.txt', join(pack.root, 'in'));
  const { report, warnings } = await run(t, pack);
  assert.equal(report.status, 'passed');
  assert.match(warnings.join(), /:\nin\nout$/);
});

test('runTests: the root of a pack may be a link', async (t) => {
  const pack = packOf(t, { runners: [script()] }, { 'tests/run.sh': '#!/bin/sh\ntrue\n' });
  const link = join(packOf(t, undefined, {}).root, 'link');
  symlinkSync(pack.root, link);
  const { report } = await run(t, { ...pack, root: link });
  assert.equal(report.status, 'passed');
});

test('runTests: a suite that exceeds its time limit is killed with its child processes, and its results so far are retained', {
  timeout: 120_000,
}, async (t) => {
  const child = join(temporaryDirectory(t), 'pid');
  const body = `#!/bin/bash
    echo "TAP version 13"; echo "ok 1 - first"
    trap '' TERM
    (trap '' TERM; echo $BASHPID > '${child}'; while :; do sleep 0.05; done) &
    wait; sleep 600`;
  const pack = packOf(t, { runners: [script({ timeoutSeconds: 5 })] }, { 'tests/run.sh': body });
  const { report } = await run(t, pack);
  const [suite] = report.test_suites;
  assert.ok(suite);
  assert.deepEqual(namesAndStatuses(suite), ['first: passed', 'shell: failed']);
  assert.deepEqual([suite.timed_out, suite.exit_code, report.status], [true, null, 'failed']);
  assert.equal(suite.test_cases[1]?.error_message, 'The suite exceeded its time limit of 5 s.');
  await untilEnded(child);
});

test('runTests: the requested time limit overrides that of the manifest', { timeout: 120_000 }, async (t) => {
  const suite = await runOne(
    t,
    script({ timeoutSeconds: 600 }),
    { 'tests/run.sh': '#!/bin/sh\nsleep 600\n' },
    { timeoutSeconds: 0.2 },
  );
  assert.ok(suite.timed_out);
  assert.match(suite.test_cases[0]?.error_message ?? '', /limit of 0\.2 s/);
});

test('runTests: aborting the signal rejects with its reason', { timeout: 120_000 }, async (t) => {
  const pack = packOf(t, { runners: [script({ timeoutSeconds: 600 })] }, { 'tests/run.sh': SLEEPER });
  await assert.rejects(run(t, pack, abortAfterOutputOf(1)), { message: 'stop' });
});

const SLEEPER = '#!/bin/sh\necho started\nsleep 600\n';

/** Returns a signal and an observer that aborts it with the message `stop` once a number of suites have printed. */
function abortAfterOutputOf(suites: number): { signal: AbortSignal; observer: TestObserver } {
  const controller = new AbortController();
  const started = new Set<unknown>();
  const observer: TestObserver = {
    planned: () => {},
    printed: (suite) => {
      started.add(suite);
      if (started.size === suites) controller.abort(new Error('stop'));
    },
    ended: () => {},
  };
  return { signal: controller.signal, observer };
}

test('runTests: output is streamed to the observer, truncated in the report and converted to valid text', async (t) => {
  const chunks: string[] = [];
  const body = `#!/bin/bash\nprintf 'start \\377 \\0 end\\n'; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last`;
  const observer: TestObserver = {
    planned: (suites) => chunks.push(`planned ${suites.length}`),
    printed: ({ name }, chunk, stream) => chunks.push(`${name}/${stream}:${chunk.length}`),
    ended: ({ name }) => chunks.push(`ended ${name}`),
  };
  const suite = await runOne(t, script(), { 'tests/run.sh': body }, { observer });
  const { stdout } = suite.test_cases[0] ?? {};
  assert.ok(stdout && stdout.length < 200_000 && stdout.isWellFormed());
  assert.ok(stdout.startsWith('start \u{fffd} ') && stdout.endsWith('last\n'));
  assert.deepEqual([chunks.shift(), chunks.pop()], ['planned 1', 'ended shell']);
  const passedOn = chunks.map((chunk) => Number(chunk.split(':')[1])).reduce((sum, size) => sum + size, 0);
  assert.ok(passedOn > 3_000_000 && chunks.every((chunk) => chunk.startsWith('shell/stdout:')));
});

test('runTests: each runner is a suite of the report, in the order of the manifest', async (t) => {
  const runners = [
    script({ name: 'first', entryPoint: 'tests/a.sh' }),
    script({ name: 'second', entryPoint: 'tests/b.sh' }),
    runnerOf('command', { name: 'third', command: 'echo "Total Tests: 2"; echo "Skipped: 2"' }),
  ];
  const files = { 'tests/a.sh': 'true', 'tests/b.sh': 'exit 1' };
  const { report } = await run(t, packOf(t, { runners }, files));
  assert.deepEqual(
    report.test_suites.map(({ name }) => name),
    ['first', 'second', 'third'],
  );
  assert.deepEqual(
    [report.total_tests, report.passed, report.failed, report.skipped, report.pass_rate],
    [4, 1, 1, 2, 0.5],
  );
  const chosen = await run(t, packOf(t, { runners }, files), { runtime: 'first' });
  assert.deepEqual(
    chosen.report.test_suites.map(({ name }) => name),
    ['first'],
  );
  assert.equal(chosen.report.status, 'passed');
});

test('runTests: each suite has a private copy of the pack, which is removed afterwards', async (t) => {
  const runners = [
    script({ name: 'vandal', entryPoint: 'tests/a.sh' }),
    script({ name: 'later', entryPoint: 'tests/b.sh' }),
  ];
  const files = {
    'tests/a.sh': 'rm -r tests; echo x > results; touch "$HOME/mine"',
    'tests/b.sh': 'test ! -e "$HOME/mine"',
  };
  for (const jobs of [1, 2]) {
    const { report, workspace } = await run(t, packOf(t, { runners }, files), { jobs });
    assert.deepEqual([report.passed, report.failed], [2, 0]);
    assert.deepEqual(readdirSync(workspace), []);
  }
});

const CONCURRENT = [1, 2, 3, 4, 5].map((number) =>
  script({ name: `suite ${number}`, entryPoint: 'tests/run.sh', resultFormat: 'simple', resultPath: 'out.txt' }),
);

test('runTests: concurrent suites are reported in the order of the manifest, each with its own results', async (t) => {
  const meeting = temporaryDirectory(t);
  // The first two suites end only after both have started.
  const body = `#!/bin/bash
    touch "${meeting}/$$"; for ((i = 0; i < 6000; i++)); do set -- "${meeting}"/*; [[ $# -ge 2 ]] && break; sleep 0.01; done
    echo "Passed: $#" > out.txt; [[ $# -ge 2 ]]`;
  const pack = packOf(t, { runners: CONCURRENT }, { 'tests/run.sh': body, 'out.txt': 'Failed: 3' });
  const { report } = await run(t, pack, { jobs: 2 });
  assert.deepEqual(
    report.test_suites.map(({ name, failed }) => [name, failed]),
    CONCURRENT.map(({ name }) => [name, 0]),
  );
});

test('runTests: no more suites run concurrently than requested', async (t) => {
  const meeting = temporaryDirectory(t);
  const body = `#!/bin/sh
    mkdir "${meeting}/alone" || exit 1
    sleep 0.05; rmdir "${meeting}/alone"`;
  const runners = CONCURRENT.map(({ name }) => script({ name }));
  const { report } = await run(t, packOf(t, { runners }, { 'tests/run.sh': body }), { jobs: 1 });
  assert.equal(report.failed, 0);
});

test('runTests: bail starts no suite after a failure and reports the remaining ones as skipped', async (t) => {
  const runners = [
    script({ name: 'good', entryPoint: 'good.sh' }),
    script({ name: 'bad', entryPoint: 'bad.sh' }),
    script({ name: 'never', entryPoint: 'good.sh' }),
  ];
  const pack = packOf(t, { runners }, { 'good.sh': 'true', 'bad.sh': 'false' });
  const { report } = await run(t, pack, { bail: true });
  assert.deepEqual(report.test_suites.flatMap(namesAndStatuses), ['good: passed', 'bad: failed', 'never: skipped']);
  assert.equal(report.test_suites[2]?.test_cases[0]?.error_message, "The suite was not run, because 'bad' failed.");
  assert.equal((await run(t, pack)).report.passed, 2);
});

test('runTests: aborting the signal terminates all concurrent suites', { timeout: 120_000 }, async (t) => {
  const runners = [1, 2, 3].map((number) => script({ name: `suite ${number}`, timeoutSeconds: 600 }));
  const pack = packOf(t, { runners }, { 'tests/run.sh': SLEEPER });
  await assert.rejects(run(t, pack, { jobs: 2, ...abortAfterOutputOf(2) }), { message: 'stop' });
});

test('runTests: a pack that cannot be copied rejects, and no suite continues in the background', async (t) => {
  const pidFile = join(temporaryDirectory(t), 'pid');
  const runners = [1, 2].map((number) => script({ name: `suite ${number}` }));
  const pack = packOf(
    t,
    { runners },
    { 'tests/run.sh': `#!/bin/bash\necho $$ > '${pidFile}'\nwhile :; do sleep 0.05; done\n` },
  );
  const workspace = temporaryDirectory(t);
  writeFileSync(join(workspace, '1'), 'blocks the copy of the second suite');
  const tools = { processes: systemProcesses({ offline: false }), clock: systemClock, reporter: silentReporter };
  await assert.rejects(runTests(pack, { workspace, jobs: 2 }, { ...tools, variables: process.env }), AttuneError);
  // The first suite may have been killed before it wrote its process ID.
  if (existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '') await untilEnded(pidFile);
});

test('runTests: a suite uses its environment and runs in its confinement', async (t) => {
  const bin = temporaryDirectory(t);
  writeFileSync(join(bin, 'made-for-it'), '#!/bin/sh\necho "Passed: $NUMBER"\n', { mode: 0o755 });
  const environment = {
    variables: { NUMBER: '7', PATH: '/never/taken' },
    path: [bin],
    prepareCopy: (copy: string) => writeFileSync(join(copy, 'prepared'), ''),
  };
  const confinement = {
    confine: (request: ProcessRequest) => ({
      ...request,
      command: '/usr/bin/env',
      args: ['CONFINED=1', request.command, ...request.args],
    }),
  };
  const command = 'test -e prepared && test -n "$CONFINED" && made-for-it';
  const suite = await runOne(t, runnerOf('command', { command }), {}, { environment, confinement });
  assert.deepEqual([suite.passed, suite.failed], [7, 0]);
});

test('runTests: an unknown runtime is an error that lists the available ones', async (t) => {
  const pack = packOf(t, { runners: [script({ name: 'python' }), script({ name: 'shell' })] }, {});
  await assert.rejects(run(t, pack, { runtime: 'pyton' }), (error) => {
    assert.ok(error instanceof AttuneError);
    assert.equal(error.code, 'NOT_FOUND_RUNTIME');
    assert.equal(error.message, "Pack 'demo' has no test runner 'pyton'. Available runners: python, shell.");
    assert.equal(error.hint, 'Did you mean --runtime python?');
    return true;
  });
});

test('runTests: enabled tests without any test file are a failure', async (t) => {
  mkdirSync(join(packOf(t, undefined, {}).root, 'tests'));
  const { report } = await run(t, packOf(t, {}, { 'tests/notes.txt': '' }));
  assert.deepEqual([report.status, report.total_tests], ['failed', 1]);
  assert.match(report.test_suites[0]?.test_cases[0]?.error_message ?? '', /none was found/);
});

test('runTests: a missing pack directory is an error, not a failed test', async (t) => {
  const pack = packOf(t, { runners: [script()] }, {});
  writeFileSync(join(pack.root, 'file'), '');
  await assert.rejects(run(t, { ...pack, root: join(pack.root, 'gone') }), { code: 'NOT_FOUND_PATH' });
});
