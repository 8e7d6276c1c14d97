import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { fetchArchive } from '../../../src/sources/archive/fetch-archive.ts';
import { DownloadCache } from '../../../src/sources/cache/download-cache.ts';
import { tarGzOf } from '../../support/archives.ts';
import { createSourceTools, listFiles } from '../../support/git/fetching.ts';
import { bytes, startHttpServer } from '../../support/http/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const ARCHIVE = tarGzOf({ name: 'pack.yaml', content: 'one' });
const SHA256 = { algorithm: 'sha256', hex: createHash('sha256').update(ARCHIVE).digest('hex') } as const;

test('fetchArchive: an archive evicted between look-up and opening is downloaded without a message about damage', async (t) => {
  const server = await startHttpServer(t, { '/a.tgz': bytes(ARCHIVE) });
  const directory = join(temporaryDirectory(t), 'downloads');
  const cache = new DownloadCache(directory, 1_000_000, assert.fail);
  const file = join(temporaryDirectory(t), 'a.tgz');
  writeFileSync(file, ARCHIVE);
  cache.put(file, SHA256);
  const cached = join(directory, 'sha256', SHA256.hex);
  assert.ok(existsSync(cached));
  const reporter = collectWarnings({
    ...silentReporter,
    note: assert.fail,
    activity: (what) => {
      if (what.startsWith('Reading')) rmSync(cached);
      return silentReporter.activity(what);
    },
  });
  const destination = join(temporaryDirectory(t), 'pack');
  const source = { kind: 'archive', url: new SafeUrl(server.url('/a.tgz')), expected: SHA256 } as const;
  await fetchArchive(source, destination, createSourceTools(t, { reporter, cache }));
  assert.deepEqual(listFiles(destination), ['644 pack.yaml: one']);
  assert.deepEqual(server.requests, ['GET /a.tgz']);
  assert.deepEqual(readdirSync(join(directory, 'sha256')), [SHA256.hex], 'the archive is cached again');
});
