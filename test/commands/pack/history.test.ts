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

// One sequence of commands; the tests only read its history.
const harness = createCliHarness({ after });
const startedAt = new Date().toISOString();
const writePack = (ref: string, version: string) =>
  writeFiles(
    join(harness.directory, ref),
    packFiles({ ref, version, test: version === '3.0.0' ? 'exit 1' : 'exit 0' }),
  );
writePack('demo', '1.0.0');
writePack('other', '1.0.0');
await harness.attune('pack', 'install', './demo', './other');
await harness.attune('pack', 'install', './demo', '--force');
writePack('demo', '2.0.0');
await harness.attune('pack', 'install', './demo', '--force');
writePack('demo', '3.0.0');
await harness.attune('pack', 'install', './demo', '--dry-run', '--force');
await harness.attune('pack', 'install', './demo');
await harness.attuneWith({ ATTUNE_USER: 'another' }, 'pack', 'uninstall', 'demo', '--yes');

const EVENTS = [
  ['uninstall', 'demo', '2.0.0', null],
  ['upgrade', 'demo', '2.0.0', '1.0.0'],
  ['reinstall', 'demo', '1.0.0', '1.0.0'],
  ['install', 'other', '1.0.0', null],
  ['install', 'demo', '1.0.0', null],
];

function summaryOf(events: readonly HistoryEvent[]) {
  return events.map(({ action, ref, version, from_version: from }) => [action, ref, version, from]);
}

test('history: lists all events from the newest to the oldest, without failed commands', async () => {
  const { status, document } = await harness.json('pack', 'history');
  assert.equal(status, 0);
  assert.deepEqual(summaryOf(document.events), EVENTS);
});

test('history: an event has its time, user, host and source', async () => {
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
    assert.ok(event.at >= startedAt && event.at <= new Date().toISOString());
  }
  assert.equal(events.at(0)?.by, `another@${hostname()}`);
  assert.equal(events.at(-1)?.by, `tester@${hostname()}`);
  assert.equal(events.at(-1)?.source, join(harness.directory, 'demo'));
  const ids = events.map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.toSorted((one, other) => other - one),
  );
});

test('history: an uninstalled pack keeps its history', async () => {
  const { document } = await harness.json('pack', 'history', 'demo');
  assert.deepEqual(
    summaryOf(document.events),
    EVENTS.filter(([, ref]) => ref === 'demo'),
  );
});

test('history: an unknown pack exits 4 with a suggestion', async () => {
  const { status, document } = await harness.json('pack', 'history', 'dmeo');
  assert.equal(status, 4);
  assert.match(document.error.message, /no history of a pack 'dmeo'/);
  assert.match(document.error.hint, /Did you mean 'demo'\?/);
});

test('history: is empty in a new store', async (t) => {
  assert.deepEqual((await createCliHarness(t).json('pack', 'history')).document, { events: [] });
});

test('history: the undo command of an event restores the previous version', async (t) => {
  const { document } = await harness.json('pack', 'history');
  assert.deepEqual(
    document.events.map(({ can_undo: can, undo }: { can_undo: boolean; undo: string | null }) => [can, undo]),
    [
      [true, `attune pack install ${join(harness.directory, 'demo')}`],
      [false, null],
      [false, null],
      [true, 'attune pack uninstall other --yes'],
      [false, null],
    ],
  );
  const one = createCliHarness(t);
  for (const version of ['1.0.0', '2.0.0']) {
    writeFiles(join(one.directory, 'pack'), packFiles({ ref: 'pack', version }));
    await one.attune('pack', 'install', './pack', '--force');
  }
  for (const expected of ['pack 1.0.0', 'pack 2.0.0']) {
    const [newest] = (await one.json('pack', 'history', 'pack')).document.events;
    assert.equal((await one.attune(...newest.undo.split(' ').slice(1))).status, 0);
    assert.deepEqual(await installedPacks(one), [expected]);
  }
});

test('history: --limit lists the newest events', async () => {
  const { document } = await harness.json('pack', 'history', '--limit', '2');
  assert.deepEqual(summaryOf(document.events), EVENTS.slice(0, 2));
  assert.equal((await harness.json('pack', 'history', '--limit', '0')).status, 2);
});

test('history: prints one line for each event', async () => {
  const { stdout } = await harness.attune('pack', 'history');
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, EVENTS.length + 1);
  assert.match(lines[0] ?? '', /^TIME +ACTION +REF +VERSION +USER +UNDO$/);
  assert.match(lines[2] ?? '', /upgrade +demo +1\.0\.0 -> 2\.0\.0 +tester@/);
});
