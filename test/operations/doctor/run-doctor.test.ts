import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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
import { type DoctorReport, runDoctor } from '../../../src/operations/doctor/run-doctor.ts';
import { describeFileSystemType } from '../../../src/platform/files/filesystem-info.ts';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { layoutOf } from '../../../src/store/layout.ts';
import { acquireWriterLock } from '../../../src/store/store.ts';
import { contentsOf } from '../../support/cli.ts';
import { type DirectHarness, directHarness } from '../../support/direct-runtime.ts';
import { answer, bytes, startHttpServer } from '../../support/http/server.ts';
import { packFiles } from '../../support/registry/server.ts';
import { install, openStore, writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { unprivileged } from '../../support/unprivileged.ts';

/** Creates a harness with two versions of core, the second of them current, and net. */
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
  return runDoctor({ fix, offline, dryRun: false }, harness.runtime({ offline }));
}

/** Returns `check status code` for each problem, with a `*` if `--fix` can repair it. */
function problems({ findings }: DoctorReport): string[] {
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

test('doctor: an intact store passes all checks and is not changed', async (t) => {
  const harness = await harnessOf(t);
  const before = contentsOf(harness.data);
  const report = await examineHarness(harness);
  assert.deepEqual(problems(report), []);
  assert.deepEqual(
    report.findings.map(({ check }) => check),
    [
      'versions',
      'configuration',
      'database',
      'links',
      'releases',
      'leftovers',
      'files',
      'dependencies',
      'disk',
      'file_system',
      'permissions',
      'cache',
      'runtimes',
      'isolation',
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

test('doctor: a machine without any data passes all checks, and no files are created', async (t) => {
  const harness = directHarness(t, temporaryDirectory(t));
  for (const path of [harness.data, harness.cache, harness.config]) rmSync(path, { recursive: true });
  assert.deepEqual(problems(await examineHarness(harness, { fix: true })), []);
  assert.equal(existsSync(harness.data), false);
});

interface Row {
  readonly claim: string;
  readonly damage: (harness: DirectHarness) => void;
  /** The problems before `--fix`, and those that remain after it. */
  readonly found: readonly string[];
  readonly left?: readonly string[];
  /** Matches the text of the report. */
  readonly says?: RegExp;
}

const ROWS: readonly Row[] = [
  {
    claim: 'a link to a path outside of the store',
    damage: ({ data }) => {
      rmSync(join(data, 'packs/net'));
      symlinkSync('/tmp', join(data, 'packs/net'));
    },
    found: ['links error INTEGRITY_LINK *'],
    says: /packs\/net' points to '\/tmp'/,
  },
  {
    claim: 'a missing link',
    damage: ({ data }) => rmSync(join(data, 'packs/net')),
    found: ['links warning *'],
  },
  {
    claim: 'a directory in place of a link',
    damage: ({ data }) => {
      rmSync(join(data, 'packs/net'));
      mkdirSync(join(data, 'packs/net'));
    },
    found: ['links error STORE_PLACE_TAKEN'],
    left: ['links error STORE_PLACE_TAKEN'],
  },
  {
    claim: 'missing files of an installed release',
    damage: ({ data }) => rmSync(join(data, 'releases/net'), { recursive: true }),
    found: ['releases error INTEGRITY_RELEASE'],
    left: ['releases error INTEGRITY_RELEASE'],
    says: /attune pack repair net --yes$/,
  },
  {
    claim: 'missing files of a retained release',
    damage: ({ data }) => {
      const kept = readdirSync(join(data, 'releases/core')).find((name) => name.startsWith('1.0.0'));
      rmSync(join(data, 'releases/core', kept ?? ''), { recursive: true });
    },
    found: ['releases warning'],
    left: ['releases warning'],
  },
  {
    claim: 'installed files that are missing or differ in size',
    damage: ({ data }) => {
      rmSync(join(data, 'packs/core/pack.yaml'));
      writeFileSync(join(data, 'packs/net/actions/run.yaml'), '');
    },
    found: ['files error INTEGRITY_FILES', 'files error INTEGRITY_FILES'],
    left: ['files error INTEGRITY_FILES', 'files error INTEGRITY_FILES'],
    says: /Files of core 2\.0\.0 .*\npack\.yaml: missing\nRestore them with: attune pack repair core --yes\n.*\nactions\/run\.yaml: 0 instead of \d+ bytes\n/,
  },
  {
    claim: 'a directory, a pipe and a link in place of installed files',
    damage: ({ data }) => {
      for (const path of ['packs/core/pack.yaml', 'packs/net/pack.yaml', 'packs/net/actions/run.yaml'])
        rmSync(join(data, path));
      mkdirSync(join(data, 'packs/core/pack.yaml'));
      execFileSync('mkfifo', [join(data, 'packs/net/pack.yaml')]);
      symlinkSync('/etc/hostname', join(data, 'packs/net/actions/run.yaml'));
    },
    found: ['files error INTEGRITY_FILES', 'files error INTEGRITY_FILES'],
    left: ['files error INTEGRITY_FILES', 'files error INTEGRITY_FILES'],
    says: /actions\/run\.yaml: not a regular file\npack\.yaml: not a regular file\n/,
  },
  {
    claim: 'a dependency that is not installed',
    damage: (harness) =>
      inDatabase(harness, `INSERT INTO dependency SELECT release_id, 'absent', '^1.2' FROM pack WHERE ref = 'net'`),
    found: ['dependencies error DEPENDENCY_NOT_MET'],
    left: ['dependencies error DEPENDENCY_NOT_MET'],
    says: /net needs absent \^1\.2, but absent is not installed\.\nInstall it with: attune pack install 'absent@\^1\.2'$/,
  },
  {
    claim: 'a dependency that is installed in a version out of range',
    damage: (harness) =>
      inDatabase(harness, `INSERT INTO dependency SELECT release_id, 'core', '<2' FROM pack WHERE ref = 'net'`),
    found: ['dependencies error DEPENDENCY_NOT_MET'],
    left: ['dependencies error DEPENDENCY_NOT_MET'],
    says: /net needs core <2, but core is installed in version 2\.0\.0\.\n.*: attune pack install 'core@<2\.0\.0' --force$/,
  },
  {
    claim: 'leftovers of killed commands',
    damage: ({ data }) => {
      writeFiles(data, { 'releases/zed/1.0.0-0123456789ab/pack.yaml': 'x', 'staging/dead/1/pack.yaml': 'x' });
      symlinkSync('../releases/zed/1.0.0-0123456789ab', join(data, 'packs/zed'));
    },
    found: ['leftovers warning *'],
    says: /releases\/zed\/1\.0\.0-0123456789ab\n.*packs\/zed\n.*staging\/dead/s,
  },
  {
    claim: 'environments of packs that are not installed',
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
    damage: ({ data }) => rmSync(join(data, 'attune.db')),
    found: ['database error STORE_LOST *'],
  },
  {
    claim: 'orphaned rows',
    damage: (harness) => inDatabase(harness, "INSERT INTO file VALUES (4711, 'x', 1, 'x', 420)"),
    found: ['database error STORE_CORRUPT *'],
    says: /'file'/,
  },
  {
    claim: 'a database written by a newer attune',
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
    claim: 'directories that other users can write to',
    damage: ({ data, cache }) => {
      chmodSync(data, 0o777);
      chmodSync(cache, 0o775);
    },
    found: ['permissions warning *', 'permissions warning *'],
  },
  {
    claim: 'a configuration with a token that is readable by others',
    damage: ({ config }) => {
      writeFileSync(join(config, 'settings.yaml'), CONFIG('{ Authorization: "Bearer abc" }'), { mode: 0o644 });
    },
    found: ['permissions warning *'],
    says: /chmod 0600/,
  },
  {
    claim: 'an invalid configuration',
    damage: ({ config }) => writeFileSync(join(config, 'settings.yaml'), 'nope: 1\nkeep_release: 2\n'),
    found: ['configuration error INVALID_CONFIG'],
    left: ['configuration error INVALID_CONFIG'],
    says: /settings\.yaml:1:1 nope.*\n.*settings\.yaml:2:1 keep_release/s,
  },
  {
    claim: 'an event in the future',
    damage: (harness) => inDatabase(harness, "UPDATE event SET at = '2099-01-01T00:00:00.000Z' WHERE id = 1"),
    found: ['clock warning'],
    left: ['clock warning'],
    says: /2099/,
  },
];

const CONFIG = (headers: string) =>
  `pack_registry:\n  indices:\n    - { name: main, url: "https://packs.example/i.json", enabled: false, headers: ${headers} }\n`;

for (const { claim, damage, found, left = [], says } of ROWS) {
  test(`doctor: reports ${claim}, and --fix repairs what it can`, { skip: process.platform === 'win32' }, async (t) => {
    const harness = await harnessOf(t);
    damage(harness);
    const report = await examineHarness(harness);
    assert.deepEqual(problems(report), found);
    const text = report.findings.map(({ message, items, remedy }) => [message, ...items, remedy].join('\n')).join('\n');
    if (says) assert.match(text, new RegExp(says.source, `${says.flags}m`));
    for (const { status, remedy, check } of report.findings)
      if (status !== 'ok') assert.ok(remedy, `${check} has no remedy`);
    const after = await examineHarness(harness, { fix: true });
    assert.deepEqual(problems(after), left);
    assert.equal(after.fixed.length, found.filter((line) => line.endsWith('*')).length, after.fixed.join('\n'));
    assert.deepEqual(after.not_fixed, []);
    if (left.length === 0) assert.deepEqual(problems(await examineHarness(harness)), [], 'fixes must be permanent');
  });
}

test('doctor --fix: a rebuilt database contains the packs, and the damaged file is kept', async (t) => {
  const harness = await harnessOf(t);
  writeFileSync(join(harness.data, 'attune.db'), 'rubbish');
  const { fixed } = await examineHarness(harness, { fix: true });
  const [, aside] = /The old database is '(.*)'/.exec(fixed.join('\n')) ?? [];
  assert.equal(readFileSync(aside ?? '', 'utf8'), 'rubbish');
  assert.deepEqual(
    [...(await harness.runtime().store()).versions()],
    [
      ['core', '2.0.0'],
      ['net', '1.0.0'],
    ],
  );
});

test('doctor: a data directory that is a file is an error', async (t) => {
  const harness = directHarness(t, temporaryDirectory(t));
  rmSync(harness.data, { recursive: true });
  writeFileSync(harness.data, '');
  assert.deepEqual(problems(await examineHarness(harness)), ['permissions error STORE_PATH']);
});

test('doctor: a read-only data directory is a warning, and other checks still run', {
  skip:
    process.platform === 'win32' ||
    (process.getuid?.() === 0 &&
      'root can write to any directory; test/reliability/read-only-stores.slow.test.ts runs it as other users'),
}, async (t) => {
  const harness = await harnessOf(t);
  chmodSync(harness.data, 0o555);
  const report = await examineHarness(harness);
  chmodSync(harness.data, 0o755);
  assert.deepEqual(problems(report), ['permissions warning']);
  assert.ok(report.findings.some(({ check, message }) => check === 'database' && /is intact/.test(message)));
});

/** Runs asynchronous work without the privileges of root. */
async function runUnprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('doctor: files of a writing process are not leftovers', async (t) => {
  const harness = await harnessOf(t);
  mkdirSync(join(harness.data, 'releases/zed/1.0.0-0123456789ab'), { recursive: true });
  using _lock = await acquireWriterLock(layoutOf(harness.data), 1000, harness.runtime());
  using store = openStore(harness.data);
  using area = store.stage();
  area.newDirectory();
  const report = await examineHarness(harness);
  assert.deepEqual(problems(report), []);
  assert.match(
    report.findings.find(({ check }) => check === 'leftovers')?.message ?? '',
    /another attune process is writing/,
  );
});

test('doctor: a staging directory in use is not a leftover', async (t) => {
  const harness = await harnessOf(t);
  using store = openStore(harness.data);
  using area = store.stage();
  const path = area.newDirectory();
  utimesSync(path, 0, 0);
  assert.deepEqual(problems(await examineHarness(harness, { fix: true })), []);
  assert.ok(statSync(path).isDirectory());
});

test('doctor: installed byte code that an interpreter has rewritten is not reported', async (t) => {
  const harness = await harnessOf(t);
  for (const path of ['actions/__pycache__/run.pyc', 'actions/run.txt']) {
    writeFiles(join(harness.data, 'packs/net'), { [path]: 'rewritten' });
    inDatabase(harness, `INSERT INTO file SELECT release_id, '${path}', 3, '', 420 FROM pack WHERE ref = 'net'`);
  }
  const { findings } = await examineHarness(harness);
  assert.deepEqual(
    findings.filter(({ check }) => check === 'files').flatMap(({ items }) => items),
    ['actions/run.txt: 9 instead of 3 bytes'],
  );
});

test('doctor: a missing runtime of an installed pack is an error', async (t) => {
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
      "error A requirement of an installed pack is not met: python3>=3.9 (needed by net): no program 'python3' or 'python' is on the PATH.",
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

test('doctor: reads every enabled registry and compares the clock with its server', async (t) => {
  const harness = directHarness(t, temporaryDirectory(t));
  const server = await startHttpServer(t, {
    '/good.json': bytes(INDEX, 'application/json'),
    '/slow.json': answer(200, { date: new Date(Date.now() - 3 * 3_600_000).toUTCString() }, INDEX),
    '/old.json': answer(200, { date: new Date(Date.now() - 3_600_000).toUTCString(), age: '3600' }, INDEX),
    '/page.json': bytes('<html>', 'text/html'),
  });
  const configure = (...names: string[]) =>
    writeFileSync(
      join(harness.config, 'settings.yaml'),
      `pack_registry:\n  indices:\n${names.map((name) => `    - { name: ${name}, url: "${server.url(`/${name}.json`)}" }\n`).join('')}    - { name: off, url: "${server.url('/off.json')}", enabled: false }\n`,
    );
  configure('good', 'old');
  const well = registryFindings(await examineHarness(harness));
  assert.match(well[0] ?? '', /^registries ok {2}'good' has 0 packs and was read in \d+\.\d s$/);
  assert.deepEqual(well.slice(2), ['clock ok  matches the clocks of the registries']);
  configure('gone', 'page', 'slow');
  const ill = registryFindings(await examineHarness(harness));
  assert.match(ill[0] ?? '', /^registries error NETWORK_HTTP_STATUS .*'gone'.*404/);
  assert.match(ill[1] ?? '', /^registries error INVALID_\w+ .*'page'/);
  assert.match(ill[2] ?? '', /^registries ok {2}'slow'/);
  assert.deepEqual(ill.slice(3), [
    'clock warning  The clock of this machine is 3 hours ahead of the clock of http://HOST.',
  ]);
  const requestsBefore = server.requests.length;
  const offline = registryFindings(await examineHarness(harness, { offline: true }));
  assert.deepEqual(
    offline.slice(0, 3),
    ['gone', 'page', 'slow'].map((name) => `registries ok  '${name}' was not contacted, because of --offline`),
  );
  assert.equal(server.requests.length, requestsBefore);
  assert.ok(!server.requests.includes('GET /off.json'));
});

test('doctor: recognizes network file systems by their type number, signed or unsigned', () => {
  for (const [type, kind] of [
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    [0xff534d42 | 0, 'CIFS'],
    [0x65735546, 'FUSE'],
    [0x01021997, '9p'],
  ] as const) {
    assert.deepEqual(describeFileSystemType(type), { kind, remote: true });
    assert.equal(
      judgeFileSystem('/d', { ...describeFileSystemType(type), freeBytes: 0, freeFiles: 0 }).status,
      'warning',
    );
  }
  for (const type of [0xef53, undefined])
    assert.deepEqual(describeFileSystemType(type), { kind: undefined, remote: false });
  assert.match(
    judgeFileSystem('/d', { ...describeFileSystemType(0x01021994), freeBytes: 0, freeFiles: 0 }).message,
    /in memory/,
  );
});

const GIB = 1024 ** 3;
for (const [claim, freeBytes, freeFiles, status] of [
  ['ample space', 5 * GIB, 1e6, 'ok'],
  ['ample space on a file system without file counts', 5 * GIB, undefined, 'ok'],
  ['less than the size limit of a pack', GIB / 4, 1e6, 'warning'],
  ['fewer files than the limit of a pack', 5 * GIB, 5000, 'warning'],
  ['no space', 1024, 1e6, 'error'],
  ['no files', 5 * GIB, 0, 'error'],
] as const) {
  test(`doctor: disk check with ${claim} is ${status}`, () => {
    const facts = { kind: undefined, remote: false, freeBytes, freeFiles };
    assert.equal(judgeSpace('/d', facts).status, status);
  });
}

test('doctor: an unreadable data directory is not reported as intact', {
  skip: process.geteuid?.() !== 0 && 'requires root to run as another user',
}, async (t) => {
  const harness = await harnessOf(t);
  chmodSync(join(harness.data, '..'), 0o755);
  chmodSync(harness.data, 0o700);
  assert.throws(() => unprivileged(() => readdirSync(harness.data)), { code: 'EACCES' });
  const report = await runUnprivileged(() => examineHarness(harness));
  assert.equal(report.ok, false);
});
