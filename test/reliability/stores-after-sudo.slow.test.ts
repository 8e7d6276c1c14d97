/** A store of one user in which root ran a command, as with `sudo attune`. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runDoctorAs } from '../support/doctor-report.ts';
import { ALICE, createUsers, foreignEntries, NEEDS_ROOT, ROOT, type User } from '../support/users.ts';

const skip = NEEDS_ROOT;

/** Creates a store of Alice with the pack `core`. Root runs commands with her home directory, as `sudo` does by default. */
async function createStore(t: TestContext) {
  const users = createUsers(t);
  const data = join(users.directory('home', 0o755, ALICE), 'data');
  const options = { data, variables: { HOME: join(users.root, 'home') } };
  const run = (user: User, ...args: string[]) => users.run(user, options, ...args);
  const doctor = (user: User, ...args: string[]) => runDoctorAs(users, user, options, ...args);
  const { status, stderr } = await run(ALICE, 'pack', 'install', users.pack('core'));
  assert.equal(status, 0, stderr);
  return { users, data, run, doctor };
}

test('sudo attune: no command of root leaves a file of root in the store or the home of the user', {
  skip,
}, async (t) => {
  const { users, data, run, doctor } = await createStore(t);
  for (const args of [
    ['pack', 'list'],
    ['pack', 'install', users.pack('app', '1.0.0', ['core'])],
    ['pack', 'install', '--force', users.pack('core', '2.0.0')],
    ['pack', 'rollback', 'core'],
    ['db', 'backup'],
    ['doctor', '--offline', '--fix'],
  ]) {
    const { status, stderr } = await run(ROOT, ...args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    // The check of runtimes runs go, which creates telemetry files.
    const foreign = foreignEntries(join(data, '..'), ALICE).filter((path) => !/^\.config(\/go|$)/.test(path));
    assert.deepEqual(foreign, [], args.join(' '));
  }
  assert.deepEqual((await doctor(ALICE)).problems, []);
  assert.equal((await run(ALICE, 'pack', 'uninstall', 'app', '--yes')).status, 0);
});

test('sudo attune: the first command in a home directory creates a store of the user', { skip }, async (t) => {
  const users = createUsers(t);
  const home = users.directory('home', 0o755, ALICE);
  const options = { variables: { HOME: home } };
  assert.equal((await users.run(ROOT, options, 'pack', 'install', users.pack('core'))).status, 0);
  assert.deepEqual(foreignEntries(home, ALICE), []);
  assert.equal((await users.run(ALICE, options, 'pack', 'uninstall', 'core', '--yes')).status, 0);
});

/** Files of root, as earlier versions of attune left them. */
const ROWS: readonly {
  readonly claim: string;
  /** Relative to the data directory. */
  readonly paths: readonly string[];
  /** A command that the files prevent, and the path that its message names. */
  readonly refused?: readonly [path: string, ...args: string[]];
  /** Who can repair the store with `doctor --fix`. */
  readonly repairedBy: User;
}[] = [
  {
    claim: 'the writer lock',
    paths: ['writer.lock'],
    refused: ['writer.lock', 'pack', 'pin', 'core'],
    repairedBy: ALICE,
  },
  { claim: 'the database', paths: ['attune.db'], refused: ['attune.db', 'pack', 'pin', 'core'], repairedBy: ALICE },
  { claim: 'a link and the note of a writer', paths: ['packs/core', 'writer.json'], repairedBy: ALICE },
  { claim: 'the files of a release', paths: ['releases/core/*'], repairedBy: ROOT },
  {
    claim: 'the directories',
    paths: ['packs', 'releases', 'staging'],
    refused: ['staging', 'pack', 'install', 'packs/core-2.0.0', '--force'],
    repairedBy: ROOT,
  },
];

for (const { claim, paths, refused, repairedBy } of ROWS) {
  const who = repairedBy === ROOT ? 'root' : 'the user';
  test(`files of root: ${claim} can be read, is reported by doctor, and repaired by ${who}`, { skip }, async (t) => {
    const { users, data, run, doctor } = await createStore(t);
    users.pack('core', '2.0.0');
    users.shell(ROOT, `cd ${data}; touch writer.json; chown 54321:54321 writer.json; chown -hR 0:0 ${paths.join(' ')}`);
    for (const command of ['list', 'verify']) assert.equal((await run(ALICE, 'pack', command)).status, 0, command);
    if (refused !== undefined) {
      const [path, ...args] = refused;
      const { status, stderr } = await run(ALICE, ...args);
      assert.equal(status, 10, stderr);
      const file = join(data, path);
      assert.ok(stderr.includes(`'${file}' belongs to root, as after a command with sudo.`), stderr);
      assert.ok(stderr.includes(`run: sudo chown -hR 54321:54321 ${file}`), stderr);
    }
    const { problems } = await doctor(ALICE);
    const named = problems.flatMap(({ items }) => items);
    for (const path of paths)
      assert.ok(
        named.some((item) => item.startsWith(join(data, path.replace('/*', '')))),
        path,
      );
    if (repairedBy === ROOT) {
      const { problems: left } = await doctor(ALICE, '--fix');
      assert.ok(left.every(({ remedy, fixable }) => !fixable && /As root, run: chown -hR 54321:/.test(remedy ?? '')));
    }
    const repaired = await doctor(repairedBy, '--fix');
    assert.deepEqual([repaired.status, repaired.problems], [0, []]);
    assert.deepEqual(foreignEntries(data, ALICE), []);
    const changed = await run(ALICE, 'pack', 'install', 'packs/core-2.0.0', '--force');
    assert.equal(changed.status, 0, changed.stderr);
  });
}

test('files of root: a release that the user cannot remove is a warning', { skip }, async (t) => {
  const { users, data, run, doctor } = await createStore(t);
  users.shell(ROOT, `chown -R 0:0 ${data}/releases/core`);
  const { status, stderr } = await run(ALICE, 'pack', 'uninstall', 'core', '--yes');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /Warning: Cannot remove '.*releases\/core\/1\.0\.0-\w+.*': permission denied.*attune doctor/);
  assert.equal((await run(ALICE, 'pack', 'install', users.pack('other'))).status, 0);
  const found = await doctor(ALICE, '--fix');
  assert.equal(found.status, 0, 'what remains is a warning');
  assert.ok(found.problems.some(({ remedy }) => /As root, run: rm -rf .*releases\/core/.test(remedy ?? '')));
  assert.deepEqual((await doctor(ROOT, '--fix')).problems, []);
});
