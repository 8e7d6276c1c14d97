import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemEnvironment } from '../../../src/platform/environment.ts';
import { updateFile } from '../../../src/platform/locks/update-file.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { type CliHarness, createCliHarness, namesOf } from '../../support/cli.ts';
import { writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.2.0' },
  { ref: 'base', version: '1.1.0' },
  { ref: 'middle', dependencies: ['base@^1', 'base<1.3'] },
  { ref: 'top', dependencies: ['middle'] },
  { ref: 'other' },
]);

function harnessWithRegistry(t: Parameters<typeof createCliHarness>[0]): CliHarness {
  return createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
}

const read = ({ directory }: CliHarness, name = 'attune.lock') => readFileSync(join(directory, name), 'utf8');

test('lock: the installed packs are locked with their dependencies and requested marks', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'middle');
  const { status, document } = await harness.json('pack', 'lock');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(Object.keys(document), ['success', 'lock_file', 'packs', 'action', 'warnings']);
  assert.deepEqual([document.lock_file, document.action, document.warnings], ['attune.lock', 'written', []]);
  const { document: base } = await harness.json('pack', 'show', 'base');
  const lock = JSON.parse(read(harness));
  assert.deepEqual(lock, { lock_version: 1, packs: document.packs });
  assert.deepEqual(lock.packs[0], {
    ref: 'base',
    version: '1.2.0',
    checksum: base.checksum,
    requested: false,
    dependencies: [],
  });
  assert.deepEqual(lock.packs[1].dependencies, ['base@^1, <1.3']);
  assert.equal(lock.packs[1].requested, true);
  assert.match(read(harness), /^\{\n {2}"lock_version": 1,\n {2}"packs": \[\n/);
  assert.ok(read(harness).endsWith(']\n}\n'));
});

test('lock: contains nothing specific to the machine', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'middle');
  await harness.attune('pack', 'lock');
  assert.doesNotMatch(read(harness), /file:|http|archive|index-1|20\d\d-|tester|\/tmp/);
});

test('lock: the same packs give the same bytes, regardless of how they were installed', async (t) => {
  const [one, other, third] = [harnessWithRegistry(t), harnessWithRegistry(t), harnessWithRegistry(t)];
  for (const ref of ['other', 'base@1.2.0', 'middle']) await one.attune('pack', 'install', ref);
  for (const ref of ['middle', 'other']) await other.attune('pack', 'install', ref);
  await other.attune('pack', 'install', 'base@1.2.0', '--force');
  for (const harness of [one, other]) assert.equal((await harness.attune('pack', 'lock')).status, 0);
  await third.attune('pack', 'lock', 'other', 'middle', 'base@1.2.0');
  assert.equal(read(one), read(other));
  assert.equal(read(one), read(third));
});

test('lock: an up-to-date lock is not written again', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'middle');
  await harness.attune('pack', 'lock');
  const before = statSync(join(harness.directory, 'attune.lock'), { bigint: true });
  const { document } = await harness.json('pack', 'lock');
  assert.equal(document.action, 'unchanged');
  const now = statSync(join(harness.directory, 'attune.lock'), { bigint: true });
  assert.deepEqual([now.ino, now.mtimeNs], [before.ino, before.mtimeNs]);
});

test('lock: references and pack lists are locked without installation, and matching locked versions are kept', async (t) => {
  const harness = harnessWithRegistry(t);
  writeFiles(harness.directory, { 'attune.packs.yaml': 'packs:\n  - other\n  - { ref: base, range: ">=1,<1.2" }\n' });
  const first = await harness.json('pack', 'lock', 'attune.packs.yaml');
  assert.deepEqual(namesOf(first.document.packs), ['base 1.1.0', 'other 1.0.0']);
  writeFiles(harness.directory, { 'attune.packs.yaml': 'packs: [other, base@1, top]\n' });
  const updated = await harness.json('pack', 'lock', 'attune.packs.yaml');
  assert.deepEqual(namesOf(updated.document.packs), ['base 1.1.0', 'middle 1.0.0', 'other 1.0.0', 'top 1.0.0']);
  const upgraded = await harness.json('pack', 'lock', 'attune.packs.yaml', '--upgrade');
  assert.deepEqual(namesOf(upgraded.document.packs), ['base 1.2.0', 'middle 1.0.0', 'other 1.0.0', 'top 1.0.0']);
  assert.deepEqual(
    upgraded.document.packs.map(({ requested }: { requested: boolean }) => requested),
    [true, false, true, true],
  );
  assert.deepEqual((await harness.json('pack', 'list')).document.packs, []);
});

test('lock: --check exits 3 if the lock is out of date, and writes nothing', async (t) => {
  const harness = harnessWithRegistry(t);
  const missing = await harness.json('pack', 'lock', 'base@^1', '--check');
  assert.deepEqual([missing.status, missing.document.error.code], [3, 'INVALID_LOCK_STALE']);
  assert.ok(!existsSync(join(harness.directory, 'attune.lock')));
  await harness.attune('pack', 'lock', 'base@^1');
  assert.equal((await harness.attune('pack', 'lock', 'base@^1', '--check')).status, 0);
  const before = read(harness);
  const { status, document } = await harness.json('pack', 'lock', 'base@2', 'other', '--check');
  assert.equal(status, 3);
  assert.deepEqual(document.error.details.differences.toSorted(), [
    'base would change from 1.2.0 to 2.0.0',
    'other 1.0.0 would be added',
  ]);
  assert.equal(read(harness), before);
});

test('lock: a pack from a path is locked by its checksum, with a warning', async (t) => {
  const harness = harnessWithRegistry(t);
  writeFiles(join(harness.directory, 'mine'), { 'pack.yaml': 'ref: mine\nversion: 1.0.0\n' });
  await harness.attune('pack', 'install', './mine');
  const { status, document } = await harness.json('pack', 'lock');
  assert.equal(status, 0);
  assert.match(document.warnings.join(), /'mine' was installed from a directory, which a lock cannot identify/);
});

test('lock: unsatisfied dependencies exit 6 and are listed', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'middle', 'top', '--skip-deps');
  await harness.attune('pack', 'install', 'base@2.0.0', '--skip-deps', '--force');
  const { status, document } = await harness.json('pack', 'lock');
  assert.deepEqual([status, document.error.code], [6, 'DEPENDENCY_NOT_LOCKED']);
  assert.match(document.error.message, /middle 1\.0\.0 needs base \^1, <1\.3, but base is 2\.0\.0/);
  assert.ok(!existsSync(join(harness.directory, 'attune.lock')));
});

const REFUSALS: { title: string; args: string[]; status: number; message: RegExp }[] = [
  { title: 'a path', args: ['./x'], status: 2, message: /is a path or a URL/ },
  {
    title: 'a pack named twice',
    args: ['base', 'base@1'],
    status: 2,
    message: /More than one SOURCE refers to the pack 'base'/,
  },
  { title: 'a missing pack list', args: ['none.yaml'], status: 4, message: /no file 'none\.yaml'/ },
  { title: 'a pack that no registry has', args: ['nothing'], status: 4, message: /no pack 'nothing'/ },
  { title: 'a missing output directory', args: ['base', '--output', 'no/where.lock'], status: 4, message: /no/ },
];

test('lock: invalid requests are refused, and nothing is written', async (t) => {
  const harness = harnessWithRegistry(t);
  for (const { title, args, status, message } of REFUSALS) {
    const run = await harness.json('pack', 'lock', ...args);
    assert.equal(run.status, status, `${title}: ${run.document.error?.message}`);
    assert.match(run.document.error.message, message, title);
    assert.ok(!existsSync(join(harness.directory, 'attune.lock')), title);
  }
});

test('lock: a lock with merge conflict markers is reported by sync and rewritten by lock', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'base@^1');
  const valid = read(harness);
  const conflict = valid.replace(
    /^.*"version".*\n/m,
    (line) => `<<<<<<< HEAD\n${line}=======\n${line}>>>>>>> theirs\n`,
  );
  writeFileSync(join(harness.directory, 'attune.lock'), conflict);
  const { status, document } = await harness.json('pack', 'sync', 'attune.lock');
  assert.deepEqual([status, document.error.code], [3, 'INVALID_LOCK']);
  assert.match(document.error.message, /attune\.lock:6:1: '<<<<<<< HEAD' is a git merge conflict marker/);
  assert.match(document.error.hint, /git checkout --ours/);
  const again = await harness.json('pack', 'lock', 'base@^1');
  assert.equal(again.status, 0);
  assert.match(again.document.warnings.join(), /cannot be read; its versions are ignored/);
  assert.equal(read(harness), valid);
  rmSync(join(harness.directory, 'attune.lock'));
});

test('lock: another process that writes the lock file is waited for until --lock-timeout', async (t) => {
  const harness = harnessWithRegistry(t);
  const tools = { clock: systemClock, environment: systemEnvironment(), reporter: silentReporter, lockTimeoutMs: 0 };
  const edit = async () => {
    const { status, document } = await harness.json('pack', 'lock', 'other', '--lock-timeout', '0');
    assert.deepEqual([status, document.error.code], [10, 'STORE_LOCKED']);
    const holder = new RegExp(`^Another attune is writing to 'attune\\.lock' \\(process ${process.pid} on `);
    assert.match(document.error.message, holder);
    return { content: undefined, result: undefined };
  };
  await updateFile(join(harness.directory, 'attune.lock'), edit, { name: 'attune.lock' }, tools);
  const { status, document } = await harness.json('pack', 'lock', 'other', '--lock-timeout', '0');
  assert.deepEqual([status, document.action], [0, 'written']);
});
