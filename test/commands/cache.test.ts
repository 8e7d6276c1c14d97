import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { contentsOf, createCliHarness } from '../support/cli.ts';
import { install, openStore, writeFiles } from '../support/store.ts';

test('cache: info lists sizes, and prune removes the selected files and reports their size', async (t) => {
  const harness = createCliHarness(t);
  const cache = join(dirname(harness.data), 'cache');
  writeFiles(cache, { [`downloads/sha256/${'a'.repeat(64)}`]: 'x'.repeat(2048), 'mine.txt': 'mine' });
  writeFiles(harness.config, { 'settings.yaml': 'keep_releases: 1\n' });
  {
    using store = openStore(harness.data, { keepReleases: 5 });
    for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  }
  const info = await harness.attune('cache', 'info');
  assert.equal(info.status, 0, info.stderr);
  assert.match(info.stdout, /^downloads +1 +2\.0 KiB +\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d +archives by digest$/m);
  assert.match(info.stdout, /^other +1 +4 B .*never removed$/m);
  assert.match(info.stdout, /No longer needed: 1 release \(\d+ B\)\. Remove with: attune cache prune --releases/);
  const plan = await harness.attune('cache', 'prune', '--max-size', '1KB', '--releases', '--dry-run');
  assert.match(
    plan.stdout,
    /^Would free 2\.\d KiB:\n {2}downloads: 1 file, 2\.0 KiB, last used .*\n {2}release core 1\.0\.0: /,
  );
  const { status, document } = await harness.json('cache', 'prune', '--all', '--releases');
  assert.deepEqual([status, document.success], [0, true]);
  // An executable also unpacks its native addon into the cache.
  const downloads = document.rooms.find(({ name }: { name: string }) => name === 'downloads');
  assert.deepEqual([downloads.files, downloads.bytes], [1, 2048]);
  assert.deepEqual(
    document.releases.map(({ version }: { version: string }) => version),
    ['1.0.0'],
  );
  const remaining = Object.entries(contentsOf(cache)).filter(([path]) => !path.startsWith('native/'));
  assert.deepEqual(Object.fromEntries(remaining), { 'downloads/sha256/': '', 'mine.txt': 'mine' });
});

test('cache prune: an invalid age exits 2 with an example', async (t) => {
  const { status, document } = await createCliHarness(t).json('cache', 'prune', '--older-than', '3 moons');
  assert.deepEqual([status, document.error.code], [2, 'USAGE']);
  assert.match(document.error.hint, /30d/);
});
