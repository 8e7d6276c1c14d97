import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readPack } from '../../../src/packs/pack.ts';
import type { TestReport } from '../../../src/packs/test-report.ts';
import { killMarkedProcesses } from '../../../src/platform/processes/kill-marked.ts';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import type { ProcessRequest } from '../../../src/platform/processes/types.ts';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { type SystemInfo, systemInfo } from '../../../src/platform/system-info.ts';
import { type ConfinementRequest, type ConfinementTools, confine } from '../../../src/testing/confinement/confine.ts';
import { effectiveLimits, settingsOf } from '../../../src/testing/confinement/limits.ts';
import { SandboxUnavailable } from '../../../src/testing/confinement/sandbox-impossible.ts';
import { FIXTURES } from '../../support/attune.ts';
import { contentsOf } from '../../support/cli.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { packOf, run, runnerOf } from '../../support/testing/run.ts';

const MIB = 1024 * 1024;
const LIMITS = { memoryBytes: 256 * MIB, cpuSeconds: 1, processes: 60 };
const processes = systemProcesses({ offline: false });
const system = systemInfo();
const linux = system.platform === 'linux' ? false : 'only Linux lets us';

async function established(request: ConfinementRequest, more: Partial<ConfinementTools> = {}) {
  const reporter = collectWarnings(silentReporter);
  const found = await confine(request, { processes, reporter, variables: process.env, system, ...more });
  return { ...found, warnings: reporter.warnings };
}

/** What this system lets anybody do, asked once. */
const offered = await established({ limits: LIMITS, sandbox: true }).catch((error: unknown) => {
  assert.ok(error instanceof SandboxUnavailable);
  return undefined;
});
const walled = offered === undefined ? 'this system lets nobody make namespaces' : false;

/** The numbers of living processes whose words have this in them. A zombie has none. */
function running(words: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(words))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Seconds that nobody else sleeps for, to know a process by. */
function oddSeconds(): string {
  return `60.${String(Math.random()).slice(2, 10)}`;
}

async function allGone(words: string): Promise<void> {
  for (let tries = 0; tries < 50 && running(words).length > 0; tries++) await sleep(20);
  assert.deepEqual(running(words), []);
}

function scriptPack(test: TestContext, body: string, timeoutSeconds = 30) {
  const runner = runnerOf('script', { entryPoint: 'run.sh', timeoutSeconds });
  return packOf(test, { runners: [runner] }, { 'run.sh': `#!/bin/bash\n${body}\n` });
}

test('what left its session and its parents ends with the suite that started it', { skip: linux }, async (t) => {
  const odd = oddSeconds();
  const pack = scriptPack(
    t,
    `setsid sh -c "trap '' TERM HUP; (setsid sleep ${odd} &) ; exec sleep ${odd}" & sleep 0.2`,
  );
  const { report } = await run(t, pack);
  assert.equal(report.status, 'passed');
  await allGone(odd);
});

test('so it does when the time is over', { skip: linux, timeout: 20_000 }, async (t) => {
  const odd = oddSeconds();
  const { report } = await run(t, scriptPack(t, `setsid sleep ${odd} & sleep ${odd}`, 0.3));
  assert.ok(report.test_suites[0]?.timed_out);
  await allGone(odd);
});

test('what another one marked, or nobody did, goes on', { skip: linux }, async (t) => {
  const children = ['mine', 'theirs', undefined].map((mark) =>
    spawn('sleep', ['60'], { env: mark === undefined ? {} : { MARK: mark, MORE: 'MARK=mine' }, stdio: 'ignore' }),
  );
  t.after(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('spawn', resolve))));
  const ended = new Promise((resolve) => children[0]?.once('exit', (_, signal) => resolve(signal)));
  killMarkedProcesses('MARK=mine');
  assert.equal(await ended, 'SIGKILL');
  for (const child of children.slice(1)) assert.equal(child.exitCode ?? child.signalCode, null);
  for (const child of children.slice(1)) {
    assert.match(readFileSync(`/proc/${child.pid}/status`, 'utf8'), /^State:\s+S/m, 'it was stopped');
  }
});

const GREEDY = readPack(join(FIXTURES, 'confinement'), DEFAULT_LIMITS);

interface GreedyRow {
  readonly claim: string;
  readonly runtime: string;
  readonly want: 'passed' | 'failed';
  /** Why it failed, or what it printed. */
  readonly why?: RegExp;
  readonly skip?: string | false;
}

const holdsProcesses = offered?.report.processes === null ? 'this system lets us limit no processes' : walled;
const holdsLoopback = offered?.report.network === 'none' ? 'nothing here brings loopback up' : walled;
const GREEDY_ROWS: GreedyRow[] = [
  {
    claim: 'a swarm of processes is stopped',
    runtime: 'swarm',
    want: 'failed',
    why: /stopped after \d+:/,
    skip: holdsProcesses,
  },
  { claim: 'too much memory is refused', runtime: 'memory', want: 'failed', why: /MemoryError/ },
  { claim: 'too much processor time is ended', runtime: 'processor', want: 'failed', why: /ended by SIGXCPU/ },
  { claim: 'no other machine is reached', runtime: 'network', want: 'failed', why: /unreachable/i },
  { claim: 'a server of its own is', runtime: 'loopback', want: 'passed', skip: holdsLoopback },
  { claim: 'what is left in a session of its own is no obstacle', runtime: 'session', want: 'passed' },
];

/** The report without times and the words of the system. */
function outlineOf({ pack_ref, pack_version, status, total_tests, passed, failed, skipped, test_suites }: TestReport) {
  const suites = test_suites.map(({ name, runner_type, total, timed_out, test_cases }) => ({
    name,
    runner_type,
    total,
    timed_out,
    test_cases: test_cases.map((found) => ({ name: found.name, status: found.status })),
  }));
  return { pack_ref, pack_version, status, total_tests, passed, failed, skipped, test_suites: suites };
}

for (const { claim, runtime, want, why = /^/, skip = walled } of GREEDY_ROWS) {
  test(`confined: ${claim}`, { skip, timeout: 30_000 }, async (t) => {
    const before = contentsOf(GREEDY.root);
    const { report } = await run(t, GREEDY, { runtime, confinement: offered?.confinement });
    const [only] = report.test_suites[0]?.test_cases ?? [];
    assert.equal(only?.status, want, only?.error_message ?? '');
    assert.match([only?.error_message, only?.stderr].join('\n'), why);
    assert.deepEqual(contentsOf(GREEDY.root), before);
    const golden = join(import.meta.dirname, 'golden', `${runtime}.json`);
    // `UPDATE_GOLDEN=1` writes them anew; the words of the system are the row's to judge.
    if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, `${JSON.stringify(outlineOf(report), null, 2)}\n`);
    assert.deepEqual(outlineOf(report), JSON.parse(readFileSync(golden, 'utf8')));
  });
}

const ENDINGS: { claim: string; line: string; timeoutMs?: number }[] = [
  { claim: 'success', line: 'echo out; echo err >&2' },
  { claim: 'an exit status', line: 'exit 3' },
  { claim: 'a crash', line: 'kill -SEGV $$' },
  { claim: 'the user', line: 'id -u' },
  { claim: 'the working directory, words and the environment', line: 'pwd; echo "$0 $1"; echo $ONLY; cat' },
  { claim: 'the last words of a helper', line: 'exec > >(sleep 0.1; cat); echo late' },
  { claim: 'a time limit', line: 'sleep 60', timeoutMs: 300 },
];

for (const { claim, line, timeoutMs = 20_000 } of ENDINGS) {
  test(`a confined program ends and looks as it does elsewhere: ${claim}`, {
    skip: walled,
    timeout: 30_000,
  }, async (t) => {
    const { confinement } = offered!;
    const request: ProcessRequest = {
      command: '/bin/bash',
      args: ['-c', line, 'zero', 'a "word" $HOME'],
      cwd: temporaryDirectory(t),
      env: { PATH: process.env['PATH'] ?? '', ONLY: 'this' },
      timeoutMs,
      maxOutputBytes: 4096,
    };
    const plain = await processes.run(request);
    const result = await processes.run(confinement.confine(request));
    const confined = confinement.interpret?.(result) ?? result;
    const { exitCode, signal, timedOut, stdout } = confined;
    const want = { exitCode: plain.exitCode, signal: plain.signal, timedOut: plain.timedOut, stdout: plain.stdout };
    assert.deepEqual({ exitCode, signal, timedOut, stdout }, want);
    assert.ok(confined.stderr.includes(plain.stderr));
  });
}

test('within walls nothing outlives the suite, not even what shed every mark', { skip: walled }, async (t) => {
  const odd = oddSeconds();
  const pack = scriptPack(t, `cd /; env -i setsid sleep ${odd} & sleep 0.1`);
  const { report } = await run(t, pack, { confinement: offered?.confinement });
  assert.equal(report.status, 'passed');
  await allGone(odd);
});

test('what holds is told, and a limit that does not hold is a warning that names it', { skip: walled }, async () => {
  assert.ok(offered);
  assert.notEqual(offered.report.network, 'open');
  assert.deepEqual([offered.report.memory_bytes, offered.report.cpu_seconds], [256 * MIB, 1]);
  assert.equal(offered.warnings.length, offered.report.processes === null ? 1 : 0);
  const nobodyKnows: SystemInfo = { ...system, platform: 'win32', user: undefined };
  const none = await established({ limits: LIMITS, sandbox: false }, { system: nobodyKnows });
  assert.deepEqual(none.report, {
    ...{ by: 'nothing', network: 'open', memory_bytes: null, cpu_seconds: null, processes: null },
  });
  assert.match(none.warnings.join(), /limits.*: memory_bytes, cpu_seconds, processes\.$/);
});

test('without walls the shell sets the limits, and what it cannot set is told', { skip: linux }, async (t) => {
  const find = (program: string, path?: string) =>
    ['unshare', 'bwrap'].includes(program) ? undefined : processes.find(program, path);
  const { report, confinement, warnings } = await established(
    { limits: LIMITS, sandbox: false },
    { processes: { ...processes, find } },
  );
  assert.deepEqual([report.by, report.network, report.cpu_seconds], ['shell', 'open', 1]);
  const isRoot = system.user?.uid === 0;
  assert.equal(report.processes, isRoot ? null : 60);
  assert.equal(warnings.length, isRoot ? 1 : 0);
  const { report: tests } = await run(t, GREEDY, { runtime: 'memory', confinement });
  assert.equal(tests.status, 'failed');
});

test('a sandbox that cannot be had is an error that says what was tried and what to install', async () => {
  const rows: { claim: string; tools: Partial<ConfinementTools>; lines: RegExp }[] = [
    { claim: 'no Linux', tools: { system: { ...system, platform: 'darwin' } }, lines: /\n {2}it is not Linux$/ },
    {
      claim: 'a program that may not make namespaces',
      tools: {
        system: { ...system, platform: 'linux', user: { uid: 1000, gid: 1000 } },
        processes: { ...processes, find: (program) => (program === 'unshare' ? '/bin/false' : undefined) },
      },
      lines: /\n {2}namespaces: it ended with status 1$/,
    },
    {
      claim: 'one that does nothing of the kind',
      tools: {
        system: { ...system, platform: 'linux', user: { uid: 0, gid: 0 } },
        processes: { ...processes, find: (program) => (program === 'unshare' ? '/bin/echo' : undefined) },
      },
      lines: /\n {2}namespaces: the network was still there$/,
    },
  ];
  for (const { claim, tools, lines } of rows) {
    await assert.rejects(established({ limits: undefined, sandbox: true }, tools), (error) => {
      assert.ok(error instanceof SandboxUnavailable, claim);
      assert.equal(error.code, 'DEPENDENCY_SANDBOX');
      assert.match(error.message, lines, claim);
      assert.match(error.hint ?? '', /bubblewrap/);
      return true;
    });
  }
});

test('how limits are set, and when they count as held', () => {
  const found = {
    memoryKib: 262_144,
    cpuSeconds: 1,
    processes: undefined,
    highestProcessId: undefined,
    network: 'open' as const,
  };
  const user = settingsOf(LIMITS, { counted: 40, isRoot: false, ownIds: true });
  assert.deepEqual([user.memoryKib, user.processes, user.highestProcessId], [262_144, 100, undefined]);
  const root = settingsOf(LIMITS, { counted: 40, isRoot: true, ownIds: true });
  assert.deepEqual([root.processes, root.highestProcessId], [undefined, 360]);
  const held = (more: object, set = user) => Object.values(effectiveLimits(LIMITS, { ...found, ...more }, set));
  assert.deepEqual(held({ processes: 100 }), [256 * MIB, 1, 60]);
  assert.deepEqual(held({ processes: 4096, memoryKib: undefined }), [null, 1, null]);
  assert.deepEqual(held({ highestProcessId: 360 }, root), [256 * MIB, 1, 60]);
  assert.deepEqual(held({ highestProcessId: 32_768, processes: 100 }, root), [256 * MIB, 1, null]);
  const anyRoot = settingsOf(LIMITS, { counted: 0, isRoot: true, ownIds: false });
  assert.deepEqual(held({ processes: 60, highestProcessId: 360 }, anyRoot), [256 * MIB, 1, null]);
  assert.deepEqual(effectiveLimits(undefined, found, user), { memory_bytes: null, cpu_seconds: null, processes: null });
});
