import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AttuneError } from '../../src/errors.ts';
import type { TestRunner } from '../../src/packs/manifest/types.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemProcesses } from '../../src/platform/processes/processes.ts';
import type { ProcessRequest } from '../../src/platform/processes/types.ts';
import { silentReporter } from '../../src/platform/reporter.ts';
import { passesGate } from '../../src/testing/results/verdict.ts';
import { runTests, type TestObserver } from '../../src/testing/run-tests.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { namesAndStatuses, packOf, run, runnerOf, runOne } from '../support/testing/run.ts';

function script(fields: Partial<TestRunner> = {}): TestRunner {
  return runnerOf('script', { name: 'shell', entryPoint: 'tests/run.sh', ...fields });
}

test('a pack without tests, or with its tests switched off, is skipped', async (t) => {
  for (const testing of [undefined, { enabled: false, runners: [script()] }]) {
    const { report } = await run(t, packOf(t, testing, {}), { runtime: 'shell' });
    assert.deepEqual([report.status, report.total_tests, report.pass_rate, report.test_suites], ['skipped', 0, 1, []]);
    assert.ok(passesGate(report, undefined));
  }
});

test('a report says of which pack, when, and how long', async (t) => {
  const before = Date.now();
  const pack = packOf(t, { runners: [script()] }, { 'tests/run.sh': '#!/bin/sh\nsleep 0.05\n' });
  const { report } = await run(t, pack);
  assert.deepEqual([report.pack_ref, report.pack_version, report.status], ['demo', '1.2.3', 'passed']);
  assert.match(report.execution_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse(report.execution_time) >= before);
  assert.ok(report.duration_ms >= 50 && report.duration_ms < 10_000);
});

interface ScriptRow {
  readonly claim: string;
  readonly script: string;
  readonly runner?: Partial<TestRunner>;
  /** Passed, failed, skipped, exit status. */
  readonly want: readonly [number, number, number, number | null];
  /** The reason of the last failed case. */
  readonly why?: RegExp;
}

const JUNIT = '<testsuite><testcase name="a"/></testsuite>';
const SCRIPTS: ScriptRow[] = [
  { claim: 'exit status 0 and nothing else is one case that passed', script: 'echo hi', want: [1, 0, 0, 0] },
  {
    claim: 'another exit status is one case that failed',
    script: 'echo no luck >&2; exit 3',
    want: [0, 1, 0, 3],
    why: /^It ended with exit status 3: no luck$/,
  },
  {
    claim: 'counts are believed',
    script: 'echo "Total Tests: 3"; echo "Passed: 2"; echo "Skipped: 1"',
    want: [2, 0, 1, 0],
  },
  {
    claim: 'failures that are printed count in spite of exit status 0',
    script: 'echo "Passed: 2"; echo "Failed: 1"',
    want: [2, 1, 0, 0],
    why: /^1 of 3 tests failed\.$/,
  },
  {
    claim: 'an exit status counts in spite of what is printed',
    script: 'echo "Passed: 2"; echo "Failed: 0"; exit 1',
    want: [2, 1, 0, 1],
    why: /exit status 1, although it reported no failure/,
  },
  {
    claim: 'counts that do not add up are a failure',
    script: 'echo "Total Tests: 9"; echo "Passed: 2"',
    want: [2, 1, 0, 0],
    why: /^Its counts do not add up/,
  },
  { claim: 'no test is a failure', script: 'echo "Total Tests: 0"', want: [0, 1, 0, 0], why: /^It found no test/ },
  {
    claim: 'a crash is a failure that names the signal',
    script: 'echo "Passed: 2"; kill -SEGV $$',
    want: [2, 1, 0, null],
    why: /^It was ended by SIGSEGV/,
  },
  {
    claim: 'TAP is known by its first line',
    script: 'echo "TAP version 13"; echo "1..2"; echo "ok 1 - a"; echo "not ok 2 - b"; exit 1',
    want: [1, 1, 0, 1],
  },
  {
    claim: 'TAP that names itself by its format',
    script: 'echo "1..1"; echo "ok 1 - a"',
    runner: { resultFormat: 'tap' },
    want: [1, 0, 0, 0],
  },
  {
    claim: 'TAP that breaks off',
    script: 'echo "1..3"; echo "ok 1 - a"',
    runner: { resultFormat: 'tap' },
    want: [1, 1, 0, 0],
    why: /planned 3 tests and ran 1/,
  },
  {
    claim: 'JSON on standard output',
    script: `echo '{"tests": [{"name": "a", "status": "passed"}]}'`,
    runner: { resultFormat: 'json' },
    want: [1, 0, 0, 0],
  },
  {
    claim: 'JSON that is none',
    script: 'echo fine',
    runner: { resultFormat: 'json' },
    want: [0, 1, 0, 0],
    why: /holds no JSON/,
  },
  {
    claim: 'a JUnit file in a directory of results',
    script: `mkdir -p out; echo '${JUNIT}' > out/a.xml; echo '${JUNIT}' > out/b.xml; echo x > out/c.log`,
    runner: { resultFormat: 'junit-xml', resultPath: 'out/' },
    want: [2, 0, 0, 0],
  },
  {
    claim: 'a JUnit file in a directory that is made for it',
    script: `echo '${JUNIT}' > out/a.xml`,
    runner: { resultFormat: 'junit-xml', resultPath: 'out/' },
    want: [1, 0, 0, 0],
  },
  {
    claim: 'a result file whose format its name tells',
    script: `echo '${JUNIT}' > result.xml`,
    runner: { resultPath: 'result.xml' },
    want: [1, 0, 0, 0],
  },
  {
    claim: 'result files at any depth, each of the format that its name tells',
    script: `mkdir -p out/a/b; echo '${JUNIT}' > out/a/b/x.xml; echo '{"passed": 2}' > out/y.json; printf '1..1\\nok 1\\n' > out/a/z.tap; echo no > out/n.log`,
    runner: { resultPath: 'out/' },
    want: [4, 0, 0, 0],
  },
  {
    claim: 'one bad file among the results',
    script: `echo '${JUNIT}' > out/a.xml; echo '<testsuite' > out/b.xml`,
    runner: { resultPath: 'out/', resultFormat: 'junit-xml' },
    want: [1, 1, 0, 0],
    why: /no valid XML/,
  },
  {
    claim: 'TAP of version 12, which has no first line to know it by',
    script: 'echo "ok 1 - a"; echo "not ok 2 - b"; echo "1..2"',
    want: [1, 1, 0, 0],
  },
  {
    claim: 'a failure that is marked, not counted, in spite of exit status 0',
    script: 'echo "✗ lists are sorted"',
    want: [0, 1, 0, 0],
    why: /exit status 0, although it had printed '✗ lists are sorted'/,
  },
  {
    claim: 'results that nobody wrote',
    script: 'true',
    runner: { resultFormat: 'junit-xml', resultPath: 'out/' },
    want: [0, 1, 0, 0],
    why: /wrote no results to '.*'\.$/,
  },
  {
    claim: 'results that were in the pack before',
    script: 'true',
    runner: { resultFormat: 'junit-xml', resultPath: 'stale.xml' },
    want: [0, 1, 0, 0],
    why: /wrote no results to '.*'\.$/,
  },
  {
    claim: 'a pipe in place of the results',
    script: 'mkfifo out.xml',
    runner: { resultFormat: 'junit-xml', resultPath: 'out.xml' },
    want: [0, 1, 0, 0],
    why: /wrote no results to '.*'\.$/,
  },
  {
    claim: 'a link out of the pack in place of the results',
    script: 'ln -s /etc/hostname out.xml',
    runner: { resultFormat: 'junit-xml', resultPath: 'out.xml' },
    want: [0, 1, 0, 0],
    why: /wrote no results to '.*'\.$/,
  },
  {
    claim: 'results too large to be read',
    script: 'truncate -s 20M out.json',
    runner: { resultPath: 'out.json' },
    want: [0, 1, 0, 0],
    why: /larger than 16 MiB/,
  },
  {
    claim: 'results that lead out of the pack',
    script: 'true',
    runner: { resultPath: '../out.json' },
    want: [0, 1, 0, 0],
    why: /leads out of the pack/,
  },
  {
    claim: 'more TAP than is kept',
    script: 'i=0; echo "1..60000"; yes "ok - some longer name of a test" | head -n 60000',
    runner: { resultFormat: 'tap' },
    want: [0, 1, 0, 0],
    why: /more than is kept/,
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
    claim: 'bash without a first line and without a mode',
    entryPoint: 'tests/run.sh',
    content: '[[ -n $BASH_VERSION ]]',
  },
  { claim: 'a first line and no mode', entryPoint: 'tests/run', content: ' \n#!' },
  { claim: 'python by its ending', entryPoint: 'tests/run.py', content: 'import sys; sys.exit(0)' },
  { claim: 'node by its ending', entryPoint: 'tests/run.mjs', content: 'await import("node:fs")' },
  { claim: 'a directory with run_tests.sh in it', entryPoint: 'tests', content: 'true', file: 'tests/run_tests.sh' },
  { claim: 'words after env', entryPoint: 'tests/run', content: '#!/usr/bin/env -S bash -e\ntrue' },
  { claim: 'a path with spaces', entryPoint: 'my tests/run it.sh', content: 'true' },
];

for (const { claim, entryPoint, content, file = entryPoint } of INTERPRETERS) {
  test(`script: ${claim}`, async (t) => {
    const suite = await runOne(t, script({ entryPoint }), {
      [file]: content.startsWith(' ') ? '#!/bin/sh\ntrue\n' : content,
    });
    assert.deepEqual(namesAndStatuses(suite), ['shell: passed'], suite.test_cases[0]?.error_message ?? '');
  });
}

const CANNOT_START: { claim: string; runner: TestRunner; why: RegExp }[] = [
  {
    claim: 'a script that is not there',
    runner: script({ entryPoint: 'tests/none.sh' }),
    why: /^Its entry_point 'tests\/none\.sh' is not in the pack\.$/,
  },
  {
    claim: 'a script that leads out of the pack',
    runner: script({ entryPoint: '../../bin/true' }),
    why: /leads out of the pack/,
  },
  { claim: 'an absolute script', runner: script({ entryPoint: '/bin/true' }), why: /leads out of the pack/ },
  {
    claim: 'an interpreter that is not there',
    runner: script({ entryPoint: 'odd' }),
    why: /^'\/opt\/none\/odd', which runs 'odd', is not on the PATH\.$/,
  },
  {
    claim: 'unittest with a file that is not there',
    runner: runnerOf('unittest', { entryPoint: 'tests/test_none.py' }),
    why: /is not in the pack/,
  },
  {
    claim: 'pytest with a file that is not there',
    runner: runnerOf('pytest', { entryPoint: 'none.py::Test::test_a' }),
    why: /is not in the pack/,
  },
  {
    claim: 'node with a directory that is not there',
    runner: runnerOf('node', { entryPoint: 'spec' }),
    why: /is not in the pack/,
  },
  {
    claim: 'node with a directory without tests',
    runner: runnerOf('node', { entryPoint: 'lib' }),
    why: /^It found no test: no file in 'lib'/,
  },
  {
    claim: 'jest that nobody installed',
    runner: runnerOf('jest', { entryPoint: 'lib' }),
    why: /^'jest' is neither in the pack's node_modules nor on the PATH\.$/,
  },
  { claim: 'a command that is not given', runner: runnerOf('command'), why: /has no 'command'/ },
];

for (const { claim, runner, why } of CANNOT_START) {
  test(`cannot start: ${claim}`, async (t) => {
    const suite = await runOne(t, runner, { odd: '#!/opt/none/odd\n', 'lib/util.js': '' });
    assert.deepEqual([suite.total, suite.failed, suite.exit_code], [1, 1, null]);
    assert.match(suite.test_cases[0]?.error_message ?? '', why);
  });
}

test('without the programs on the PATH nothing starts, and each says what it lacks', async (t) => {
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

test('a command is a line for the shell', async (t) => {
  const command = `echo "Passed: 2" | cat && test "$ATTUNE_PACK_REF" = demo`;
  const suite = await runOne(t, runnerOf('command', { command }), {});
  assert.deepEqual([suite.runner_type, suite.passed, suite.failed], ['command', 2, 0]);
});

test('tests see a clean environment, a private home, no standard input and the pack around them', async (t) => {
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

test('the pack itself is never changed', async (t) => {
  const body = '#!/bin/sh\necho changed > data.txt; rm -r lib; chmod 777 pack.yaml; touch new\n';
  const pack = packOf(t, { runners: [script()] }, { 'tests/run.sh': body, 'data.txt': 'same', 'lib/a.js': '1' });
  const { report } = await run(t, pack);
  assert.equal(report.status, 'passed');
  assert.equal(readFileSync(join(pack.root, 'data.txt'), 'utf8'), 'same');
  assert.ok(existsSync(join(pack.root, 'lib/a.js')) && !existsSync(join(pack.root, 'new')));
  assert.equal(statSync(join(pack.root, 'pack.yaml')).mode & 0o777, 0o644);
});

test('links are no files of the pack: they are left out of the copy, and a warning lists them', async (t) => {
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

test('an installed pack may be a link to its release', async (t) => {
  const pack = packOf(t, { runners: [script()] }, { 'tests/run.sh': '#!/bin/sh\ntrue\n' });
  const link = join(packOf(t, undefined, {}).root, 'link');
  symlinkSync(pack.root, link);
  const { report } = await run(t, { ...pack, root: link });
  assert.equal(report.status, 'passed');
});

test('a suite that hangs is ended with all that it started, and what it found until then is kept', {
  timeout: 20_000,
}, async (t) => {
  const alive = join(temporaryDirectory(t), 'alive');
  const body = `#!/bin/bash
    echo "TAP version 13"; echo "ok 1 - first"
    trap '' TERM
    (trap '' TERM; while :; do date +%s%N > '${alive}'; sleep 0.05; done) &
    wait; sleep 60`;
  const pack = packOf(t, { runners: [script({ timeoutSeconds: 0.5 })] }, { 'tests/run.sh': body });
  const { report } = await run(t, pack);
  const [suite] = report.test_suites;
  assert.ok(suite);
  assert.deepEqual(namesAndStatuses(suite), ['first: passed', 'shell: failed']);
  assert.deepEqual([suite.timed_out, suite.exit_code, report.status], [true, null, 'failed']);
  assert.equal(suite.test_cases[1]?.error_message, 'It was still running when its time limit of 0.5 s was over.');
  assert.ok(suite.duration_ms < 10_000);
  const last = readFileSync(alive, 'utf8');
  await sleep(200);
  assert.equal(readFileSync(alive, 'utf8'), last);
});

test('a time limit from the command line goes before that of the manifest', { timeout: 20_000 }, async (t) => {
  const suite = await runOne(
    t,
    script({ timeoutSeconds: 60 }),
    { 'tests/run.sh': '#!/bin/sh\nsleep 60\n' },
    { timeoutSeconds: 0.2 },
  );
  assert.ok(suite.timed_out);
  assert.match(suite.test_cases[0]?.error_message ?? '', /limit of 0\.2 s/);
});

test('an abort ends the run, and there is no report', { timeout: 20_000 }, async (t) => {
  const pack = packOf(t, { runners: [script()] }, { 'tests/run.sh': '#!/bin/sh\nsleep 60\n' });
  await assert.rejects(run(t, pack, { signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' });
});

test('output is passed on as it comes, is bounded, and is text whatever the bytes', async (t) => {
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

test('several runners are suites of one report, in the order of the manifest', async (t) => {
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

test('each suite has a copy of its own, and nothing of it is left when it is over', async (t) => {
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

const SIDE_BY_SIDE = [1, 2, 3, 4, 5].map((number) =>
  script({ name: `suite ${number}`, entryPoint: 'tests/run.sh', resultFormat: 'simple', resultPath: 'out.txt' }),
);

test('suites side by side are told in the order of the manifest, each with its own results', async (t) => {
  const meeting = temporaryDirectory(t);
  // The first two end only once both have begun, the first after the others.
  const body = `#!/bin/bash
    touch "${meeting}/$$"; for ((i = 0; i < 400; i++)); do set -- "${meeting}"/*; [[ $# -ge 2 ]] && break; sleep 0.01; done
    echo "Passed: $#" > out.txt; [[ $# -ge 2 ]]`;
  const pack = packOf(t, { runners: SIDE_BY_SIDE }, { 'tests/run.sh': body, 'out.txt': 'Failed: 3' });
  const { report } = await run(t, pack, { jobs: 2 });
  assert.deepEqual(
    report.test_suites.map(({ name, failed }) => [name, failed]),
    SIDE_BY_SIDE.map(({ name }) => [name, 0]),
  );
});

test('no more suites run side by side than were asked for', async (t) => {
  const meeting = temporaryDirectory(t);
  const body = `#!/bin/sh
    mkdir "${meeting}/alone" || exit 1
    sleep 0.05; rmdir "${meeting}/alone"`;
  const runners = SIDE_BY_SIDE.map(({ name }) => script({ name }));
  const { report } = await run(t, packOf(t, { runners }, { 'tests/run.sh': body }), { jobs: 1 });
  assert.equal(report.failed, 0);
});

test('--bail begins nothing after a failure, and what was not run is told as skipped', async (t) => {
  const runners = [
    script({ name: 'good', entryPoint: 'good.sh' }),
    script({ name: 'bad', entryPoint: 'bad.sh' }),
    script({ name: 'never', entryPoint: 'good.sh' }),
  ];
  const pack = packOf(t, { runners }, { 'good.sh': 'true', 'bad.sh': 'false' });
  const { report } = await run(t, pack, { bail: true });
  assert.deepEqual(report.test_suites.flatMap(namesAndStatuses), ['good: passed', 'bad: failed', 'never: skipped']);
  assert.equal(report.test_suites[2]?.test_cases[0]?.error_message, "It was not run, because 'bad' had failed.");
  assert.equal((await run(t, pack)).report.passed, 2);
});

test('an abort ends all that run side by side', { timeout: 20_000 }, async (t) => {
  const runners = [1, 2, 3].map((number) => script({ name: `suite ${number}` }));
  const pack = packOf(t, { runners }, { 'tests/run.sh': '#!/bin/sh\nsleep 60\n' });
  await assert.rejects(run(t, pack, { jobs: 2, signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' });
});

test('one copy that cannot be made ends the run with that error, and nothing goes on behind it', async (t) => {
  const alive = join(temporaryDirectory(t), 'alive');
  const runners = [1, 2].map((number) => script({ name: `suite ${number}` }));
  const pack = packOf(
    t,
    { runners },
    { 'tests/run.sh': `#!/bin/bash\nwhile :; do date +%N > '${alive}'; sleep 0.05; done\n` },
  );
  const workspace = temporaryDirectory(t);
  writeFileSync(join(workspace, '1'), 'in the way of the second');
  const tools = { processes: systemProcesses({ offline: false }), clock: systemClock, reporter: silentReporter };
  await assert.rejects(runTests(pack, { workspace, jobs: 2 }, { ...tools, variables: process.env }), AttuneError);
  const last = existsSync(alive) ? readFileSync(alive, 'utf8') : undefined;
  await sleep(150);
  assert.equal(existsSync(alive) ? readFileSync(alive, 'utf8') : undefined, last);
});

test('a suite has what its environment gives, and runs as its confinement says', async (t) => {
  const bin = temporaryDirectory(t);
  writeFileSync(join(bin, 'made-for-it'), '#!/bin/sh\necho "Passed: $NUMBER"\n', { mode: 0o755 });
  const environment = {
    variables: { NUMBER: '7', PATH: '/never/taken' },
    path: [bin],
    furnish: (copy: string) => writeFileSync(join(copy, 'furnished'), ''),
  };
  const confinement = {
    confine: (request: ProcessRequest) => ({
      ...request,
      command: '/usr/bin/env',
      args: ['CONFINED=1', request.command, ...request.args],
    }),
  };
  const command = 'test -e furnished && test -n "$CONFINED" && made-for-it';
  const suite = await runOne(t, runnerOf('command', { command }), {}, { environment, confinement });
  assert.deepEqual([suite.passed, suite.failed], [7, 0]);
});

test('a runtime that the pack has not is an error that lists those it has', async (t) => {
  const pack = packOf(t, { runners: [script({ name: 'python' }), script({ name: 'shell' })] }, {});
  await assert.rejects(run(t, pack, { runtime: 'pyton' }), (error) => {
    assert.ok(error instanceof AttuneError);
    assert.equal(error.code, 'NOT_FOUND_RUNTIME');
    assert.equal(error.message, "Pack 'demo' has no test runner 'pyton'. It has: python, shell.");
    assert.equal(error.hint, 'Did you mean --runtime python?');
    return true;
  });
});

test('a pack that says it has tests and has none fails', async (t) => {
  mkdirSync(join(packOf(t, undefined, {}).root, 'tests'));
  const { report } = await run(t, packOf(t, {}, { 'tests/notes.txt': '' }));
  assert.deepEqual([report.status, report.total_tests], ['failed', 1]);
  assert.match(report.test_suites[0]?.test_cases[0]?.error_message ?? '', /none was found/);
});

test('a workspace that is not there is an error, not a failed test', async (t) => {
  const pack = packOf(t, { runners: [script()] }, {});
  writeFileSync(join(pack.root, 'file'), '');
  await assert.rejects(run(t, { ...pack, root: join(pack.root, 'gone') }), { code: 'NOT_FOUND_PATH' });
});
