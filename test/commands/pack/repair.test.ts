import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { verifyPacks } from '../../../src/operations/repair/verify-packs.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemEnvironment } from '../../../src/platform/environment.ts';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { type CliHarness, contentsOf, createCliHarness, storeContents } from '../../support/cli.ts';
import { faultVariables, type TracedCall } from '../../support/faults/fault.ts';
import { packFiles } from '../../support/registry/server.ts';
import { openStore, writeFiles } from '../../support/store.ts';

/** Creates a harness with an installed pack in which a file was changed. */
async function damagedHarness(t: TestContext): Promise<CliHarness> {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'core'), packFiles({ ref: 'core', files: { 'lib/a.txt': 'a' } }));
  const { status, stderr } = await harness.attune('pack', 'install', './core');
  assert.equal(status, 0, stderr);
  damage(harness);
  return harness;
}

function damage({ data }: CliHarness): void {
  writeFileSync(join(data, 'packs/core/lib/a.txt'), 'mine');
}

test('pack repair: requires confirmation before replacing files, and exits 2 without a terminal or --yes', async (t) => {
  const harness = await damagedHarness(t);
  const before = storeContents(harness);
  const source = join(harness.directory, 'core');
  const refused = await harness.attune('pack', 'repair');
  assert.equal(refused.status, 2);
  assert.equal(refused.stdout, '');
  assert.ok(refused.stderr.includes(`Repair core 1.0.0 from its source: ${source}?`), refused.stderr);
  assert.match(refused.stderr, /Pass --yes/);
  const planned = await harness.attune('pack', 'repair', '--dry-run');
  assert.deepEqual([planned.status, planned.stdout], [0, `Would repair core 1.0.0 from its source: ${source}\n`]);
  assert.deepEqual(storeContents(harness), before);
  const done = await harness.attune('pack', 'repair', '--yes');
  assert.equal(done.status, 0, done.stderr);
  const [, aside] = /Its changed files are in (.*)\n/.exec(done.stdout) ?? [];
  assert.equal(readFileSync(join(aside ?? '', 'lib/a.txt'), 'utf8'), 'mine');
  assert.equal(readFileSync(join(harness.data, 'packs/core/lib/a.txt'), 'utf8'), 'a');
  const again = await harness.attune('pack', 'repair');
  assert.deepEqual([again.status, again.stdout], [0, '1 release intact\n']);
});

test('pack repair: the exit status is that of the failed repair', async (t) => {
  const harness = await damagedHarness(t);
  writeFileSync(join(harness.directory, 'core/lib/a.txt'), 'published again');
  const { status, document } = await harness.json('pack', 'repair', '--yes');
  assert.equal(status, 7);
  assert.equal(document.success, false);
  assert.equal(document.packs[0].error.code, 'INTEGRITY_CHECKSUM');
  rmSync(join(harness.directory, 'core'), { recursive: true });
  assert.equal((await harness.attune('pack', 'repair', '--yes')).status, 4);
  assert.equal(readFileSync(join(harness.data, 'packs/core/lib/a.txt'), 'utf8'), 'mine');
});

/** Verifies the pack after the store has recovered from a killed command. */
async function verified({ data }: CliHarness) {
  using store = openStore(data);
  const runtime = {
    store: async () => store,
    paths: { data, cache: data, config: data },
    environment: systemEnvironment(),
    reporter: collectWarnings(silentReporter),
    clock: systemClock,
  };
  const [pack] = (await verifyPacks({ refs: [], kept: true }, runtime)).packs;
  assert.ok(pack);
  return pack;
}

test('pack repair: a kill at any commit step leaves the pack damaged or repaired, and the command can be repeated', async (t) => {
  const harness = await damagedHarness(t);
  const trace = join(harness.directory, 'trace');
  await harness.attuneWith(faultVariables(`trace:${trace}`), 'pack', 'repair', '--yes');
  const calls: TracedCall[] = JSON.parse(readFileSync(trace, 'utf8'));
  const points = calls.flatMap(({ name }, index) =>
    /^(rename|COMMIT|symlink)$/.test(name) ? [index + 1, index + 2] : [],
  );
  assert.ok(points.length >= 8, calls.map(({ name }) => name).join());
  const outcomes = new Set<string>();
  for (const point of new Set(points)) {
    const when = `killed before ${calls[point - 1]?.name} ${calls[point - 1]?.path}`;
    damage(harness);
    rmSync(join(harness.data, 'set-aside'), { recursive: true });
    const { status } = await harness.attuneWith(faultVariables(`kill:${point}`), 'pack', 'repair', '--yes');
    assert.equal(status, null, when);
    const pack = await verified(harness);
    assert.deepEqual([pack.problems, pack.missing, pack.extra], [[], [], []], when);
    assert.deepEqual(pack.changed, pack.ok ? [] : ['lib/a.txt'], when);
    outcomes.add(pack.ok ? 'intact' : 'damaged');
    const shown = readlinkSync(join(harness.data, 'packs/core')).split('/').at(-1);
    assert.deepEqual(readdirSync(join(harness.data, 'releases/core')), [shown], when);
    if (pack.ok) assert.match(Object.keys(contentsOf(join(harness.data, 'set-aside'))).join(), /lib\/a\.txt$/, when);
  }
  assert.deepEqual([...outcomes], ['damaged', 'intact']);
  damage(harness);
  assert.equal((await harness.attune('pack', 'repair', '--yes')).status, 0);
  assert.ok((await verified(harness)).ok);
});
