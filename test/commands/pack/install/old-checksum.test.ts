import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { FIRST, FIRST_SUM, SECOND } from '../../../support/checksum-vectors.ts';
import { createCliHarness } from '../../../support/cli.ts';
import { createRepository } from '../../../support/git/repository.ts';
import { writeRegistry } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

/** The checksums of the test vectors in the earlier form. */
const FIRST_OLD = 'sha256:5d9f001d1273ddbfae1977763fa064d8d15a88668b6131d4b4158b251f96dd3b';
const SECOND_OLD = 'sha256:611d6d102d3cdddeecf05ebf21ad2dfd53272004193e6d1853596a46d1890541';

test('checksum --verify: a checksum of the earlier form exits 7 with its own code for both test vectors', async (t) => {
  const { json, directory } = createCliHarness(t);
  writeFiles(join(directory, 'first'), FIRST);
  writeFiles(join(directory, 'second'), SECOND);
  for (const [path, old] of Object.entries({ first: FIRST_OLD, second: SECOND_OLD })) {
    const { status, document } = await json('pack', 'checksum', path, '--verify', old);
    assert.deepEqual([status, document.error.code], [7, 'INTEGRITY_OLD_CHECKSUM']);
    assert.match(document.error.hint, /attune pack index-update/);
  }
  const wrong = await json('pack', 'checksum', 'second', '--verify', FIRST_OLD);
  assert.deepEqual([wrong.status, wrong.document.error.code], [7, 'INTEGRITY_CHECKSUM']);
});

test('install: an entry with a checksum of the earlier form exits 7, and --allow-weak-checksum accepts it with a warning', async (t) => {
  const { jsonWith, directory } = createCliHarness(t);
  const repository = createRepository(t, FIRST);
  const git = { type: 'git', url: pathToFileURL(repository.path).href, ref: repository.head() } as const;
  const index = writeRegistry(join(directory, 'registry'), [
    { ref: 'demo', sources: [{ ...git, checksum: FIRST_OLD }] },
  ]);
  const attune = (...args: string[]) => jsonWith({ ATTUNE_REGISTRY_INDICES: index }, ...args);

  const refused = await attune('pack', 'install', 'demo');
  const { code, message, details } = refused.document.error;
  assert.deepEqual([refused.status, code], [7, 'INTEGRITY_OLD_CHECKSUM']);
  assert.deepEqual([details.expected, details.actual], [FIRST_OLD, FIRST_SUM]);
  assert.doesNotMatch(message, /do not have the expected checksum/);

  const checked = await attune('pack', 'index-validate', index, '--check-sources');
  const found = checked.document.diagnostics.map((one: { code: string; message: string }) => [one.code, one.message]);
  assert.equal(found[0][0], 'source-checksum', 'a check of the sources must not accept it');
  assert.match(found[0][1], /earlier versions of the platform's client/);

  const accepted = await attune('pack', 'install', 'demo', '--allow-weak-checksum');
  assert.equal(accepted.status, 0, accepted.stderr);
  assert.equal(accepted.document.packs[0].checksum, FIRST_SUM, 'the recorded checksum has the current form');
  assert.match(accepted.document.warnings.join('\n'), /ambiguous form/);
});

test('install: --checksum of the earlier form exits 7 for a git repository', async (t) => {
  const { json } = createCliHarness(t);
  const repository = createRepository(t, FIRST);
  const args = ['pack', 'install', `git+${pathToFileURL(repository.path).href}`, '--checksum', FIRST_OLD];
  const refused = await json(...args);
  assert.deepEqual([refused.status, refused.document.error.code], [7, 'INTEGRITY_OLD_CHECKSUM']);
  const accepted = await json(...args, '--allow-weak-checksum');
  assert.equal(accepted.status, 0, accepted.stderr);
});
