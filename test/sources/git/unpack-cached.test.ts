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

/** What git sends of these commits, without what comes before them unless they are named too. */
function packed(...commits: string[]): Buffer {
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

function keptFile(t: { after(clean: () => void): void }, content: Buffer) {
  const root = temporaryDirectory(t);
  const file = join(root, 'kept');
  writeFileSync(file, content);
  return { file, destination: join(root, 'out'), tools: { limits: DEFAULT_LIMITS, scratch: temporaryDirectory(t) } };
}

test('the files of the commit come out of its pack again', (t) => {
  const { file, destination, tools } = keptFile(t, packed(second));
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

const right = packed(second);
const link = (() => {
  const target = Buffer.from('/etc/passwd');
  const tree = Buffer.concat([Buffer.from('120000 link\0'), Buffer.from(objectId('blob', target), 'hex')]);
  const commit = Buffer.from(`tree ${objectId('tree', tree)}\nauthor A <a@b> 0 +0000\n\nx\n`);
  return packfileOf(objectEntry('commit', commit), objectEntry('tree', tree), objectEntry('blob', target));
})();

const ROWS: { claim: string; content: Buffer; code: string }[] = [
  { claim: 'that lacks its end', content: right.subarray(0, -30), code: 'INVALID_GIT_OBJECT' },
  {
    claim: 'with one byte changed',
    content: right.map((byte, at) => (at === 200 ? byte ^ 1 : byte)) as Buffer,
    code: 'INVALID_GIT_OBJECT',
  },
  { claim: 'of two commits', content: packed(first, second), code: 'INVALID_GIT_OBJECT' },
  { claim: 'of none', content: packfileOf(objectEntry('blob', Buffer.from('x'))), code: 'INVALID_GIT_OBJECT' },
  {
    claim: 'without the files of its commit',
    content: packfileOf(objectEntry('commit', Buffer.from(`tree ${'a'.repeat(40)}\n`))),
    code: 'INVALID_GIT_OBJECT',
  },
  { claim: 'with a link in it', content: link, code: 'INVALID_TREE_ENTRY' },
];

for (const { claim, content, code } of ROWS) {
  test(`a pack ${claim} is refused, and nothing is written`, (t) => {
    const { file, destination, tools } = keptFile(t, content);
    assert.throws(
      () => unpackCachedPackfile(file, destination, tools),
      (error) => error instanceof AttuneError && error.code === code,
    );
    assert.equal(existsSync(destination), false);
    assert.deepEqual(readdirSync(tools.scratch), []);
  });
}

test('other files are no packs, however short', (t) => {
  for (const content of ['', 'PAC', 'ref: x', '\u001f\u008b']) {
    assert.equal(isPackfile(keptFile(t, Buffer.from(content)).file), false);
  }
});
