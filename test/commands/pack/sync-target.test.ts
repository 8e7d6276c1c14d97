import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CliHarness, createCliHarness, installedPacks } from '../../support/cli.ts';
import { writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.1.0' },
  { ref: 'other' },
]);

const harnessOf = (t: Parameters<typeof createCliHarness>[0]) =>
  createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });

const lockPath = ({ directory }: CliHarness) => join(directory, 'attune.lock');
const list = (harness: CliHarness, text: string) => writeFiles(harness.directory, { 'attune.packs.yaml': text });

test('sync: without a file, attune.packs.yaml in the working directory is used, else attune.lock', async (t) => {
  const harness = harnessOf(t);
  await harness.attune('pack', 'lock', 'other');
  const locked = await harness.json('pack', 'sync');
  assert.deepEqual([locked.status, locked.document.lock_file], [0, 'attune.lock'], locked.document.error?.message);
  assert.deepEqual(await installedPacks(harness), ['other 1.0.0']);
  list(harness, 'packs: [other, base@1]\n');
  const listed = await harness.json('pack', 'sync');
  assert.deepEqual([listed.status, listed.document.lock_action], [0, 'written'], listed.document.error?.message);
  assert.deepEqual(await installedPacks(harness), ['base 1.1.0', 'other 1.0.0']);
});

test('sync: without a file, a working directory with neither of them exits 4', async (t) => {
  const harness = harnessOf(t);
  const { status, document } = await harness.json('pack', 'sync');
  assert.deepEqual([status, document.error.code], [4, 'NOT_FOUND_PATH']);
  assert.match(document.error.message, /neither a pack list 'attune\.packs\.yaml' nor a lock 'attune\.lock' in '/);
  assert.match(document.error.hint, /attune pack lock/);
});

/** Each way to write the range of a pack in a list, and the version that it resolves to. */
const ITEMS: readonly [item: string, version: string][] = [
  ['base', '2.0.0'],
  ['base@1', '1.1.0'],
  ['base@^1.0', '1.1.0'],
  ['"base@>=1,<2"', '1.1.0'],
  ['base@1.1.0', '1.1.0'],
  ['base@latest', '2.0.0'],
  ['{ ref: base }', '2.0.0'],
  ['{ ref: base, range: ">=1 <2" }', '1.1.0'],
  ['{ ref: base, range: "*" }', '2.0.0'],
];

test('sync: the items of a list are ref, ref@range or {ref, range}', async (t) => {
  const harness = harnessOf(t);
  for (const [item, version] of ITEMS) {
    rmSync(lockPath(harness), { force: true });
    list(harness, `packs:\n  - ${item}\n`);
    const { status, document } = await harness.json('pack', 'sync');
    assert.equal(status, 0, `${item}: ${document.error?.message}`);
    assert.deepEqual(await installedPacks(harness), [`base ${version}`], item);
  }
});

test('sync: the lock next to a list is used as it is if it fits, and is otherwise an error with --locked', async (t) => {
  const harness = harnessOf(t);
  mkdirSync(join(harness.directory, 'team'));
  const file = join('team', 'attune.packs.yaml');
  const lock = join(harness.directory, 'team', 'attune.lock');
  writeFileSync(join(harness.directory, file), 'packs: [base]\n');
  const missing = await harness.json('pack', 'sync', file, '--locked');
  assert.deepEqual([missing.status, missing.document.error.code], [4, 'NOT_FOUND_LOCK']);
  assert.deepEqual([existsSync(lock), existsSync(lockPath(harness))], [false, false]);
  // The newest version is 2.0.0, but a lock that fits decides.
  await harness.attune('pack', 'lock', 'base@1', '--output', lock);
  const before = readFileSync(lock);
  for (const flags of [['--locked'], []]) {
    const { status, document } = await harness.json('pack', 'sync', file, ...flags);
    assert.deepEqual([status, document.lock_action], [0, 'unchanged'], document.error?.message);
    assert.deepEqual(await installedPacks(harness), ['base 1.1.0']);
    assert.deepEqual(readFileSync(lock), before);
  }
  writeFileSync(join(harness.directory, file), 'packs: [base@2]\n');
  const stale = await harness.json('pack', 'sync', file, '--locked');
  assert.deepEqual([stale.status, stale.document.error.code], [3, 'INVALID_LOCK_STALE']);
  assert.deepEqual(readFileSync(lock), before);
  const written = await harness.json('pack', 'sync', file);
  assert.deepEqual([written.status, written.document.lock_action], [0, 'written']);
  assert.deepEqual(await installedPacks(harness), ['base 2.0.0']);
  assert.notDeepEqual(readFileSync(lock), before);
});
