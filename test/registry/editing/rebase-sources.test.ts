import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { rebaseSources, urlRebaser } from '../../../src/registry/editing/rebase-sources.ts';

describe('urlRebaser', () => {
  const OUTPUT = 'file:///srv/out/merged.json';
  const BELOW = 'file:///srv/out/below/index.json';
  const ROWS: readonly { title: string; from?: string; to?: string; url: string; want: string }[] = [
    { title: 'a file next to the input becomes relative to the output', url: 'p.tgz', want: '../a/p.tgz' },
    { title: 'a file in a subdirectory keeps its path', url: './b/p.tgz', want: '../a/b/p.tgz' },
    { title: 'a file next to the output loses the directories', from: BELOW, url: '../p.tgz', want: 'p.tgz' },
    { title: 'a name with a colon stays a path', from: BELOW, url: '../c:d.tgz', want: './c:d.tgz' },
    { title: 'an escaped name and a query are kept', url: 'my%20pack.tgz?v=1#x', want: '../a/my%20pack.tgz?v=1#x' },
    { title: 'an absolute path stays', url: '/srv/p.tgz', want: '/srv/p.tgz' },
    { title: 'an absolute URL stays', url: 'https://h.example/p.tgz', want: 'https://h.example/p.tgz' },
    { title: 'an SSH location stays', url: 'git@h.example:a/p.git', want: 'git@h.example:a/p.git' },
    { title: 'nothing changes in the same directory', from: 'file:///srv/out/i.json', url: './p.tgz', want: './p.tgz' },
    {
      title: 'a source of a web index becomes absolute, without credentials and query of the index',
      from: 'https://user:secret@h.example/idx/index.json?token=1',
      url: '../p.tgz',
      want: 'https://h.example/p.tgz',
    },
    {
      title: 'an absolute path of a web index becomes absolute',
      from: 'https://h.example/idx/index.json',
      url: '/p.tgz',
      want: 'https://h.example/p.tgz',
    },
    {
      title: 'a file on another drive becomes absolute',
      from: 'file:///C:/a/index.json',
      to: 'file:///D:/out/merged.json',
      url: 'p.tgz',
      want: 'file:///C:/a/p.tgz',
    },
  ];
  for (const { title, from = 'file:///srv/a/index.json', to = OUTPUT, url, want } of ROWS) {
    test(`urlRebaser: ${title}`, () => {
      assert.equal(urlRebaser(new SafeUrl(from), new SafeUrl(to))(url), want);
    });
  }
});

test('rebaseSources: the sources of an entry and of its releases change in place', () => {
  const source = (url: string) => ({ type: 'archive', url, checksum: 'c' });
  const entry = {
    install_sources: [source('a'), source('https://h.example/a')],
    other: 1,
    releases: [{ version: '1.0.0', install_sources: [source('b')], yanked: 'bad' }],
  };
  const rebased = rebaseSources(entry, (url) => (url.startsWith('https') ? url : `x/${url}`));
  assert.deepEqual(rebased, {
    install_sources: [source('x/a'), source('https://h.example/a')],
    other: 1,
    releases: [{ version: '1.0.0', install_sources: [source('x/b')], yanked: 'bad' }],
  });
  assert.deepEqual(Object.keys(rebased), Object.keys(entry));
  assert.equal(
    rebaseSources(entry, (url) => url),
    entry,
  );
});
