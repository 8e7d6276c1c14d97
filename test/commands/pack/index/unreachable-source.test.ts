import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { unreachableReason } from '../../../../src/operations/index/unreachable-source.ts';
import { createCliHarness } from '../../../support/cli.ts';
import { createRepository } from '../../../support/git/repository.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const NETWORK = /exists only in your network or ssh configuration/;
const MACHINE = /which is this machine/;
const FILE = /names a file of this machine/;
const PATH = /is a path on this machine/;

const ROWS: readonly (readonly [url: string, reason: RegExp | undefined])[] = [
  ['https://packs.example/a.tgz', undefined],
  ['https://[2001:db8::1]/a.tgz', undefined],
  ['git@github.com:org/a.git', undefined],
  ['ssh://git@packs.example:2222/a.git', undefined],
  ['archives/a.tgz', undefined],
  ['../a.tgz', undefined],
  ['https://172.32.0.1/a.tgz', undefined],
  ['file:///srv/a.tgz', FILE],
  ['FILE:///srv/a.tgz', FILE],
  ['git+file:///srv/a.git', FILE],
  ['/srv/a.git', PATH],
  ['C:\\packs\\a.tgz', PATH],
  ['https://localhost:8080/a.tgz', MACHINE],
  ['https://127.0.0.1/a.tgz', MACHINE],
  ['https://[::1]/a.tgz', MACHINE],
  ['http://127.0.0.1/a.tgz', MACHINE],
  ['https://build/a.tgz', NETWORK],
  ['https://10.1.2.3/a.tgz', NETWORK],
  ['https://172.16.0.1/a.tgz', NETWORK],
  ['https://192.168.0.1/a.tgz', NETWORK],
  ['https://[fd00::1]/a.tgz', NETWORK],
  ['https://nas.local/a.tgz', NETWORK],
  ['git@github-work:org/a.git', NETWORK],
  ['ssh://git@gitbox/a.git', NETWORK],
  ['http://packs.example/a.tgz', /is plain http/],
];

describe('unreachableReason', () => {
  for (const [url, reason] of ROWS) {
    test(`unreachableReason: ${url} is ${reason === undefined ? 'not reported' : 'reported'}`, () => {
      const found = unreachableReason(url);
      if (reason === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', reason);
    });
  }
});

describe('entries that others cannot use', () => {
  test('index-update: warns about a source that only this machine has before it writes the entry', async (t) => {
    const { json, directory } = createCliHarness(t);
    writeFiles(join(directory, 'demo'), packFiles({ ref: 'demo' }));
    const args = ['--index', 'index.json', '--create', './demo', '-g', 'file:///srv/demo.git', '-r', 'v1'];
    const { status, document, stderr } = await json('pack', 'index-update', ...args);
    assert.equal(status, 0, stderr);
    assert.match(
      document.warnings.join('\n'),
      /the URL of its git repository, file:\/\/\/srv\/demo\.git, names a file/,
    );
    assert.match(stderr, /Others may not be able to install the entry/);
  });

  test('index-entry: warns about a branch, whose next commit invalidates the checksum, and not about a tag', async (t) => {
    const { json } = createCliHarness(t);
    const repository = createRepository(t, packFiles({ ref: 'demo' }));
    repository.git('tag', 'v1.0.0');
    const entry = async (ref: string) => {
      const args = ['-g', 'https://packs.example/demo.git', '-r', ref];
      return (await json('pack', 'index-entry', repository.path, ...args)).stderr;
    };
    assert.match(await entry('main'), /'main' is a branch: .* Record a tag or the commit [0-9a-f]{40} with --git-ref/);
    assert.doesNotMatch(await entry('v1.0.0'), /is a branch/);
  });
});
