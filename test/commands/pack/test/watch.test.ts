import assert from 'node:assert/strict';
import { existsSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createCliHarness, type Running } from '../../../support/cli.ts';
import { runOnTerminal, withoutTerminal } from '../../../support/processes/pseudo-terminal.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

interface WatchingRun extends Running {
  readonly script: string;
  stdout(): string;
  stderr(): string;
  /** Resolves once the output satisfies a condition. Rejects if the process ends first. */
  waitFor(condition: () => boolean): Promise<void>;
}

/** Starts `pack test --watch` on a pack with one script, and waits until the first run was reported. */
async function startWatching(t: TestContext, body: string, ...flags: string[]): Promise<WatchingRun> {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'demo'), packFiles({ ref: 'demo', test: body }));
  const running = harness.start({}, 'pack', 'test', './demo', '--watch', ...flags);
  t.after(() => running.child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  const { child } = running;
  child.stdout?.on('data', (text: string) => (output.stdout += text));
  child.stderr?.on('data', (text: string) => (output.stderr += text));
  const run: WatchingRun = {
    ...running,
    script: join(harness.directory, 'demo', 'tests', 'run.sh'),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    waitFor(condition) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const check = () => condition() && resolve();
      child.stdout?.on('data', check);
      child.stderr?.on('data', check);
      child.once('close', () => reject(new Error(`the process ended early: ${output.stdout}${output.stderr}`)));
      check();
      return promise;
    },
  };
  await run.waitFor(() => countWaits(run) === 1);
  return run;
}

const countReports = (run: WatchingRun) => run.stdout().match(/Tests: \d+\/.*/g)?.length ?? 0;
const countWaits = (run: WatchingRun) => run.stderr().match(/Waiting for changes/g)?.length ?? 0;

/** Resolves once a file exists. */
async function fileExists(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(dirname(path), () => existsSync(path) && resolve());
  if (existsSync(path)) resolve();
  await promise;
  watcher.close();
}

/** The moments at which a user presses Ctrl-C, each with a test script that leads to it and the text that announces it. */
const MOMENTS: readonly { moment: string; body: (file: string) => string; text: RegExp; status: number }[] = [
  { moment: 'during the first run', body: () => 'echo running-now; sleep 600', text: /running-now/, status: 130 },
  { moment: 'between two runs', body: () => 'exit 0', text: /Waiting for changes/, status: 0 },
  {
    moment: 'during a later run',
    // The first run changes the pack, which starts the second one.
    body: (file) => `if [ -e '${file}' ]; then echo running-now; sleep 600; fi; echo changed > '${file}'`,
    text: /running-now/,
    status: 0,
  },
];

describe('pack test --watch on a terminal', { skip: withoutTerminal, timeout: 120_000 }, () => {
  for (const { moment, body, text, status } of MOMENTS) {
    test(`pack test --watch: the first Ctrl-C on a terminal ${moment} ends it`, async (t) => {
      const { directory, data } = createCliHarness(t);
      writeFiles(join(directory, 'demo'), packFiles({ ref: 'demo', test: body(join(directory, 'demo', 'changed')) }));
      const env = { PATH: process.env['PATH'], HOME: directory, ATTUNE_DATA_DIR: data };
      const terminal = { cwd: directory, env, answer: [text, '\u0003'] as const };
      const run = await runOnTerminal(['pack', 'test', './demo', '--watch', '--verbose'], terminal);
      assert.equal(run.status, status, run.output);
    });
  }
});

// The tests are concurrent, because they mostly wait for the polling interval.
describe('pack test --watch', { concurrency: true, timeout: 120_000 }, () => {
  test('pack test --watch: runs the tests again after a change and exits with the last verdict', async (t) => {
    const run = await startWatching(t, 'exit 1');
    assert.equal(countReports(run), 1);
    writeFileSync(run.script, '#!/bin/sh\nexit 0\n');
    await run.waitFor(() => countWaits(run) === 2);
    assert.equal(countReports(run), 2);
    assert.match(run.stdout(), /1 failed[\s\S]*Tests: 1\/1 passed, 0 failed/);
    run.child.kill('SIGINT');
    const { status } = await run.ended;
    assert.equal(status, 0);
  });

  test('pack test --watch: Ctrl-C during a run ends it and exits with the verdict of the previous run', async (t) => {
    const run = await startWatching(t, 'exit 1', '--junit', 'demo/report.xml');
    const marker = `${run.script}.pid`;
    writeFileSync(run.script, `#!/bin/sh\necho $$ > '${marker}'\nexec sleep 300\n`);
    await fileExists(marker);
    run.child.kill('SIGINT');
    const { status, stderr } = await run.ended;
    assert.equal(status, 8);
    assert.equal(countReports(run), 1);
    assert.doesNotMatch(stderr, /Error/);
  });

  test('pack test --watch: a pack that becomes invalid is a warning, and an error if it is still invalid at the end', async (t) => {
    const run = await startWatching(t, 'exit 0');
    writeFileSync(join(run.script, '..', '..', 'pack.yaml'), 'ref: [');
    await run.waitFor(() => /Warning: /.test(run.stderr()) && countWaits(run) === 2);
    run.child.kill('SIGINT');
    const { status, stderr } = await run.ended;
    assert.equal(status, 3);
    assert.match(stderr, /Error: .*pack\.yaml/);
  });
});
