import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Digest, StrongAlgorithm } from '../../../src/packs/digest.ts';
import { systemHttp } from '../../../src/platform/http/system-http.ts';
import { type WarningCollector, collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { fetchArchive } from '../../../src/sources/archive/fetch-archive.ts';
import { DownloadCache } from '../../../src/sources/cache/download-cache.ts';
import { tarGzOf } from '../../support/archives.ts';
import { listFiles, createSourceTools } from '../../support/git/fetching.ts';
import {
  answer,
  bytes,
  guarded,
  type Handler,
  inSequence,
  servedFile,
  startHttpServer,
} from '../../support/http/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const archiveOf = (content: string) => tarGzOf({ name: 'pack.yaml', content });
const ONE = archiveOf('one');
const TWO = archiveOf('two');
const digestOf = (content: Uint8Array, algorithm: StrongAlgorithm = 'sha256'): Digest => ({
  algorithm,
  hex: createHash(algorithm).update(content).digest('hex'),
});

interface Cleaner {
  after(clean: () => void): void;
}

/** One user's machine: fetches one after another, which share a cache. */
function machine(t: Cleaner) {
  const directory = join(temporaryDirectory(t), 'downloads');
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const reporter: WarningCollector = collectWarnings({
    ...silentReporter,
    note: say,
    activity: (what) => {
      say(what);
      return silentReporter.activity(what);
    },
  });
  const cache = new DownloadCache(directory, 1_000_000, say);
  const fetch = async (url: string, expected?: Digest, changes: Partial<Parameters<typeof fetchArchive>[2]> = {}) => {
    said.splice(0);
    const destination = join(temporaryDirectory(t), 'pack');
    const tools = createSourceTools(t, { reporter, cache, ...changes });
    await fetchArchive({ kind: 'archive', url: new SafeUrl(url), expected }, destination, tools);
    return listFiles(destination).join().replace('644 pack.yaml: ', '');
  };
  return { fetch, said, cache, directory };
}

const OFFLINE = systemHttp({ offline: true, allowPlain: false, timeoutMs: 1000, redirects: 5, variables: {} });

describe('with an expected digest', () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    test(`of ${algorithm}, the second time takes no connection, from whatever address, even offline`, async (t) => {
      const server = await startHttpServer(t, { '/a.tgz': bytes(ONE) });
      const { fetch, said } = machine(t);
      assert.equal(await fetch(server.url('/a.tgz'), digestOf(ONE, algorithm)), 'one');
      assert.deepEqual(said, [`Downloading ${server.url('/a.tgz')}`]);
      for (const http of [createSourceTools(t).http, OFFLINE]) {
        assert.equal(await fetch('https://elsewhere.example/b.tgz', digestOf(ONE, algorithm), { http }), 'one');
        assert.deepEqual(said, ['Reading https://elsewhere.example/b.tgz from the cache']);
      }
      assert.equal(server.requests.length, 1);
    });
  }

  test('an archive with another digest is not kept', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': bytes(TWO) });
    const { fetch, cache } = machine(t);
    await assert.rejects(fetch(server.url('/a.tgz'), digestOf(ONE)), { code: 'INTEGRITY_CHECKSUM' });
    assert.deepEqual(cache.entries(), []);
  });

  const damages: readonly [claim: string, damage: Uint8Array][] = [
    ['altered', Buffer.from(ONE).fill(1, 10, 12)],
    ['another archive', TWO],
    ['empty', Buffer.alloc(0)],
    ['cut off', ONE.subarray(0, 20)],
  ];
  for (const [claim, damage] of damages) {
    test(`what is ${claim} in the cache is noted, downloaded anew and kept anew`, async (t) => {
      const server = await startHttpServer(t, { '/a.tgz': bytes(ONE) });
      const { fetch, said, directory } = machine(t);
      await fetch(server.url('/a.tgz'), digestOf(ONE));
      writeFileSync(join(directory, 'sha256', digestOf(ONE).hex), damage);
      assert.equal(await fetch(server.url('/a.tgz'), digestOf(ONE)), 'one');
      const asked = server.url('/a.tgz');
      assert.deepEqual(said, [
        `Reading ${asked} from the cache`,
        `What the cache has of ${asked} is damaged: it is downloaded anew.`,
        `Downloading ${asked}`,
      ]);
      await fetch(asked, digestOf(ONE), { http: OFFLINE });
    });
  }

  test('a cache that is damaged does not help who is offline', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': bytes(ONE) });
    const { fetch, directory } = machine(t);
    await fetch(server.url('/a.tgz'), digestOf(ONE));
    writeFileSync(join(directory, 'sha256', digestOf(ONE).hex), TWO);
    await assert.rejects(fetch(server.url('/a.tgz'), digestOf(ONE), { http: OFFLINE }), { code: 'NETWORK_OFFLINE' });
  });
});

const TAGGED = { etag: '"1"' };
const DATED = { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };

describe('without an expected digest, the server is asked whether it has changed', () => {
  const rows: readonly { claim: string; turns: readonly Handler[]; want: string; cached: boolean }[] = [
    {
      claim: 'and by its tag it has not',
      turns: [servedFile({ content: ONE, headers: TAGGED })],
      want: 'one',
      cached: true,
    },
    {
      claim: 'and by its date it has not',
      turns: [servedFile({ content: ONE, headers: DATED })],
      want: 'one',
      cached: true,
    },
    {
      claim: 'and it has',
      turns: [servedFile({ content: ONE, headers: TAGGED }), servedFile({ content: TWO, headers: { etag: '"2"' } })],
      want: 'two',
      cached: false,
    },
    { claim: 'and it has neither tag nor date', turns: [bytes(ONE)], want: 'one', cached: false },
    {
      claim: 'but not if the server wants nothing kept',
      turns: [servedFile({ content: ONE, headers: { ...TAGGED, 'cache-control': 'no-store' } })],
      want: 'one',
      cached: false,
    },
  ];
  for (const { claim, turns, want, cached } of rows) {
    test(claim, async (t) => {
      const server = await startHttpServer(t, { '/a.tgz': inSequence(...turns) });
      const { fetch, said } = machine(t);
      assert.equal(await fetch(server.url('/a.tgz')), 'one');
      assert.equal(await fetch(server.url('/a.tgz')), want);
      assert.equal(
        said.some((text) => text.endsWith('from the cache')),
        cached,
        said.join('\n'),
      );
      assert.equal(server.requests.length, 2);
    });
  }

  test('and an unchanged archive that is damaged here is downloaded anew', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': servedFile({ content: ONE, headers: TAGGED }) });
    const { fetch, directory } = machine(t);
    await fetch(server.url('/a.tgz'));
    writeFileSync(join(directory, 'sha256', digestOf(ONE).hex), TWO);
    assert.equal(await fetch(server.url('/a.tgz')), 'one');
    assert.deepEqual(
      server.headers.map((headers) => headers['if-none-match']),
      [undefined, '"1"', undefined],
    );
  });

  test('and offline it cannot be asked', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': servedFile({ content: ONE, headers: TAGGED }) });
    const { fetch } = machine(t);
    await fetch(server.url('/a.tgz'));
    await assert.rejects(fetch(server.url('/a.tgz'), undefined, { http: OFFLINE }), { code: 'NETWORK_OFFLINE' });
  });

  test('and one login does not get what another one brought', async (t) => {
    const server = await startHttpServer(t, {
      '/a.tgz': guarded('ada', 's3cret', servedFile({ content: ONE, headers: TAGGED })),
    });
    const { fetch } = machine(t);
    const urlOf = (login: string) => server.url('/a.tgz').replace('//', `//${login}@`);
    await fetch(urlOf('ada:s3cret'));
    await assert.rejects(fetch(urlOf('bob:other')), { code: 'NETWORK_HTTP_STATUS' });
    assert.equal(server.headers.at(-1)?.['if-none-match'], undefined);
    assert.equal(await fetch(urlOf('ada:s3cret')), 'one');
    assert.equal(server.headers.at(-1)?.['if-none-match'], '"1"');
  });

  test('and what is no archive is not kept', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': answer(200, TAGGED, '<!doctype html>Sorry') });
    const { fetch, cache } = machine(t);
    await assert.rejects(fetch(server.url('/a.tgz')), { code: 'INVALID_ARCHIVE' });
    assert.deepEqual(cache.entries(), []);
  });
});

test('an archive on this machine is not kept a second time', async (t) => {
  const path = join(temporaryDirectory(t), 'a.tgz');
  writeFileSync(path, ONE);
  const { fetch, cache } = machine(t);
  await fetch(path, digestOf(ONE));
  assert.deepEqual(cache.entries(), []);
});

test('without a cache everything comes from its publisher', async (t) => {
  const server = await startHttpServer(t, { '/a.tgz': bytes(ONE) });
  const { fetch } = machine(t);
  for (let count = 0; count < 2; count++) await fetch(server.url('/a.tgz'), digestOf(ONE), { cache: undefined });
  assert.equal(server.requests.length, 2);
});
