import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { tarGzOf } from '../../support/archives.ts';
import { programCommand } from '../../support/attune.ts';
import { FIRST, FIRST_SUM, SECOND, SECOND_BY_COMPONENT, SECOND_SUM } from '../../support/checksum-vectors.ts';
import { createCliHarness } from '../../support/cli.ts';
import { packArchive, sha256Of } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

const WRONG = `sha256:${'0'.repeat(64)}`;

// The tests share one harness, because nothing is installed and no test changes the files of another.
const harness = createCliHarness({ after });
writeFiles(join(harness.directory, 'first'), FIRST);
writeFiles(join(harness.directory, 'second'), SECOND);
const archive = packArchive(FIRST, 'demo-1.0.0');
writeFileSync(join(harness.directory, 'demo.tar.gz'), archive);
writeFileSync(join(harness.directory, 'demo.tar'), gunzipSync(archive));
writeFileSync(join(harness.directory, 'other.tgz'), tarGzOf({ name: 'a.txt', content: 'no pack' }));
writeFileSync(join(harness.directory, 'notes.txt'), 'plain\n');

const sha512 = (content: string | Uint8Array) => `sha512:${createHash('sha512').update(content).digest('hex')}`;

/** Implements the specified framing of directory checksums independently of the program. */
function framed(files: Readonly<Record<string, string>>): Buffer {
  const length = (text: string) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(Buffer.byteLength(text)));
    return bytes;
  };
  const paths = Object.keys(files).toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  return Buffer.concat(
    paths.flatMap((path) => {
      const content = files[path] ?? '';
      const frame = [Buffer.from('attune-pack-file-v1'), length(path), Buffer.from(path)];
      return [...frame, length(content), Buffer.from(content)];
    }),
  );
}

interface Row {
  readonly claim: string;
  readonly args: readonly string[];
  /** The JSON document without the path. */
  readonly want: Readonly<Record<string, unknown>>;
}

const SUM_OF_FIRST = { type: 'directory', algorithm: 'sha256', checksum: FIRST_SUM, files: 2, bytes: 43 };
const ROWS: readonly Row[] = [
  { claim: 'the first test vector', args: ['first'], want: SUM_OF_FIRST },
  {
    claim: 'the second test vector, whose names sort differently in UTF-16,',
    args: ['second'],
    want: { type: 'directory', algorithm: 'sha256', checksum: SECOND_SUM, files: 6, bytes: 29 },
  },
  {
    claim: 'a directory with --algorithm sha512',
    args: ['first', '--algorithm', 'sha512'],
    want: { ...SUM_OF_FIRST, algorithm: 'sha512', checksum: sha512(framed(FIRST)) },
  },
  {
    claim: 'an archive with a pack',
    args: ['demo.tar.gz'],
    want: {
      type: 'archive',
      algorithm: 'sha256',
      checksum: sha256Of(archive),
      files: 2,
      bytes: archive.length,
      content_checksum: FIRST_SUM,
    },
  },
  {
    claim: 'an uncompressed archive',
    args: ['demo.tar', '--algorithm', 'sha512'],
    want: {
      type: 'archive',
      algorithm: 'sha512',
      checksum: sha512(gunzipSync(archive)),
      files: 2,
      bytes: gunzipSync(archive).length,
      content_checksum: sha512(framed(FIRST)),
    },
  },
  {
    claim: 'a plain file',
    args: ['notes.txt'],
    want: { type: 'file', algorithm: 'sha256', checksum: sha256Of('plain\n'), files: 1, bytes: 6 },
  },
  {
    claim: 'a directory with a sha512 checksum in --verify',
    args: ['first', '--verify', sha512(framed(FIRST))],
    want: { ...SUM_OF_FIRST, algorithm: 'sha512', checksum: sha512(framed(FIRST)) },
  },
];

for (const { claim, args, want } of ROWS) {
  test(`checksum: ${claim} has the specified checksum`, async () => {
    const { status, document } = await harness.json('pack', 'checksum', ...args);
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual(document, { path: args[0], ...want });
  });
}

test('checksum: prints one line', async () => {
  const { status, stdout, stderr } = await harness.attune('pack', 'checksum', './first');
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${FIRST_SUM}\n`, stderr: '' });
});

test('checksum: an archive without a pack has no content_checksum', async () => {
  const { document } = await harness.json('pack', 'checksum', 'other.tgz');
  assert.equal(document.files, 1);
  assert.ok(!('content_checksum' in document));
});

test('checksum: --files lists every file in the format of sha256sum, and the checksum last', async () => {
  const { stdout } = await harness.attune('pack', 'checksum', 'first', '--files');
  const lines = Object.entries(FIRST).map(([path, content]) => `${sha256Of(content).replace('sha256:', '')}  ${path}`);
  assert.equal(
    stdout,
    `${lines.toSorted((one, other) => (one.slice(66) < other.slice(66) ? -1 : 1)).join('\n')}\n${FIRST_SUM}\n`,
  );
});

for (const { claim, args } of [
  { claim: 'the same checksum', args: ['second', '--verify', SECOND_SUM] },
  { claim: 'uppercase digits', args: ['second', '--verify', SECOND_SUM.toUpperCase()] },
  { claim: 'the checksum in the sort order of other tools', args: ['second', '--verify', SECOND_BY_COMPONENT] },
  { claim: 'the checksum of an archive', args: ['demo.tar.gz', '--verify', sha256Of(archive)] },
]) {
  test(`checksum: --verify accepts ${claim}`, async () => {
    assert.equal((await harness.attune('pack', 'checksum', ...args)).status, 0);
  });
}

for (const { claim, args, status, code, says } of [
  {
    claim: 'a wrong checksum of a directory',
    args: ['first', '--verify', SECOND_SUM],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: [SECOND_SUM, FIRST_SUM],
  },
  {
    claim: 'a wrong checksum of an archive',
    args: ['demo.tar.gz', '--verify', WRONG],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: [WRONG, sha256Of(archive)],
  },
  {
    claim: 'the content checksum instead of the archive checksum',
    args: ['demo.tar.gz', '--verify', FIRST_SUM],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: [FIRST_SUM, sha256Of(archive)],
  },
  {
    claim: 'an invalid checksum',
    args: ['first', '--verify', 'sha256:123'],
    status: 3,
    code: 'INVALID_CHECKSUM',
    says: ['64 hexadecimal digits'],
  },
  {
    claim: 'a missing path',
    args: ['nowhere'],
    status: 4,
    code: 'NOT_FOUND_PATH',
    says: ['nowhere'],
  },
]) {
  test(`checksum: ${claim} exits ${status}`, async () => {
    const { document, status: got } = await harness.json('pack', 'checksum', ...args);
    assert.equal(got, status);
    assert.equal(document.error.code, code);
    for (const fact of says) assert.ok(document.error.message.includes(fact), document.error.message);
  });
}

test('checksum: ignores .git, and a symbolic link exits 3 and is named', async () => {
  writeFiles(join(harness.directory, 'cloned'), { ...FIRST, '.git/HEAD': 'x', 'actions/.git': 'gitdir: elsewhere\n' });
  assert.equal((await harness.json('pack', 'checksum', 'cloned')).document.checksum, FIRST_SUM);
  symlinkSync('pack.yaml', join(harness.directory, 'cloned', 'copy.yaml'));
  const { status, document } = await harness.json('pack', 'checksum', 'cloned');
  assert.equal(status, 3);
  assert.match(document.error.message, /copy\.yaml/);
});

for (const { input, redirect } of [
  { input: '-', redirect: '< demo.tar.gz' },
  { input: '/dev/stdin', redirect: '< demo.tar.gz' },
  { input: '<(cat demo.tar.gz)', redirect: '' },
]) {
  test(`checksum: an archive that is read from ${input} has the checksum of the file`, {
    skip: process.platform === 'win32' && 'needs bash',
  }, async () => {
    const [command, ...args] = programCommand();
    const line = `"$@" pack checksum ${input} --json ${redirect}`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', line, 'bash', command, ...args], {
      cwd: harness.directory,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: harness.directory, ATTUNE_CONFIG_DIR: harness.config },
    });
    assert.equal(status, 0, stderr);
    const { path: _, ...fromStream } = JSON.parse(stdout);
    const { path: __, ...fromFile } = (await harness.json('pack', 'checksum', 'demo.tar.gz')).document;
    assert.deepEqual(fromStream, fromFile);
  });
}
