import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readPack } from '../../../src/packs/pack.ts';
import type { TestReport } from '../../../src/packs/test-report.ts';
import { killMarkedProcesses } from '../../../src/platform/processes/kill-marked.ts';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import type { ProcessRequest } from '../../../src/platform/processes/types.ts';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { type SystemInfo, systemInfo } from '../../../src/platform/system-info.ts';
import { confine, SandboxUnavailable } from '../../../src/testing/confinement/confine.ts';
import { effectiveLimits, toLimitSettings } from '../../../src/testing/confinement/limits.ts';
import type { ConfinementRequest, ConfinementTools } from '../../../src/testing/confinement/types.ts';
import { FIXTURES } from '../../support/attune.ts';
import { contentsOf } from '../../support/cli.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { packOf, run, runnerOf } from '../../support/testing/run.ts';
import { waitFor } from '../../support/wait-for.ts';

const MIB = 1024 * 1024;
const LIMITS = { memoryBytes: 256 * MIB, cpuSeconds: 1, processes: 60 };
const processes = systemProcesses({ offline: false });
const system = systemInfo();
const linux = system.platform === 'linux' ? false : 'needs Linux';

async function establish(request: ConfinementRequest, more: Partial<ConfinementTools> = {}) {
  const reporter = collectWarnings(silentReporter);
  const confinement = await confine(request, { processes, reporter, variables: process.env, system, ...more });
  return { ...confinement, warnings: reporter.warnings };
}

/** The strongest confinement of this system. */
const offered = await establish({ limits: LIMITS, sandbox: true }).catch((error: unknown) => {
  assert.ok(error instanceof SandboxUnavailable);
  return undefined;
});
const withoutNamespaces = offered === undefined ? 'needs a system where users may create namespaces' : false;

/** Returns the IDs of running processes whose command line contains a text. A zombie has no command line. */
function running(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Returns a unique argument for `sleep`, which identifies the process. */
function uniqueSeconds(): string {
  return `600.${String(Math.random()).slice(2, 10)}`;
}

async function untilNoneRuns(text: string): Promise<void> {
  await waitFor(
    () => running(text).length === 0,
    () => `these processes are still running: ${running(text).join(', ')}`,
  );
}

/** A shell command that waits until files in the temporary directory of the suite exist. */
function waitForFiles(...names: string[]): string {
  return names.map((name) => `until [ -e "$TMPDIR/${name}" ]; do sleep 0.01; done`).join('; ');
}

function scriptPack(test: TestContext, body: string, timeoutSeconds = 120) {
  const runner = runnerOf('script', { entryPoint: 'run.sh', timeoutSeconds });
  return packOf(test, { runners: [runner] }, { 'run.sh': `#!/bin/bash\n${body}\n` });
}

test('runTests: processes in other sessions are killed when the suite ends', { skip: linux }, async (t) => {
  const seconds = uniqueSeconds();
  const inner = `setsid sh -c 'touch \\"$TMPDIR/inner\\"; exec sleep ${seconds}' &`;
  const outer = `setsid sh -c "trap '' TERM HUP; (${inner}) ; touch \\"$TMPDIR/outer\\"; exec sleep ${seconds}" &`;
  const { report } = await run(t, scriptPack(t, `${outer} ${waitForFiles('inner', 'outer')}`));
  assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
  await untilNoneRuns(seconds);
});

test('runTests: processes in other sessions are killed when the time limit is exceeded', {
  skip: linux,
  timeout: 120_000,
}, async (t) => {
  const seconds = uniqueSeconds();
  const { report } = await run(t, scriptPack(t, `setsid sleep ${seconds} & sleep ${seconds}`, 3));
  assert.ok(report.test_suites[0]?.timed_out);
  await untilNoneRuns(seconds);
});

test('killMarkedProcesses: processes with another mark or without one continue', { skip: linux }, async (t) => {
  const children = ['mine', 'theirs', undefined].map((mark) =>
    spawn('sleep', ['600'], { env: mark === undefined ? {} : { MARK: mark, MORE: 'MARK=mine' }, stdio: 'ignore' }),
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
    assert.doesNotMatch(readFileSync(`/proc/${child.pid}/status`, 'utf8'), /^State:\s+[TZ]/m);
  }
});

const GREEDY = readPack(join(FIXTURES, 'confinement'), DEFAULT_LIMITS);

interface GreedyRow {
  readonly claim: string;
  readonly runtime: string;
  readonly want: 'passed' | 'failed';
  /** Matches the reason of the failure, or the output. */
  readonly why?: RegExp;
  readonly skip?: string | false;
}

const withoutProcessLimit =
  offered?.report.processes === null ? 'needs a system where processes can be limited' : withoutNamespaces;
const withoutLoopback =
  offered?.report.network === 'none' ? 'needs a program that enables loopback' : withoutNamespaces;
const GREEDY_ROWS: GreedyRow[] = [
  {
    claim: 'the number of processes is limited',
    runtime: 'swarm',
    want: 'failed',
    why: /stopped after \d+:/,
    skip: withoutProcessLimit,
  },
  { claim: 'memory is limited', runtime: 'memory', want: 'failed', why: /MemoryError/ },
  { claim: 'CPU time is limited', runtime: 'processor', want: 'failed', why: /terminated by SIGXCPU/ },
  { claim: 'other machines are unreachable', runtime: 'network', want: 'failed', why: /unreachable/i },
  { claim: 'a local server is reachable', runtime: 'loopback', want: 'passed', skip: withoutLoopback },
  { claim: 'a process left in another session does not block the suite', runtime: 'session', want: 'passed' },
];

/** Returns a report without durations and messages of the system. */
function stableParts({
  pack_ref,
  pack_version,
  status,
  total_tests,
  passed,
  failed,
  skipped,
  test_suites,
}: TestReport) {
  const suites = test_suites.map(({ name, runner_type, total, timed_out, test_cases }) => ({
    name,
    runner_type,
    total,
    timed_out,
    test_cases: test_cases.map((testCase) => ({ name: testCase.name, status: testCase.status })),
  }));
  return { pack_ref, pack_version, status, total_tests, passed, failed, skipped, test_suites: suites };
}

for (const { claim, runtime, want, why = /^/, skip = withoutNamespaces } of GREEDY_ROWS) {
  test(`confine: ${claim}`, { skip, timeout: 120_000 }, async (t) => {
    const before = contentsOf(GREEDY.root);
    const { report } = await run(t, GREEDY, { runtime, confinement: offered?.confinement });
    const [only] = report.test_suites[0]?.test_cases ?? [];
    assert.equal(only?.status, want, only?.error_message ?? '');
    assert.match([only?.error_message, only?.stderr].join('\n'), why);
    assert.deepEqual(contentsOf(GREEDY.root), before);
    const golden = join(import.meta.dirname, 'golden', `${runtime}.json`);
    // `UPDATE_GOLDEN=1` rewrites the golden files. The rows check the messages of the system.
    if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, `${JSON.stringify(stableParts(report), null, 2)}\n`);
    assert.deepEqual(stableParts(report), JSON.parse(readFileSync(golden, 'utf8')));
  });
}

const ENDINGS: { claim: string; line: string; timeoutMs?: number }[] = [
  { claim: 'with exit status 0', line: 'echo out; echo err >&2' },
  { claim: 'with another exit status', line: 'exit 3' },
  { claim: 'with a signal', line: 'kill -SEGV $$' },
  { claim: 'with the same user', line: 'id -u' },
  { claim: 'with the same working directory, arguments and environment', line: 'pwd; echo "$0 $1"; echo $ONLY; cat' },
  { claim: 'with the remaining output of a child process', line: 'exec > >(sleep 0.02; cat); echo late' },
  { claim: 'by exceeding a time limit', line: 'sleep 600', timeoutMs: 2000 },
];

for (const { claim, line, timeoutMs = 120_000 } of ENDINGS) {
  test(`confine: a confined program behaves like an unconfined one that ends ${claim}`, {
    skip: withoutNamespaces,
    timeout: 180_000,
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

test('confine: no process outlives a confined suite, even without the marking variable', {
  skip: withoutNamespaces,
}, async (t) => {
  const seconds = uniqueSeconds();
  const detached = `env -i setsid sh -c "touch '$TMPDIR/started'; exec sleep ${seconds}" &`;
  const pack = scriptPack(t, `cd /; ${detached} ${waitForFiles('started')}`);
  const { report } = await run(t, pack, { confinement: offered?.confinement });
  assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
  await untilNoneRuns(seconds);
});

test('confine: effective limits are reported, and a missing limit is a warning that names it', {
  skip: withoutNamespaces,
}, async () => {
  assert.ok(offered);
  assert.notEqual(offered.report.network, 'open');
  assert.deepEqual([offered.report.memory_bytes, offered.report.cpu_seconds], [256 * MIB, 1]);
  assert.equal(offered.warnings.length, offered.report.processes === null ? 1 : 0);
  const unsupported: SystemInfo = { ...system, platform: 'win32', user: undefined };
  const none = await establish({ limits: LIMITS, sandbox: false }, { system: unsupported });
  assert.deepEqual(none.report, {
    ...{ by: 'nothing', network: 'open', files: 'open', memory_bytes: null, cpu_seconds: null, processes: null },
    notes: none.warnings,
  });
  assert.match(none.warnings.join(), /limits.*: memory_bytes, cpu_seconds, processes\.$/);
});

test('confine: without namespaces the shell sets the limits, and a missing limit is a warning', {
  skip: linux,
}, async (t) => {
  const find = (program: string, path?: string) =>
    ['unshare', 'bwrap'].includes(program) ? undefined : processes.find(program, path);
  const { report, confinement, warnings } = await establish(
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

test('confine: an unavailable sandbox is an error with the attempts and a hint', async () => {
  const rows: { claim: string; tools: Partial<ConfinementTools>; lines: RegExp }[] = [
    {
      claim: 'another system',
      tools: { system: { ...system, platform: 'darwin' } },
      lines: /\n {2}the system is not Linux$/,
    },
    {
      claim: 'a program that may not create namespaces',
      tools: {
        system: { ...system, platform: 'linux', user: { uid: 1000, gid: 1000 } },
        processes: { ...processes, find: (program) => (program === 'unshare' ? '/bin/false' : undefined) },
      },
      lines: /\n {2}namespaces: the probe exited with status 1\n {2}bubblewrap: the program 'bwrap' is not installed$/,
    },
    {
      claim: 'a program that does not isolate',
      tools: {
        system: { ...system, platform: 'linux', user: { uid: 0, gid: 0 } },
        processes: { ...processes, find: (program) => (program === 'unshare' ? '/bin/echo' : undefined) },
      },
      lines: /\n {2}namespaces: the network was still available$/m,
    },
  ];
  for (const { claim, tools, lines } of rows) {
    await assert.rejects(establish({ limits: undefined, sandbox: true }, tools), (error) => {
      assert.ok(error instanceof SandboxUnavailable, claim);
      assert.equal(error.code, 'DEPENDENCY_SANDBOX');
      assert.match(error.message, lines, claim);
      assert.match(error.hint ?? '', /bubblewrap/);
      return true;
    });
  }
});

test('effectiveLimits: a limit is effective only if the observed value equals the setting', () => {
  const observed = {
    memoryKib: 262_144,
    cpuSeconds: 1,
    processes: undefined,
    highestProcessId: undefined,
    network: 'open' as const,
    visible: [],
  };
  const user = toLimitSettings(LIMITS, { otherProcesses: 40, isRoot: false, hasOwnPidMax: true });
  assert.deepEqual([user.memoryKib, user.processes, user.highestProcessId], [262_144, 100, undefined]);
  const root = toLimitSettings(LIMITS, { otherProcesses: 40, isRoot: true, hasOwnPidMax: true });
  assert.deepEqual([root.processes, root.highestProcessId], [undefined, 360]);
  const effective = (more: object, settings = user) =>
    Object.values(effectiveLimits(LIMITS, { ...observed, ...more }, settings));
  assert.deepEqual(effective({ processes: 100 }), [256 * MIB, 1, 60]);
  assert.deepEqual(effective({ processes: 4096, memoryKib: undefined }), [null, 1, null]);
  assert.deepEqual(effective({ highestProcessId: 360 }, root), [256 * MIB, 1, 60]);
  assert.deepEqual(effective({ highestProcessId: 32_768, processes: 100 }, root), [256 * MIB, 1, null]);
  const anyRoot = toLimitSettings(LIMITS, { otherProcesses: 0, isRoot: true, hasOwnPidMax: false });
  assert.deepEqual(effective({ processes: 60, highestProcessId: 360 }, anyRoot), [256 * MIB, 1, null]);
  assert.deepEqual(effectiveLimits(undefined, observed, user), {
    memory_bytes: null,
    cpu_seconds: null,
    processes: null,
  });
});
