import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCliHarness, type Running } from '../../../support/cli.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

interface Watched extends Running {
  readonly script: string;
  printed(): string;
  noted(): string;
}

/** Begins to watch a pack with one script, and waits until its first report was printed. */
async function watch(t: TestContext, body: string, ...flags: string[]): Promise<Watched> {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'demo'), packFiles({ ref: 'demo', test: body }));
  const running = harness.start({}, 'pack', 'test', './demo', '--watch', ...flags);
  t.after(() => running.child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  running.child.stdout?.on('data', (text: string) => (said.stdout += text));
  running.child.stderr?.on('data', (text: string) => (said.stderr += text));
  const script = join(harness.directory, 'demo', 'tests', 'run.sh');
  assert.ok(existsSync(script));
  const watched = { ...running, script, printed: () => said.stdout, noted: () => said.stderr };
  await until(() => /Waiting for changes/.test(watched.noted()));
  return watched;
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; !condition(); await sleep(20)) assert.ok(Date.now() < end, 'it never came');
}

const reports = (watched: Watched) => watched.printed().match(/Tests: \d+\/.*/g)?.length ?? 0;

// Most of their time is waiting.
describe('--watch', { concurrency: true }, () => {
  test('--watch runs the tests again after a change, and ends with the last verdict', {
    timeout: 30_000,
  }, async (t) => {
    const watched = await watch(t, 'exit 1');
    assert.equal(reports(watched), 1);
    writeFileSync(watched.script, '#!/bin/sh\nexit 0\n');
    await until(() => reports(watched) === 2);
    assert.match(watched.printed(), /1 failed[\s\S]*Tests: 1\/1 passed, 0 failed/);
    await sleep(700);
    assert.equal(reports(watched), 2, 'nothing changed since');
    watched.child.kill('SIGINT');
    const { status } = await watched.ended;
    assert.equal(status, 0);
  });

  test('Ctrl-C in the middle of a run ends it, with the verdict of the run before', { timeout: 30_000 }, async (t) => {
    const watched = await watch(t, 'exit 1', '--junit', 'demo/report.xml');
    const sign = `${watched.script}.pid`;
    writeFileSync(watched.script, `#!/bin/sh\necho $$ > '${sign}'\nexec sleep 300\n`);
    await until(() => existsSync(sign));
    watched.child.kill('SIGINT');
    const { status, stderr } = await watched.ended;
    assert.equal(status, 8);
    assert.equal(reports(watched), 1);
    assert.doesNotMatch(stderr, /Error/);
  });

  test('a pack that is broken meanwhile is waited for, and an error where it stays so', {
    timeout: 30_000,
  }, async (t) => {
    const watched = await watch(t, 'exit 0');
    writeFileSync(join(watched.script, '..', '..', 'pack.yaml'), 'ref: [');
    await until(() => /Warning: /.test(watched.noted()));
    watched.child.kill('SIGINT');
    const { status, stderr } = await watched.ended;
    assert.equal(status, 3);
    assert.match(stderr, /Error: .*pack\.yaml/);
  });
});
