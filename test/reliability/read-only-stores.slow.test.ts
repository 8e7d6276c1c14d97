/** Data and cache directories that this user, or every user, can only read. */
import assert from 'node:assert/strict';
import { chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { runDoctorAs } from '../support/doctor-report.ts';
import { bytes, servedFile, startHttpServer } from '../support/http/server.ts';
import { entryOf, indexOf } from '../support/registry/index.ts';
import { packArchive, packFiles, sha256Of } from '../support/registry/server.ts';
import {
  ALICE,
  CAROL,
  createUsers,
  listingOf,
  NEEDS_ROOT,
  needsMount,
  ROOT,
  type RunOptions,
  type User,
} from '../support/users.ts';

const NO_MOUNT = needsMount();

/** Kinds of read-only stores. Each function makes a store of Alice read-only and returns the options for its commands. */
const STORES: readonly {
  readonly claim: string;
  readonly skip: string | false;
  readonly user: User;
  readonly reason: RegExp;
  readonly remedy: RegExp;
  options(data: string, shell: (user: User, script: string) => void): RunOptions;
}[] = [
  {
    claim: 'of another user',
    skip: NEEDS_ROOT,
    user: CAROL,
    reason: /permission denied/,
    remedy: /run attune as user 54321, or choose another data directory/,
    options: (data) => ({ data }),
  },
  {
    claim: 'without write permission',
    skip: NEEDS_ROOT,
    user: ALICE,
    reason: /permission denied/,
    remedy: /run: chmod -R u\+w/,
    options: (data, shell) => {
      shell(ROOT, `chmod -R a-w ${data}`);
      return { data };
    },
  },
  ...[ALICE, ROOT].map((user) => ({
    claim: `on a read-only file system, for ${user === ROOT ? 'root' : 'its owner'}`,
    skip: NO_MOUNT,
    user,
    reason: /the file system is read-only/,
    remedy: /choose another data directory with --data-dir or ATTUNE_DATA_DIR/,
    options: (data: string) => ({ data, readOnly: data }),
  })),
];

const READERS = [
  'pack list',
  'pack show core',
  'pack verify',
  'pack history',
  'pack tree',
  'cache info',
  'pack test core',
];
const WRITERS = ['pack install packs/other-1.0.0', 'pack uninstall app --yes', 'pack pin core', 'db backup'];

for (const { claim, skip, user, reason, remedy, options } of STORES) {
  test(`store ${claim}: packs can be read, changes exit 10, and nothing is created`, { skip }, async (t) => {
    const users = createUsers(t);
    const data = users.directory('store', 0o755, ALICE);
    const created = await users.run(
      ALICE,
      { data },
      'pack',
      'install',
      users.pack('core'),
      users.pack('app', '1.0.0', ['core']),
    );
    assert.equal(created.status, 0, created.stderr);
    users.pack('other');
    const choice = options(data, users.shell);
    const before = listingOf(data);
    const run = (line: string) => users.run(user, choice, ...line.split(' '));
    for (const line of READERS) {
      const { status, stderr } = await run(line);
      assert.equal(status, 0, `${line}: ${stderr}`);
    }
    for (const line of WRITERS) {
      const { status, stderr } = await run(line);
      assert.equal(status, 10, line);
      assert.match(stderr, new RegExp(`Error: Cannot .*'${data}/[^']*': ${reason.source}\\.\nHint: `), line);
    }
    for (const line of ['pack install packs/other-1.0.0 --dry-run', 'pack uninstall app --dry-run']) {
      assert.equal((await run(line)).status, 0, line);
    }
    for (const args of [[], ['--fix']]) {
      const { status, problems } = await runDoctorAs(users, user, choice, ...args);
      assert.equal(status, 0);
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? '', /is read-only for this user.*can be listed, verified and tested/);
      assert.match(problems[0]?.remedy ?? '', remedy);
    }
    assert.deepEqual(listingOf(data), before);
  });
}

/** Leaves a database and its journal as a writer does that is killed after it has written a part of its transaction. */
function interruptWrite(database: string): void {
  const paths = [database, `${database}-journal`];
  const connection = new Database(database);
  connection.exec('PRAGMA cache_size = 5; BEGIN IMMEDIATE; CREATE TABLE unfinished (content BLOB)');
  for (let row = 0; row < 200; row++) connection.exec('INSERT INTO unfinished VALUES (randomblob(4000))');
  const contents = paths.map((path) => readFileSync(path));
  connection.close();
  paths.forEach((path, at) => {
    writeFileSync(path, contents[at]!);
    chownSync(path, ALICE.uid, ALICE.gid);
  });
}

test('store with the journal of a killed writer: only a user with write permission can read it, and repairs it', {
  skip: NEEDS_ROOT,
}, async (t) => {
  const users = createUsers(t);
  const data = users.directory('store', 0o755, ALICE);
  const run = (user: User, ...args: string[]) => users.run(user, { data }, ...args);
  assert.equal((await run(ALICE, 'pack', 'install', users.pack('core'))).status, 0);
  interruptWrite(join(data, 'attune.db'));
  const { status, stderr } = await run(CAROL, 'pack', 'list');
  assert.equal(status, 10);
  assert.match(stderr, /the journal '.*attune\.db-journal' can only be processed by a user with write permission/);
  assert.match(stderr, /Hint: Run attune once as the owner of '.*store'/);
  assert.match((await run(ALICE, 'pack', 'list')).stdout, /^core +1\.0\.0/m);
  assert.match((await run(CAROL, 'pack', 'list')).stdout, /^core +1\.0\.0/m);
  assert.deepEqual(
    readdirSync(data).filter((name) => name.endsWith('-journal')),
    [],
  );
});

/** Fills the cache of Alice from a registry. @returns the options for commands that use it */
async function fillCache(t: TestContext) {
  const users = createUsers(t);
  const archive = packArchive(packFiles({ ref: 'demo' }));
  const server = await startHttpServer(t, {
    '/index.json': (...args) => index(...args),
    '/demo.tgz': bytes(archive),
  });
  const source = { type: 'archive', url: server.url('/demo.tgz'), checksum: sha256Of(archive) };
  const content = Buffer.from(JSON.stringify(indexOf(entryOf('demo', { install_sources: [source] }))));
  const index = servedFile({ content, headers: {} });
  const cache = users.directory('cache', 0o755, ALICE);
  const options = (name: string): RunOptions => ({
    data: users.directory(name, 0o755, ALICE),
    variables: { ATTUNE_CACHE_DIR: cache, ATTUNE_REGISTRY_INDICES: server.url('/index.json') },
  });
  const { status, stderr } = await users.run(ALICE, options('one'), 'pack', 'install', 'demo');
  assert.equal(status, 0, stderr);
  return { users, cache, options };
}

for (const [claim, skip, mounted] of [
  ['without write permission', NEEDS_ROOT, false],
  ['on a read-only file system', NO_MOUNT, true],
] as const) {
  test(`cache ${claim}: --offline searches and installs from it, and creates no file`, { skip }, async (t) => {
    const { users, cache, options } = await fillCache(t);
    if (!mounted) users.shell(ROOT, `chmod -R a-w ${cache}`);
    const choice = { ...options('two'), ...(mounted ? { readOnly: cache } : {}) };
    // The owner of a file can record its last use even without write permission.
    const entries = () => listingOf(cache).map((line) => line.replace(/ \S+$/, ''));
    const before = entries();
    for (const line of ['pack search demo', 'pack install demo', 'pack outdated', 'registry list', 'cache info']) {
      const { status, stderr } = await users.run(ALICE, choice, ...line.split(' '), '--offline');
      assert.equal(status, 0, `${line}: ${stderr}`);
    }
    assert.deepEqual(readdirSync(join(users.root, 'two', 'packs')), ['demo']);
    const { status, problems } = await runDoctorAs(users, ALICE, choice);
    assert.equal(status, 0, JSON.stringify(problems));
    assert.deepEqual(entries(), before);
  });
}
