import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultVariables } from '../../../support/faults/fault.ts';
import { AUTHOR, createPublishing, type Publishing } from '../../../support/git/publishing.ts';
import { git } from '../../../support/git/repository.ts';

const ARGS = [
  ...['pack', 'publish', 'demo', '--registry-repo', 'git/registry.git', '--author', AUTHOR, '--tag'],
  ...['--archive-dir', 'dist', '--archive-url', 'https://packs.example/{ref}-{version}.tar.gz'],
];
/** Points at which runs are killed, spread over all calls that change something; others each time. */
const POINTS = Number(process.env['ATTUNE_KILL_POINTS'] ?? 12);

function createRelease(t: { after(clean: () => void): void }): Publishing {
  const publishing = createPublishing(t);
  publishing.pack.commit({ 'pack.yaml': 'ref: demo\nversion: 1.1.0\n' });
  return publishing;
}

test(`pack publish: a run that is killed at any of ${POINTS} points leaves the registry old or new, and a second run completes it`, async (t) => {
  const traced = createRelease(t);
  const trace = join(traced.harness.directory, 'trace');
  const whole = await traced.harness.attuneWith(faultVariables(`trace:${trace}`), ...ARGS);
  assert.equal(whole.status, 0, whole.stderr);
  const calls = JSON.parse(readFileSync(trace, 'utf8')).length as number;
  const points = Array.from(
    { length: POINTS },
    (_, index) => 1 + Math.floor(((index + Math.random()) * calls) / POINTS),
  );
  let publishing = createRelease(t);
  const outcomes = new Set<string>();
  for (const point of new Set(points)) {
    const before = publishing.index();
    const head = git(join(publishing.repositories, 'registry.git'), ['rev-parse', 'main']);
    const killed = await publishing.harness.attuneWith(faultVariables(`kill:${point}`), ...ARGS);
    assert.equal(killed.status, null, `point ${point} of ${calls}: ${killed.stderr}`);
    const isNew = git(join(publishing.repositories, 'registry.git'), ['rev-parse', 'main']) !== head;
    if (!isNew) assert.deepEqual(publishing.index(), before);
    const second = await publishing.harness.json(...ARGS);
    assert.equal(second.status, 0, `point ${point} of ${calls}: ${second.stderr}`);
    assert.equal(second.document.action, isNew ? 'unchanged' : 'published');
    assert.deepEqual([publishing.index().packs.length, publishing.commits()], [1, 2]);
    outcomes.add(isNew ? 'new' : 'old');
    publishing = createRelease(t);
  }
  assert.ok(outcomes.has('old'));
});
