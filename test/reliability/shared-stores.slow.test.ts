/** Stores that several users share, each with the program and real users. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Run } from '../support/attune.ts';
import { runDoctorAs } from '../support/doctor-report.ts';
import {
  ALICE,
  BOB,
  CAROL,
  createUsers,
  foreignEntries,
  listingOf,
  NEEDS_ROOT,
  ROOT,
  TEAM,
  type User,
} from '../support/users.ts';

const skip = NEEDS_ROOT;

/** Creates a data directory, and functions that run commands on it as a user. */
function createStore(t: TestContext, mode: number, owner: User, umask: string) {
  const users = createUsers(t);
  const data = users.directory('store', mode, owner);
  const attempt = (user: User, ...args: string[]) => users.run(user, { data, umask }, ...args);
  const succeed = async (user: User, ...args: string[]): Promise<Run> => {
    const run = await attempt(user, ...args);
    assert.equal(run.status, 0, `${args.join(' ')}: ${run.stderr}`);
    return run;
  };
  const doctor = (user: User, ...args: string[]) => runDoctorAs(users, user, { data, umask }, ...args);
  const installed = async (user: User) => {
    const { packs } = JSON.parse((await succeed(user, 'pack', 'list', '--json')).stdout) as {
      packs: readonly { ref: string; version: string }[];
    };
    return packs.map(({ ref, version }) => `${ref} ${version}`);
  };
  return { users, data, attempt, succeed, doctor, installed };
}

/** A data directory of a group: its entries get the group, and each member may change them. */
const createGroupStore = (t: TestContext) => createStore(t, 0o2775, { uid: 0, gid: TEAM }, '002');

test('group-shared store: two members take turns in changing it, and doctor has no complaint', { skip }, async (t) => {
  const { users, data, succeed, doctor, installed } = createGroupStore(t);
  await succeed(ALICE, 'pack', 'install', users.pack('core'));
  assert.deepEqual(await installed(BOB), ['core 1.0.0']);
  await succeed(BOB, 'pack', 'install', users.pack('app', '1.0.0', ['core']));
  await succeed(ALICE, 'pack', 'install', '--force', users.pack('core', '2.0.0'));
  await succeed(BOB, 'pack', 'rollback', 'core');
  await succeed(ALICE, 'pack', 'uninstall', 'app', '--yes');
  await succeed(BOB, 'db', 'backup');
  await succeed(ALICE, 'cache', 'prune', '--releases', '--envs');
  await succeed(BOB, 'pack', 'uninstall', 'core', '--yes');
  await succeed(ALICE, 'pack', 'install', users.pack('core'));
  for (const user of [ALICE, BOB, ROOT]) {
    const { status, problems, findings } = await doctor(user);
    assert.deepEqual([status, problems], [0, []]);
    assert.ok(findings.some(({ message }) => message.startsWith(`group ${TEAM} shares the store`)));
  }
  const ofOtherGroups = listingOf(data).filter((line) => !line.split(' ')[1]?.endsWith(`:${TEAM}`));
  assert.deepEqual(ofOtherGroups, [], 'all entries belong to the group');
});

test('group-shared store: a user outside of the group reads it and creates no file', { skip }, async (t) => {
  const { users, data, attempt, succeed, doctor, installed } = createGroupStore(t);
  await succeed(ALICE, 'pack', 'install', users.pack('core'), users.pack('app', '1.0.0', ['core']));
  const before = listingOf(data);
  assert.deepEqual(await installed(CAROL), ['app 1.0.0', 'core 1.0.0']);
  for (const args of ['pack show core', 'pack verify', 'pack history', 'pack tree', 'cache info']) {
    await succeed(CAROL, ...args.split(' '));
  }
  for (const args of [[], ['--fix']]) {
    const { status, problems } = await doctor(CAROL, ...args);
    assert.deepEqual([status, problems.map(({ check }) => check)], [0, ['permissions']]);
    assert.match(problems[0]?.remedy ?? '', new RegExp(`as a member of group ${TEAM}`));
  }
  const refused = await attempt(CAROL, 'pack', 'uninstall', 'app', '--yes');
  assert.equal(refused.status, 10);
  assert.match(refused.stderr, /writer\.lock': permission denied/);
  assert.deepEqual(listingOf(data), before);
  await succeed(BOB, 'pack', 'uninstall', 'app', '--yes');
});

test('group-shared store: doctor --fix repairs what a member created with umask 077', { skip }, async (t) => {
  const { users, data, attempt, succeed, doctor } = createGroupStore(t);
  const core = users.pack('core');
  assert.equal((await users.run(ALICE, { data, umask: '077' }, 'pack', 'install', core)).status, 0);
  const refused = await attempt(BOB, 'pack', 'install', users.pack('other'));
  assert.equal(refused.status, 10);
  assert.match(refused.stderr, /belongs to user 54321\. Find out who has to change what with: attune doctor/);
  const seen = await doctor(BOB, '--fix');
  assert.equal(seen.status, 10);
  assert.ok(seen.problems.some(({ remedy, fixable }) => !fixable && /user 54321.*chmod g\+rwX/.test(remedy ?? '')));
  assert.equal(
    (await doctor(ALICE)).problems.every(({ fixable }) => fixable),
    true,
  );
  assert.deepEqual((await doctor(ALICE, '--fix')).problems, []);
  await succeed(BOB, 'pack', 'install', '--force', users.pack('core', '2.0.0'));
});

test('index file: two members of a group edit it at the same time, and no edit is lost', { skip }, async (t) => {
  const users = createUsers(t);
  const directory = users.directory('indexes', 0o2775, { uid: 0, gid: TEAM });
  const index = join(directory, 'index.json');
  const update = (user: User, ref: string, ...flags: string[]) => {
    const source = [
      '--archive-url',
      `https://packs.example/${ref}.tgz`,
      '--archive-checksum',
      `sha256:${'0'.repeat(64)}`,
    ];
    const args = ['--index', index, users.pack(ref), ...source, ...flags];
    return users.run(user, { umask: '002' }, 'pack', 'index-update', ...args);
  };
  const first = await update(ALICE, 'core', '--create');
  assert.equal(first.status, 0, first.stderr);
  for (const { status, stderr } of await Promise.all([update(ALICE, 'app'), update(BOB, 'other')])) {
    assert.equal(status, 0, stderr);
  }
  const { packs } = JSON.parse(readFileSync(index, 'utf8')) as { packs: { ref: string }[] };
  assert.deepEqual(
    packs.map(({ ref }) => ref),
    ['app', 'core', 'other'],
  );
  assert.deepEqual(readdirSync(directory), ['index.json']);
});

test('sticky store: foreign leftovers are warnings that name the files, and block no command', { skip }, async (t) => {
  const { users, data, succeed, doctor } = createStore(t, 0o1777, ROOT, '000');
  await succeed(ALICE, 'pack', 'install', users.pack('core'));
  const [staging, release] = [join(data, 'staging', 'killed'), join(data, 'releases', 'gone')];
  users.shell(ROOT, `mkdir -p ${data}/envs; chmod 1777 ${data}/*/`);
  users.shell(
    BOB,
    `umask 077; mkdir -p ${staging} ${release}/1.0.0-abcdef/lib ${data}/envs/gone; touch ${staging}.lock`,
  );
  users.shell(BOB, `umask 022; mkdir -p ${data}/releases/open/1.0.0-abcdef/lib`);
  const other = users.pack('other');
  const { stderr } = await succeed(ALICE, 'pack', 'install', other);
  assert.match(stderr, /Warning: Cannot remove '.*releases\/open\/1\.0\.0-abcdef\/lib': .*attune doctor/);
  await succeed(ALICE, 'pack', 'list');
  await succeed(ALICE, 'cache', 'prune', '--releases', '--envs');
  await succeed(ALICE, 'pack', 'uninstall', 'other', '--yes');
  for (const args of [[], ['--fix']]) {
    const { status, problems } = await doctor(ALICE, ...args);
    assert.equal(status, 0);
    const [found] = problems.filter(({ message }) => message.includes('are in use'));
    assert.deepEqual(found?.items, [staging, release]);
    assert.match(found?.remedy ?? '', /as root or user 54322, run: attune doctor --fix/);
    assert.ok(problems.some(({ items }) => items.some((item) => item.startsWith(join(data, 'releases', 'open')))));
  }
  await doctor(ROOT, '--fix');
  assert.deepEqual(
    listingOf(data).filter((line) => /killed|releases\/(gone|open)/.test(line)),
    [],
  );
});

test('sticky store: a link that only its owner can replace is named before anything changes', { skip }, async (t) => {
  const { users, data, attempt, succeed, doctor, installed } = createStore(t, 0o1777, ROOT, '000');
  await succeed(ALICE, 'pack', 'install', users.pack('core'));
  users.shell(ROOT, `chmod 1777 ${data}/packs`);
  const refused = await attempt(BOB, 'pack', 'install', '--force', users.pack('core', '2.0.0'));
  assert.equal(refused.status, 10);
  assert.match(refused.stderr, /Cannot replace the link '.*packs\/core': it belongs to user 54321/);
  assert.deepEqual(await installed(BOB), ['core 1.0.0']);
  const { stderr } = await succeed(BOB, 'pack', 'uninstall', 'core', '--yes');
  assert.match(stderr, /Warning: Cannot remove '.*packs\/core'/);
  const { problems } = await doctor(BOB);
  assert.ok(problems.some(({ remedy }) => /As root or user 54321, run: rm -rf .*packs\/core/.test(remedy ?? '')));
  await succeed(ALICE, 'pack', 'list');
  assert.ok(!listingOf(data).some((line) => line.includes('packs/core')), 'the next command of the owner removes it');
});

for (const [umask, file, directory] of [
  ['077', 0o600, 0o700],
  ['022', 0o644, 0o755],
  ['002', 0o664, 0o775],
] as const) {
  test(`umask ${umask}: the database, the lock and the directories of a new store follow it`, { skip }, async (t) => {
    const users = createUsers(t);
    const [home, data] = [users.directory('parent', 0o755, ALICE), join(users.root, 'parent', 'data')];
    const run = await users.run(ALICE, { data, umask }, 'pack', 'install', users.pack('core'));
    assert.equal(run.status, 0, run.stderr);
    const modeOf = (path: string) => statSync(join(data, path)).mode & 0o777;
    for (const path of ['attune.db', 'writer.lock']) assert.equal(modeOf(path), file, path);
    for (const path of ['.', 'packs', 'releases', 'releases/core', 'staging'])
      assert.equal(modeOf(path), directory, path);
    assert.deepEqual(foreignEntries(home, ALICE), []);
    rmSync(data, { recursive: true });
  });
}
