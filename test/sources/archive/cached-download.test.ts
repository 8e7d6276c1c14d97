import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Digest, StrongAlgorithm } from '../../../src/packs/digest.ts';
import { systemHttp } from '../../../src/platform/http/system-http.ts';
import { collectWarnings, silentReporter, type WarningCollector } from '../../../src/platform/reporter.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { fetchArchive } from '../../../src/sources/archive/fetch-archive.ts';
import { DownloadCache } from '../../../src/sources/cache/download-cache.ts';
import { tarGzOf } from '../../support/archives.ts';
import { createSourceTools, listFiles } from '../../support/git/fetching.ts';
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

/** Creates a function that fetches archives with a shared cache, and the messages of the last fetch. */
function createFetcher(t: Cleaner) {
  const directory = join(temporaryDirectory(t), 'downloads');
  const messages: string[] = [];
  const record = (text: string) => void messages.push(text);
  const reporter: WarningCollector = collectWarnings({
    ...silentReporter,
    note: record,
    activity: (what) => {
      record(what);
      return silentReporter.activity(what);
    },
  });
  const cache = new DownloadCache(directory, 1_000_000, record);
  const fetch = async (url: string, expected?: Digest, changes: Partial<Parameters<typeof fetchArchive>[2]> = {}) => {
    messages.splice(0);
    const destination = join(temporaryDirectory(t), 'pack');
    const tools = createSourceTools(t, { reporter, cache, ...changes });
    await fetchArchive({ kind: 'archive', url: new SafeUrl(url), expected }, destination, tools);
    return listFiles(destination).join().replace('644 pack.yaml: ', '');
  };
  return { fetch, messages, cache, directory };
}

const OFFLINE = systemHttp({ offline: true, allowPlain: false, timeoutMs: 1000, redirects: 5, variables: {} });

describe('fetchArchive with an expected digest', () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    test(`fetchArchive: an archive cached by its ${algorithm} needs no connection, for any URL and offline`, async (t) => {
      const server = await startHttpServer(t, { '/a.tgz': bytes(ONE) });
      const { fetch, messages } = createFetcher(t);
      assert.equal(await fetch(server.url('/a.tgz'), digestOf(ONE, algorithm)), 'one');
      assert.deepEqual(messages, [`Downloading ${server.url('/a.tgz')}`]);
      for (const http of [createSourceTools(t).http, OFFLINE]) {
        assert.equal(await fetch('https://elsewhere.example/b.tgz', digestOf(ONE, algorithm), { http }), 'one');
        assert.deepEqual(messages, ['Reading https://elsewhere.example/b.tgz from the cache']);
      }
      assert.equal(server.requests.length, 1);
    });
  }

  test('fetchArchive: an archive with another digest is not cached', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': bytes(TWO) });
    const { fetch, cache } = createFetcher(t);
    await assert.rejects(fetch(server.url('/a.tgz'), digestOf(ONE)), { code: 'INTEGRITY_CHECKSUM' });
    assert.deepEqual(cache.entries(), []);
  });

  const damages: readonly [claim: string, damage: Uint8Array][] = [
    ['altered', Buffer.from(ONE).fill(1, 10, 12)],
    ['another archive', TWO],
    ['empty', Buffer.alloc(0)],
    ['truncated', ONE.subarray(0, 20)],
  ];
  for (const [claim, damage] of damages) {
    test(`fetchArchive: a cached file that is ${claim} is reported, downloaded and cached again`, async (t) => {
      const server = await startHttpServer(t, { '/a.tgz': bytes(ONE) });
      const { fetch, messages, directory } = createFetcher(t);
      await fetch(server.url('/a.tgz'), digestOf(ONE));
      writeFileSync(join(directory, 'sha256', digestOf(ONE).hex), damage);
      assert.equal(await fetch(server.url('/a.tgz'), digestOf(ONE)), 'one');
      const url = server.url('/a.tgz');
      assert.deepEqual(messages, [
        `Reading ${url} from the cache`,
        `The cached copy of ${url} is damaged. Downloading it again.`,
        `Downloading ${url}`,
      ]);
      await fetch(url, digestOf(ONE), { http: OFFLINE });
    });
  }

  test('fetchArchive: a damaged cached archive is an offline error if attune is offline', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': bytes(ONE) });
    const { fetch, directory } = createFetcher(t);
    await fetch(server.url('/a.tgz'), digestOf(ONE));
    writeFileSync(join(directory, 'sha256', digestOf(ONE).hex), TWO);
    await assert.rejects(fetch(server.url('/a.tgz'), digestOf(ONE), { http: OFFLINE }), { code: 'NETWORK_OFFLINE' });
  });
});

const TAGGED = { etag: '"1"' };
const DATED = { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };

describe('fetchArchive without an expected digest', () => {
  const rows: readonly { claim: string; turns: readonly Handler[]; want: string; cached: boolean }[] = [
    {
      claim: 'uses the cached archive if the server confirms its ETag',
      turns: [servedFile({ content: ONE, headers: TAGGED })],
      want: 'one',
      cached: true,
    },
    {
      claim: 'uses the cached archive if the server confirms its date',
      turns: [servedFile({ content: ONE, headers: DATED })],
      want: 'one',
      cached: true,
    },
    {
      claim: 'downloads an archive that has changed',
      turns: [servedFile({ content: ONE, headers: TAGGED }), servedFile({ content: TWO, headers: { etag: '"2"' } })],
      want: 'two',
      cached: false,
    },
    { claim: 'downloads an archive without ETag and date again', turns: [bytes(ONE)], want: 'one', cached: false },
    {
      claim: 'downloads an archive with Cache-Control: no-store again',
      turns: [servedFile({ content: ONE, headers: { ...TAGGED, 'cache-control': 'no-store' } })],
      want: 'one',
      cached: false,
    },
  ];
  for (const { claim, turns, want, cached } of rows) {
    test(`fetchArchive without a digest ${claim}`, async (t) => {
      const server = await startHttpServer(t, { '/a.tgz': inSequence(...turns) });
      const { fetch, messages } = createFetcher(t);
      assert.equal(await fetch(server.url('/a.tgz')), 'one');
      assert.equal(await fetch(server.url('/a.tgz')), want);
      assert.equal(
        messages.some((text) => text.endsWith('from the cache')),
        cached,
        messages.join('\n'),
      );
      assert.equal(server.requests.length, 2);
    });
  }

  test('fetchArchive without a digest downloads an unchanged archive again if the cached copy is damaged', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': servedFile({ content: ONE, headers: TAGGED }) });
    const { fetch, directory } = createFetcher(t);
    await fetch(server.url('/a.tgz'));
    writeFileSync(join(directory, 'sha256', digestOf(ONE).hex), TWO);
    assert.equal(await fetch(server.url('/a.tgz')), 'one');
    assert.deepEqual(
      server.headers.map((headers) => headers['if-none-match']),
      [undefined, '"1"', undefined],
    );
  });

  test('fetchArchive without a digest fails offline, even for a cached archive', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': servedFile({ content: ONE, headers: TAGGED }) });
    const { fetch } = createFetcher(t);
    await fetch(server.url('/a.tgz'));
    await assert.rejects(fetch(server.url('/a.tgz'), undefined, { http: OFFLINE }), { code: 'NETWORK_OFFLINE' });
  });

  test('fetchArchive without a digest does not serve an archive cached for another login', async (t) => {
    const server = await startHttpServer(t, {
      '/a.tgz': guarded('ada', 's3cret', servedFile({ content: ONE, headers: TAGGED })),
    });
    const { fetch } = createFetcher(t);
    const urlOf = (login: string) => server.url('/a.tgz').replace('//', `//${login}@`);
    await fetch(urlOf('ada:s3cret'));
    await assert.rejects(fetch(urlOf('bob:other')), { code: 'NETWORK_HTTP_STATUS' });
    assert.equal(server.headers.at(-1)?.['if-none-match'], undefined);
    assert.equal(await fetch(urlOf('ada:s3cret')), 'one');
    assert.equal(server.headers.at(-1)?.['if-none-match'], '"1"');
  });

  test('fetchArchive without a digest does not cache a response that is not an archive', async (t) => {
    const server = await startHttpServer(t, { '/a.tgz': answer(200, TAGGED, '<!doctype html>Sorry') });
    const { fetch, cache } = createFetcher(t);
    await assert.rejects(fetch(server.url('/a.tgz')), { code: 'INVALID_ARCHIVE' });
    assert.deepEqual(cache.entries(), []);
  });
});

test('fetchArchive: a local archive is not cached', async (t) => {
  const path = join(temporaryDirectory(t), 'a.tgz');
  writeFileSync(path, ONE);
  const { fetch, cache } = createFetcher(t);
  await fetch(path, digestOf(ONE));
  assert.deepEqual(cache.entries(), []);
});

test('fetchArchive without a cache downloads every time', async (t) => {
  const server = await startHttpServer(t, { '/a.tgz': bytes(ONE) });
  const { fetch } = createFetcher(t);
  for (let count = 0; count < 2; count++) await fetch(server.url('/a.tgz'), digestOf(ONE), { cache: undefined });
  assert.equal(server.requests.length, 2);
});
