import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { findCheckout } from '../../../src/sources/git/checkout.ts';
import { createRepository } from '../../support/git/repository.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

describe('findCheckout', () => {
  it('findCheckout returns the origin without user info and the commit, also for a subdirectory', async (test) => {
    const repository = createRepository(test, { 'packs/one/pack.yaml': 'x' });
    repository.git('remote', 'add', 'origin', 'https://me:secret@git.example/org/pack.git');
    const want = { root: repository.path, origin: 'https://git.example/org/pack.git', commit: repository.head() };
    assert.deepEqual(await findCheckout(repository.path, DEFAULT_LIMITS), want);
    assert.deepEqual(await findCheckout(join(repository.path, 'packs/one'), DEFAULT_LIMITS), want);
  });

  it('findCheckout returns undefined values for a missing origin and a missing commit', async (test) => {
    const { path } = createRepository(test);
    assert.deepEqual(await findCheckout(path, DEFAULT_LIMITS), { root: path, origin: undefined, commit: undefined });
  });

  it('findCheckout does not find a bare repository next to the directory', async (test) => {
    const directory = join(temporaryDirectory(test), 'demo');
    mkdirSync(directory);
    createRepository(test, { x: 'x' }).bareCopy(`${directory}.git`);
    assert.equal(await findCheckout(directory, DEFAULT_LIMITS), undefined);
  });
});
