import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { programCommand } from '../../../support/attune.ts';
import { createCliHarness } from '../../../support/cli.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const FORMATS = ['tar.gz', 'tar', 'zip'] as const;

/** Files in an order that differs between locales, with a long path, an empty file and names outside of ASCII. */
const FILES: Readonly<Record<string, string>> = {
  'pack.yaml': 'ref: demo\nversion: 1.0.0+build.7\n',
  'actions/run.sh': '#!/bin/sh\necho hi\n',
  'a/y': '1',
  'a-b/x': '2',
  'B.txt': 'upper case',
  'empty.txt': '',
  [`${'long-directory-name/'.repeat(12)}${'f'.repeat(150)}.txt`]: 'long path',
  'z\u00e4hler-\u{1f600}.txt': '4',
};
const TOP = 'demo-1.0.0+build.7';
/** The paths in the order of their UTF-8 bytes. */
const SORTED = Object.keys(FILES)
  .toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  .map((path) => `${TOP}/${path}`);

function writePack(directory: string, files = FILES): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  chmodSync(join(directory, 'actions/run.sh'), 0o700);
}

for (const format of FORMATS) {
  test(`pack archive: a ${format} of the same files has the same bytes for every directory, user, umask, time zone and locale`, async (t) => {
    const harness = createCliHarness(t);
    writePack(join(harness.directory, 'one'));
    const first = await harness.json('pack', 'archive', 'one', '--format', format, '-o', `first.${format}`);
    assert.equal(first.status, 0, first.stderr);
    const root = temporaryDirectory(t);
    chmodSync(root, 0o777);
    const copy = join(root, 'elsewhere', 'deeper');
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(join(harness.directory, 'one'), copy, { recursive: true });
    const script = [
      'umask 077',
      'touch -d 2001-02-03 pack.yaml',
      'chmod 0640 B.txt',
      'chmod 0755 actions/run.sh',
      `exec "$@" pack archive --format ${format} --output ../second.${format} --json`,
    ].join('\n');
    const root_ = process.geteuid?.() === 0;
    if (root_) execFileSync('chown', ['-R', '65534:65534', root]);
    const second = spawnSync('sh', ['-ec', script, 'sh', ...programCommand()], {
      cwd: copy,
      encoding: 'utf8',
      ...(root_ ? { uid: 65534, gid: 65534 } : {}),
      env: {
        PATH: process.env['PATH'],
        HOME: root,
        TZ: 'Asia/Kathmandu',
        LANG: 'sv_SE.UTF-8',
        LC_ALL: 'sv_SE.UTF-8',
        ATTUNE_DATA_DIR: join(root, 'data'),
        ATTUNE_CACHE_DIR: join(root, 'cache'),
        ATTUNE_CONFIG_DIR: join(root, 'config'),
      },
    });
    assert.equal(second.status, 0, second.stderr);
    const [one, two] = [
      join(harness.directory, `first.${format}`),
      join(root, 'elsewhere', `second.${format}`),
    ] as const;
    assert.ok(readFileSync(one).equals(readFileSync(two)));
    assert.equal(statSync(two).mode & 0o777, 0o600, 'the mode of the archive itself follows the umask');
    assert.equal(JSON.parse(second.stdout).checksum, first.document.checksum);
  });
}

const PYTHON = `
import json, sys, tarfile, zipfile
path = sys.argv[1]
if path.endswith('.zip'):
    z = zipfile.ZipFile(path)
    assert z.testzip() is None
    print(json.dumps([[i.filename, oct(i.external_attr >> 16 & 0o7777), list(i.date_time), z.read(i).decode()] for i in z.infolist()]))
else:
    t = tarfile.open(path)
    print(json.dumps([[m.name, oct(m.mode), [m.mtime, m.uid, m.gid, m.uname, m.gname], t.extractfile(m).read().decode()] for m in t.getmembers()]))
`;

const TIMES = [
  { epoch: undefined, seconds: 0, zip: [1980, 1, 1, 0, 0, 0] },
  { epoch: '0', seconds: 0, zip: [1980, 1, 1, 0, 0, 0] },
  { epoch: '1785000001', seconds: 1_785_000_001, zip: [2026, 7, 25, 17, 20, 0] },
  { epoch: '4102444800', seconds: 4_102_444_800, zip: [2100, 1, 1, 0, 0, 0] },
];

for (const { epoch, seconds, zip } of TIMES) {
  const variable = epoch === undefined ? 'without SOURCE_DATE_EPOCH' : `with SOURCE_DATE_EPOCH=${epoch}`;
  test(`pack archive: Python reads sorted paths, modes, owner 0, times and contents ${variable}`, async (t) => {
    const harness = createCliHarness(t, { TZ: 'America/New_York', SOURCE_DATE_EPOCH: epoch });
    writePack(join(harness.directory, 'one'));
    for (const format of FORMATS) {
      const output = `demo.${format}`;
      const { status, stderr } = await harness.json('pack', 'archive', 'one', '--output', output);
      assert.equal(status, 0, stderr);
      const listed = JSON.parse(
        execFileSync('python3', ['-c', PYTHON, join(harness.directory, output)], { encoding: 'utf8' }),
      );
      const facts = format === 'zip' ? zip : [seconds, 0, 0, '', ''];
      assert.deepEqual(
        listed,
        SORTED.map((path) => {
          const file = path.slice(TOP.length + 1);
          return [path, file === 'actions/run.sh' ? '0o755' : '0o644', facts, FILES[file]];
        }),
      );
    }
  });
}

test('pack archive: tar and unzip accept the archives', async (t) => {
  const harness = createCliHarness(t);
  writePack(join(harness.directory, 'one'));
  for (const format of FORMATS) await harness.attune('pack', 'archive', 'one', '-o', `demo.${format}`);
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      cwd: harness.directory,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
  for (const options of ['tzf', 'tf']) {
    const names = run('tar', '--quoting-style=literal', `-${options}`, options === 'tf' ? 'demo.tar' : 'demo.tar.gz');
    assert.deepEqual(names.trimEnd().split('\n'), SORTED);
  }
  assert.match(run('unzip', '-tq', 'demo.zip'), /No errors detected/);
});

test('pack archive: the content checksum is that of the directory, for the archive and for each format', async (t) => {
  const harness = createCliHarness(t);
  writePack(join(harness.directory, 'one'));
  const { document: directory } = await harness.json('pack', 'checksum', 'one');
  for (const format of FORMATS) {
    const { document } = await harness.json('pack', 'archive', 'one', '-o', `demo.${format}`);
    const { document: read } = await harness.json('pack', 'checksum', `demo.${format}`);
    assert.deepEqual(document, {
      success: true,
      path: `demo.${format}`,
      ref: 'demo',
      version: '1.0.0+build.7',
      format,
      bytes: statSync(join(harness.directory, `demo.${format}`)).size,
      checksum: read.checksum,
      content_checksum: directory.checksum,
      files: SORTED.length,
      warnings: [],
    });
    assert.equal(read.content_checksum, directory.checksum);
  }
});

test('pack archive: 19,000 files, most of them empty, are packed in each format', async (t) => {
  const harness = createCliHarness(t);
  const files: Record<string, string> = { 'pack.yaml': 'ref: demo\nversion: 1.0.0\n', 'actions/run.sh': '' };
  for (let index = 0; index < 19_000; index += 1) files[`data/${index}`] = index % 5000 === 0 ? 'content' : '';
  writePack(join(harness.directory, 'one'), files);
  for (const format of FORMATS) {
    const { status, document, stderr } = await harness.json('pack', 'archive', 'one', '--format', format);
    assert.deepEqual([status, document.files], [0, 19_002], stderr);
  }
});
