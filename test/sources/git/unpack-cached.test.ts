import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AttuneError } from '../../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readPack } from '../../../src/packs/pack.ts';
import { fingerprint } from '../../../src/packs/tree/checksum.ts';
import { objectId } from '../../../src/sources/git/objects/objects.ts';
import { isPackfile, unpackCachedPackfile } from '../../../src/sources/git/unpack-cached.ts';
import { objectEntry, packfileOf } from '../../support/git/packfiles.ts';
import { createRepository, GIT_ENVIRONMENT } from '../../support/git/repository.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const repository = createRepository(
  { after },
  {
    'pack.yaml': 'ref: demo\nversion: 1.0.0\n',
    'bin/run.sh': { content: 'run\n', executable: true },
    'data/large': 'line\n'.repeat(5000),
  },
);
const first = repository.head();
const second = repository.commit({ 'data/large': `${'line\n'.repeat(5000)}more\n` });

/** Packs the objects of these commits, without earlier commits. */
function packCommits(...commits: string[]): Buffer {
  const objects = commits.flatMap((commit) => [
    commit,
    ...repository.git('ls-tree', '-rt', '--object-only', commit).split('\n'),
    repository.git('rev-parse', `${commit}^{tree}`),
  ]);
  return execFileSync('git', ['pack-objects', '--stdout', '-q', '--delta-base-offset'], {
    cwd: repository.path,
    env: GIT_ENVIRONMENT,
    input: `${[...new Set(objects)].join('\n')}\n`,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

function cacheFile(t: { after(clean: () => void): void }, content: Buffer) {
  const root = temporaryDirectory(t);
  const file = join(root, 'cached');
  writeFileSync(file, content);
  return { file, destination: join(root, 'out'), tools: { limits: DEFAULT_LIMITS, scratch: temporaryDirectory(t) } };
}

test('unpackCachedPackfile writes the files of the commit', (t) => {
  const { file, destination, tools } = cacheFile(t, packCommits(second));
  assert.ok(isPackfile(file));
  const written = unpackCachedPackfile(file, destination, tools);
  const { tree } = readPack(destination, DEFAULT_LIMITS);
  assert.deepEqual(
    tree.files.map(({ path, size, executable }) => [path, size, executable]),
    [
      ['bin/run.sh', 4, true],
      ['data/large', 25_005, false],
      ['pack.yaml', 25, false],
    ],
  );
  assert.deepEqual(written?.fingerprint, fingerprint(tree));
  assert.deepEqual(readdirSync(tools.scratch), []);
});

const valid = packCommits(second);
const link = (() => {
  const target = Buffer.from('/etc/passwd');
  const tree = Buffer.concat([Buffer.from('120000 link\0'), Buffer.from(objectId('blob', target), 'hex')]);
  const commit = Buffer.from(`tree ${objectId('tree', tree)}\nauthor A <a@b> 0 +0000\n\nx\n`);
  return packfileOf(objectEntry('commit', commit), objectEntry('tree', tree), objectEntry('blob', target));
})();

const ROWS: { claim: string; content: Buffer; code: string }[] = [
  { claim: 'that is truncated', content: valid.subarray(0, -30), code: 'INVALID_GIT_OBJECT' },
  {
    claim: 'with one byte changed',
    content: valid.map((byte, index) => (index === 200 ? byte ^ 1 : byte)) as Buffer,
    code: 'INVALID_GIT_OBJECT',
  },
  { claim: 'with two commits', content: packCommits(first, second), code: 'INVALID_GIT_OBJECT' },
  { claim: 'without a commit', content: packfileOf(objectEntry('blob', Buffer.from('x'))), code: 'INVALID_GIT_OBJECT' },
  {
    claim: 'without the files of its commit',
    content: packfileOf(objectEntry('commit', Buffer.from(`tree ${'a'.repeat(40)}\n`))),
    code: 'INVALID_GIT_OBJECT',
  },
  { claim: 'with a link in its commit', content: link, code: 'INVALID_TREE_ENTRY' },
];

for (const { claim, content, code } of ROWS) {
  test(`unpackCachedPackfile refuses a packfile ${claim} and writes nothing`, (t) => {
    const { file, destination, tools } = cacheFile(t, content);
    assert.throws(
      () => unpackCachedPackfile(file, destination, tools),
      (error) => error instanceof AttuneError && error.code === code,
    );
    assert.equal(existsSync(destination), false);
    assert.deepEqual(readdirSync(tools.scratch), []);
  });
}

test('isPackfile is false for other files, including very short ones', (t) => {
  for (const content of ['', 'PAC', 'ref: x', '\u001f\u008b']) {
    assert.equal(isPackfile(cacheFile(t, Buffer.from(content)).file), false);
  }
});
