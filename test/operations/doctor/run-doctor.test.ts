import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { judgeFileSystem, judgeSpace } from '../../../src/operations/doctor/checks/disk.ts';
import { type DoctorReport, examineAll } from '../../../src/operations/doctor/run-doctor.ts';
import { nameOf } from '../../../src/platform/files/filesystem-info.ts';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { layoutOf } from '../../../src/store/layout.ts';
import { acquireWriterLock } from '../../../src/store/writer-lock.ts';
import { contentsOf } from '../../support/cli.ts';
import { type DirectHarness, directHarness } from '../../support/direct-runtime.ts';
import { answer, bytes, startHttpServer } from '../../support/http/server.ts';
import { packFiles } from '../../support/registry/server.ts';
import { install, openStore, writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { unprivileged } from '../../support/unprivileged.ts';

/** Two versions of core, the second installed, and net. */
async function harnessOf(t: TestContext): Promise<DirectHarness> {
  const harness = directHarness(t, temporaryDirectory(t));
  using store = openStore(harness.data);
  await install(store, 'core', '1.0.0');
  await install(store, 'core', '2.0.0');
  await install(store, 'net', '1.0.0');
  return harness;
}

function examineHarness(
  harness: DirectHarness,
  options: { fix?: boolean; offline?: boolean } = {},
): Promise<DoctorReport> {
  const { fix = false, offline = false } = options;
  return examineAll({ fix, offline }, harness.runtime({ offline }));
}

/** `check status code`, with a `*` where --fix would put it right: what is not in order. */
function troubles({ findings }: DoctorReport): string[] {
  return findings
    .filter(({ status }) => status !== 'ok')
    .map(
      ({ check, status, code, fixable }) =>
        `${check} ${status}${code === null ? '' : ` ${code}`}${fixable ? ' *' : ''}`,
    );
}

function inDatabase({ data }: DirectHarness, sql: string): void {
  const database = new Database(join(data, 'attune.db'));
  database.unsafeMode();
  database.exec(`PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON; ${sql}`);
  database.close();
}

test('where all is in order every check says so, and nothing is changed', async (t) => {
  const harness = await harnessOf(t);
  const before = contentsOf(harness.data);
  const report = await examineHarness(harness);
  assert.deepEqual(troubles(report), []);
  assert.deepEqual(
    report.findings.map(({ check }) => check),
    [
      'versions',
      'configuration',
      'database',
      'links',
      'releases',
      'leftovers',
      'disk',
      'file_system',
      'permissions',
      'cache',
      'runtimes',
      'registries',
      'clock',
    ],
  );
  assert.deepEqual([report.ok, report.errors, report.warnings, report.fixed], [true, 0, 0, []]);
  assert.equal(report.versions.node, process.versions.node);
  assert.match(report.versions.sqlite, /^3\./);
  const withoutLog = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).filter(([path]) => !/^attune\.db-/.test(path)));
  assert.deepEqual(withoutLog(contentsOf(harness.data)), withoutLog(before));
});

test('a machine on which nothing was installed yet is in order, and nothing is made on it', async (t) => {
  const harness = directHarness(t, temporaryDirectory(t));
  for (const place of [harness.data, harness.cache, harness.config]) rmSync(place, { recursive: true });
  assert.deepEqual(troubles(await examineHarness(harness, { fix: true })), []);
  assert.equal(existsSync(harness.data), false);
});

interface Row {
  readonly claim: string;
  readonly damage: (harness: DirectHarness) => void;
  /** What is found, and what of it is still there after `--fix`. */
  readonly found: readonly string[];
  readonly left?: readonly string[];
  /** Of one of the findings. */
  readonly says?: RegExp;
}

const ROWS: readonly Row[] = [
  {
    claim: 'a link that leads out of the store',
    damage: ({ data }) => {
      rmSync(join(data, 'packs/net'));
      symlinkSync('/tmp', join(data, 'packs/net'));
    },
    found: ['links error INTEGRITY_LINK *'],
    says: /packs\/net' leads to '\/tmp'/,
  },
  {
    claim: 'a link that is gone',
    damage: ({ data }) => rmSync(join(data, 'packs/net')),
    found: ['links warning *'],
  },
  {
    claim: 'a directory in the place of a link',
    damage: ({ data }) => {
      rmSync(join(data, 'packs/net'));
      mkdirSync(join(data, 'packs/net'));
    },
    found: ['links error STORE_PLACE_TAKEN'],
    left: ['links error STORE_PLACE_TAKEN'],
  },
  {
    claim: 'the files of an installed release are gone',
    damage: ({ data }) => rmSync(join(data, 'releases/net'), { recursive: true }),
    found: ['releases error INTEGRITY_RELEASE'],
    left: ['releases error INTEGRITY_RELEASE'],
    says: /attune pack repair net$/,
  },
  {
    claim: 'the files of a kept release are gone',
    damage: ({ data }) => {
      const kept = readdirSync(join(data, 'releases/core')).find((name) => name.startsWith('1.0.0'));
      rmSync(join(data, 'releases/core', kept ?? ''), { recursive: true });
    },
    found: ['releases warning'],
    left: ['releases warning'],
  },
  {
    claim: 'what killed commands left',
    damage: ({ data }) => {
      writeFiles(data, { 'releases/zed/1.0.0-0123456789ab/pack.yaml': 'x', 'staging/dead/1/pack.yaml': 'x' });
      symlinkSync('../releases/zed/1.0.0-0123456789ab', join(data, 'packs/zed'));
    },
    found: ['leftovers warning *'],
    says: /releases\/zed\/1\.0\.0-0123456789ab\n.*packs\/zed\n.*staging\/dead/s,
  },
  {
    claim: 'environments of packs that are not installed are left to who made them',
    damage: ({ data }) => writeFiles(data, { 'envs/zed/x/y': '', 'envs/net/x/y': '' }),
    found: ['leftovers warning'],
    left: ['leftovers warning'],
    says: /envs\/zed\n/,
  },
  {
    claim: 'a damaged database',
    damage: ({ data }) => writeFileSync(join(data, 'attune.db'), 'rubbish'.repeat(2000)),
    found: ['database error STORE_CORRUPT *'],
    says: /not an SQLite database/,
  },
  {
    claim: 'a lost database',
    damage: ({ data }) => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `attune.db${suffix}`), { force: true });
    },
    found: ['database error STORE_LOST *'],
  },
  {
    claim: 'rows that belong to nothing',
    damage: (harness) => inDatabase(harness, "INSERT INTO file VALUES (4711, 'x', 1, 'x', 420)"),
    found: ['database error STORE_CORRUPT *'],
    says: /'file'/,
  },
  {
    claim: 'a database that a newer attune wrote',
    damage: (harness) => inDatabase(harness, `PRAGMA user_version = ${MIGRATIONS.length + 1}`),
    found: ['database error STORE_TOO_NEW'],
    left: ['database error STORE_TOO_NEW'],
  },
  {
    claim: 'the database of another program',
    damage: (harness) => inDatabase(harness, 'PRAGMA application_id = 7'),
    found: ['database error STORE_FOREIGN_DATABASE'],
    left: ['database error STORE_FOREIGN_DATABASE'],
  },
  {
    claim: 'places that other users may write to',
    damage: ({ data, cache }) => {
      chmodSync(data, 0o777);
      chmodSync(cache, 0o775);
    },
    found: ['permissions warning *', 'permissions warning *'],
  },
  {
    claim: 'a configuration with a token that everybody may read',
    damage: ({ config }) => {
      writeFileSync(join(config, 'config.yaml'), CONFIG('{ Authorization: "Bearer abc" }'), { mode: 0o644 });
    },
    found: ['permissions warning *'],
    says: /chmod 0600/,
  },
  {
    claim: 'a configuration that is no configuration',
    damage: ({ config }) => writeFileSync(join(config, 'config.yaml'), 'nope: 1\nkeep_release: 2\n'),
    found: ['configuration error INVALID_CONFIG'],
    left: ['configuration error INVALID_CONFIG'],
    says: /config\.yaml:1:1 nope.*\n.*config\.yaml:2:1 keep_release/s,
  },
  {
    claim: 'a history that goes on in the future',
    damage: (harness) => inDatabase(harness, "UPDATE event SET at = '2099-01-01T00:00:00.000Z' WHERE id = 1"),
    found: ['clock warning'],
    left: ['clock warning'],
    says: /2099/,
  },
];

const CONFIG = (headers: string) =>
  `pack_registry:\n  indices:\n    - { name: main, url: "https://packs.example/i.json", enabled: false, headers: ${headers} }\n`;

for (const { claim, damage, found, left = [], says } of ROWS) {
  test(`found, and mended where that can be: ${claim}`, { skip: process.platform === 'win32' }, async (t) => {
    const harness = await harnessOf(t);
    damage(harness);
    const report = await examineHarness(harness);
    assert.deepEqual(troubles(report), found);
    const text = report.findings.map(({ message, items, remedy }) => [message, ...items, remedy].join('\n')).join('\n');
    if (says) assert.match(text, new RegExp(says.source, `${says.flags}m`));
    for (const { status, remedy, check } of report.findings)
      if (status !== 'ok') assert.ok(remedy, `${check} has no remedy`);
    const after = await examineHarness(harness, { fix: true });
    assert.deepEqual(troubles(after), left);
    assert.equal(after.fixed.length, found.filter((line) => line.endsWith('*')).length, after.fixed.join('\n'));
    assert.deepEqual(after.not_fixed, []);
    if (left.length === 0) assert.deepEqual(troubles(await examineHarness(harness)), [], 'and stays so');
  });
}

test('a rebuilt database has the packs again, and the damaged file is kept', async (t) => {
  const harness = await harnessOf(t);
  writeFileSync(join(harness.data, 'attune.db'), 'rubbish');
  const { fixed } = await examineHarness(harness, { fix: true });
  const [, aside] = /The old one is '(.*)'/.exec(fixed.join('\n')) ?? [];
  assert.equal(readFileSync(aside ?? '', 'utf8'), 'rubbish');
  assert.deepEqual(
    [...(await harness.runtime().store()).versions()],
    [
      ['core', '2.0.0'],
      ['net', '1.0.0'],
    ],
  );
});

test('a data directory that is a file is no place for packs', async (t) => {
  const harness = directHarness(t, temporaryDirectory(t));
  rmSync(harness.data, { recursive: true });
  writeFileSync(harness.data, '');
  assert.deepEqual(troubles(await examineHarness(harness)), ['permissions error STORE_PATH']);
});

test('a data directory that may only be read is told, and looked at all the same', {
  skip: process.platform === 'win32',
}, async (t) => {
  const harness = await harnessOf(t);
  chmodSync(join(harness.data, '..'), 0o755);
  chmodSync(harness.data, 0o555);
  const report = await unprivilegedly(() => examineHarness(harness));
  chmodSync(harness.data, 0o755);
  // Root that calls itself somebody else is still asked as root whether it may write: it is told who owns the files.
  const told = process.getuid?.() === 0 ? 'permissions warning' : 'permissions error STORE_PERMISSION';
  assert.deepEqual(troubles(report), [told]);
  assert.ok(report.findings.some(({ check, message }) => check === 'database' && /is sound/.test(message)));
});

/** The same for what takes longer than a call. */
async function unprivilegedly<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('what another process is writing is not taken for what was left behind', async (t) => {
  const harness = await harnessOf(t);
  mkdirSync(join(harness.data, 'releases/zed/1.0.0-0123456789ab'), { recursive: true });
  using _lock = await acquireWriterLock(layoutOf(harness.data), 1000, harness.runtime());
  using store = openStore(harness.data);
  using area = store.stage();
  area.newDirectory();
  const report = await examineHarness(harness);
  assert.deepEqual(troubles(report), []);
  assert.match(report.findings.find(({ check }) => check === 'leftovers')?.message ?? '', /another attune is writing/);
});

test('staging that is in use is not taken for what was left behind', async (t) => {
  const harness = await harnessOf(t);
  using store = openStore(harness.data);
  using area = store.stage();
  const path = area.newDirectory();
  utimesSync(path, 0, 0);
  assert.deepEqual(troubles(await examineHarness(harness, { fix: true })), []);
  assert.ok(statSync(path).isDirectory());
});

test('a runtime that an installed pack needs and that is not there is a warning', async (t) => {
  const harness = await harnessOf(t);
  const [name] = readdirSync(join(harness.data, 'releases/net'));
  writeFiles(
    join(harness.data, 'releases/net', name ?? ''),
    packFiles({ ref: 'net', runtimes: ['python3>=3.9', 'shell'] }),
  );
  writeFileSync(join(harness.work, 'sh'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(harness.work, 'node'), '#!/bin/sh\necho v21.2.3\n', { mode: 0o755 });
  const { findings } = await examineHarness(harness);
  const runtimes = findings.filter(({ check }) => check === 'runtimes');
  assert.deepEqual(
    runtimes.map(({ status, message }) => `${status} ${message}`),
    [
      'ok node 21.2.3, shell',
      "warning An installed pack lacks what it needs: python3>=3.9 (needed by net): no program 'python3' or 'python' is on the PATH.",
    ],
  );
});

const INDEX = JSON.stringify({
  registry_name: 'T',
  registry_url: 'https://t.example',
  version: '1.0',
  last_updated: '2026-08-22T01:53:58Z',
  packs: [],
});

function registryFindings({ findings }: DoctorReport): string[] {
  return findings
    .filter(({ check }) => check === 'registries' || check === 'clock')
    .map(
      ({ check, status, code, message }) =>
        `${check} ${status} ${code ?? ''} ${message.replace(/127\.0\.0\.1:\d+/g, 'HOST')}`,
    );
}

test('each registry is read, each in its own way, and the clock is compared with theirs', async (t) => {
  const harness = directHarness(t, temporaryDirectory(t));
  const server = await startHttpServer(t, {
    '/good.json': bytes(INDEX, 'application/json'),
    '/slow.json': answer(200, { date: new Date(Date.now() - 3 * 3_600_000).toUTCString() }, INDEX),
    '/old.json': answer(200, { date: new Date(Date.now() - 3_600_000).toUTCString(), age: '3600' }, INDEX),
    '/page.json': bytes('<html>', 'text/html'),
  });
  const configure = (...names: string[]) =>
    writeFileSync(
      join(harness.config, 'config.yaml'),
      `pack_registry:\n  indices:\n${names.map((name) => `    - { name: ${name}, url: "${server.url(`/${name}.json`)}" }\n`).join('')}    - { name: off, url: "${server.url('/off.json')}", enabled: false }\n`,
    );
  configure('good', 'old');
  const well = registryFindings(await examineHarness(harness));
  assert.match(well[0] ?? '', /^registries ok {2}'good' has 0 packs and was read in \d+\.\d s$/);
  assert.deepEqual(well.slice(2), ['clock ok  right, as the registries tell']);
  configure('gone', 'page', 'slow');
  const ill = registryFindings(await examineHarness(harness));
  assert.match(ill[0] ?? '', /^registries error NETWORK_HTTP_STATUS .*'gone'.*404/);
  assert.match(ill[1] ?? '', /^registries error INVALID_\w+ .*'page'/);
  assert.match(ill[2] ?? '', /^registries ok {2}'slow'/);
  assert.deepEqual(ill.slice(3), ["clock warning  This machine's clock is 3 hours ahead of that of http://HOST."]);
  const asked = server.requests.length;
  const offline = registryFindings(await examineHarness(harness, { offline: true }));
  assert.deepEqual(
    offline.slice(0, 3),
    ['gone', 'page', 'slow'].map((name) => `registries ok  '${name}' was not asked, because of --offline`),
  );
  assert.equal(server.requests.length, asked);
  assert.ok(!server.requests.includes('GET /off.json'));
});

test('file systems of other machines are known by their numbers, signed or not', () => {
  for (const [type, kind] of [
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    [0xff534d42 | 0, 'CIFS'],
    [0x65735546, 'FUSE'],
    [0x01021997, '9p'],
  ] as const) {
    assert.deepEqual(nameOf(type), { kind, remote: true });
    assert.equal(judgeFileSystem('/d', { ...nameOf(type), freeBytes: 0, freeFiles: 0 }).status, 'warning');
  }
  for (const type of [0xef53, undefined]) assert.deepEqual(nameOf(type), { kind: undefined, remote: false });
  assert.match(judgeFileSystem('/d', { ...nameOf(0x01021994), freeBytes: 0, freeFiles: 0 }).message, /in memory/);
});

const GIB = 1024 ** 3;
for (const [claim, freeBytes, freeFiles, status] of [
  ['plenty', 5 * GIB, 1e6, 'ok'],
  ['plenty, on a file system that counts no files', 5 * GIB, undefined, 'ok'],
  ['less than a pack may take', GIB / 4, 1e6, 'warning'],
  ['fewer files than a pack may have', 5 * GIB, 5000, 'warning'],
  ['no space', 1024, 1e6, 'error'],
  ['no files', 5 * GIB, 0, 'error'],
] as const) {
  test(`disk space: ${claim} is ${status}`, () => {
    const facts = { kind: undefined, remote: false, freeBytes, freeFiles };
    assert.equal(judgeSpace('/d', facts).status, status);
  });
}

test('nobody who may not look at the data directory is told that it is in order', {
  skip: process.geteuid?.() !== 0 && 'only root can be somebody else',
}, async (t) => {
  const harness = await harnessOf(t);
  chmodSync(join(harness.data, '..'), 0o755);
  chmodSync(harness.data, 0o700);
  assert.throws(() => unprivileged(() => readdirSync(harness.data)), { code: 'EACCES' });
  const report = await unprivilegedly(() => examineHarness(harness));
  assert.equal(report.ok, false);
});
