import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packFiles } from '../world/registry.ts';
import { writeFiles } from '../world/store.ts';
import { createCliWorld } from './world.ts';

interface HistoryEvent {
  readonly id: number;
  readonly at: string;
  readonly action: string;
  readonly ref: string;
  readonly version: string;
  readonly from_version: string | null;
}

// One story, told once; the tests only read it.
const world = createCliWorld({ after });
const began = new Date().toISOString();
const place = (ref: string, version: string) =>
  writeFiles(join(world.directory, ref), packFiles({ ref, version, test: version === '3.0.0' ? 'exit 1' : 'exit 0' }));
place('demo', '1.0.0');
place('other', '1.0.0');
await world.attune('pack', 'install', './demo', './other');
await world.attune('pack', 'install', './demo', '--force');
place('demo', '2.0.0');
await world.attune('pack', 'install', './demo', '--force');
place('demo', '3.0.0');
await world.attune('pack', 'install', './demo', '--dry-run', '--force');
await world.attune('pack', 'install', './demo');
await world.attuneWith({ ATTUNE_USER: 'somebody' }, 'pack', 'uninstall', 'demo');

const STORY = [
  ['uninstall', 'demo', '2.0.0', null],
  ['upgrade', 'demo', '2.0.0', '1.0.0'],
  ['reinstall', 'demo', '1.0.0', '1.0.0'],
  ['install', 'other', '1.0.0', null],
  ['install', 'demo', '1.0.0', null],
];

function storyOf(events: readonly HistoryEvent[]) {
  return events.map(({ action, ref, version, from_version: from }) => [action, ref, version, from]);
}

test('history has everything that happened, the newest first, and nothing that failed', async () => {
  const { status, document } = await world.json('pack', 'history');
  assert.equal(status, 0);
  assert.deepEqual(storyOf(document.events), STORY);
});

test('an event says when, who, where and from what', async () => {
  const { document } = await world.json('pack', 'history');
  const events: readonly (HistoryEvent & { by: string; source: string })[] = document.events;
  for (const event of events) {
    assert.deepEqual(Object.keys(event).toSorted(), [
      'action',
      'at',
      'by',
      'from_version',
      'id',
      'ref',
      'source',
      'version',
    ]);
    assert.match(event.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(event.at >= began && event.at <= new Date().toISOString());
  }
  assert.equal(events.at(0)?.by, `somebody@${hostname()}`);
  assert.equal(events.at(-1)?.by, `tester@${hostname()}`);
  assert.equal(events.at(-1)?.source, join(world.directory, 'demo'));
  const ids = events.map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.toSorted((one, other) => other - one),
  );
});

test("a pack's history outlives it", async () => {
  const { document } = await world.json('pack', 'history', 'demo');
  assert.deepEqual(
    storyOf(document.events),
    STORY.filter(([, ref]) => ref === 'demo'),
  );
});

test('a pack to which nothing happened has an empty history', async () => {
  assert.deepEqual(await world.json('pack', 'history', 'nobody'), { status: 0, document: { events: [] }, stderr: '' });
});

test('a person reads a line an event', async () => {
  const { stdout } = await world.attune('pack', 'history');
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, STORY.length + 1);
  assert.match(lines[0] ?? '', /^WHEN +WHAT +REF +VERSION +WHO$/);
  assert.match(lines[2] ?? '', /upgrade +demo +1\.0\.0 -> 2\.0\.0 +tester@/);
});
