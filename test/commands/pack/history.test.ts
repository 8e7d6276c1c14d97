import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCliHarness, installedPacks } from '../../support/cli.ts';
import { packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

interface HistoryEvent {
  readonly id: number;
  readonly at: string;
  readonly action: string;
  readonly ref: string;
  readonly version: string;
  readonly from_version: string | null;
}

// One story, told once; the tests only read it.
const harness = createCliHarness({ after });
const began = new Date().toISOString();
const place = (ref: string, version: string) =>
  writeFiles(
    join(harness.directory, ref),
    packFiles({ ref, version, test: version === '3.0.0' ? 'exit 1' : 'exit 0' }),
  );
place('demo', '1.0.0');
place('other', '1.0.0');
await harness.attune('pack', 'install', './demo', './other');
await harness.attune('pack', 'install', './demo', '--force');
place('demo', '2.0.0');
await harness.attune('pack', 'install', './demo', '--force');
place('demo', '3.0.0');
await harness.attune('pack', 'install', './demo', '--dry-run', '--force');
await harness.attune('pack', 'install', './demo');
await harness.attuneWith({ ATTUNE_USER: 'somebody' }, 'pack', 'uninstall', 'demo');

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
  const { status, document } = await harness.json('pack', 'history');
  assert.equal(status, 0);
  assert.deepEqual(storyOf(document.events), STORY);
});

test('an event says when, who, where and from what', async () => {
  const { document } = await harness.json('pack', 'history');
  const events: readonly (HistoryEvent & { by: string; source: string })[] = document.events;
  for (const event of events) {
    assert.deepEqual(Object.keys(event).toSorted(), [
      'action',
      'at',
      'by',
      'can_undo',
      'from_version',
      'id',
      'ref',
      'registry',
      'source',
      'source_commit',
      'source_type',
      'undo',
      'version',
    ]);
    assert.match(event.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(event.at >= began && event.at <= new Date().toISOString());
  }
  assert.equal(events.at(0)?.by, `somebody@${hostname()}`);
  assert.equal(events.at(-1)?.by, `tester@${hostname()}`);
  assert.equal(events.at(-1)?.source, join(harness.directory, 'demo'));
  const ids = events.map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.toSorted((one, other) => other - one),
  );
});

test("a pack's history outlives it", async () => {
  const { document } = await harness.json('pack', 'history', 'demo');
  assert.deepEqual(
    storyOf(document.events),
    STORY.filter(([, ref]) => ref === 'demo'),
  );
});

test('a pack to which nothing ever happened is not found, and the nearest of the others is named', async () => {
  const { status, document } = await harness.json('pack', 'history', 'dmeo');
  assert.equal(status, 4);
  assert.match(document.error.message, /Nothing ever happened to a pack 'dmeo'/);
  assert.match(document.error.hint, /Did you mean: demo/);
});

test('a store in which nothing happened has an empty history', async (t) => {
  assert.deepEqual((await createCliHarness(t).json('pack', 'history')).document, { events: [] });
});

test('what can be undone says with which command, which does it', async (t) => {
  const { document } = await harness.json('pack', 'history');
  assert.deepEqual(
    document.events.map(({ can_undo: can, undo }: { can_undo: boolean; undo: string | null }) => [can, undo]),
    [
      [true, `attune pack install ${join(harness.directory, 'demo')}`],
      [false, null],
      [false, null],
      [true, 'attune pack uninstall other'],
      [false, null],
    ],
  );
  const one = createCliHarness(t);
  for (const version of ['1.0.0', '2.0.0']) {
    writeFiles(join(one.directory, 'pack'), packFiles({ ref: 'pack', version }));
    await one.attune('pack', 'install', './pack', '--force');
  }
  for (const want of ['pack 1.0.0', 'pack 2.0.0']) {
    const [newest] = (await one.json('pack', 'history', 'pack')).document.events;
    assert.equal((await one.attune(...newest.undo.split(' ').slice(1))).status, 0);
    assert.deepEqual(await installedPacks(one), [want]);
  }
});

test('--limit shows the newest', async () => {
  const { document } = await harness.json('pack', 'history', '--limit', '2');
  assert.deepEqual(storyOf(document.events), STORY.slice(0, 2));
  assert.equal((await harness.json('pack', 'history', '--limit', '0')).status, 2);
});

test('a person reads a line an event', async () => {
  const { stdout } = await harness.attune('pack', 'history');
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, STORY.length + 1);
  assert.match(lines[0] ?? '', /^TIME +ACTION +REF +VERSION +USER +UNDO$/);
  assert.match(lines[2] ?? '', /upgrade +demo +1\.0\.0 -> 2\.0\.0 +tester@/);
});
