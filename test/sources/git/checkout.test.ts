import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { findCheckout } from '../../../src/sources/git/checkout.ts';
import { createRepository } from '../../support/git/repository.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

describe('what a directory is a checkout of', () => {
  it('its origin without user info and its commit, also from a directory inside', async (test) => {
    const repository = createRepository(test, { 'packs/one/pack.yaml': 'x' });
    repository.git('remote', 'add', 'origin', 'https://me:secret@git.example/org/pack.git');
    const want = { root: repository.path, origin: 'https://git.example/org/pack.git', commit: repository.head() };
    assert.deepEqual(await findCheckout(repository.path, DEFAULT_LIMITS), want);
    assert.deepEqual(await findCheckout(join(repository.path, 'packs/one'), DEFAULT_LIMITS), want);
  });

  it('no origin and no commit are nothing', async (test) => {
    const { path } = createRepository(test);
    assert.deepEqual(await findCheckout(path, DEFAULT_LIMITS), { root: path, origin: undefined, commit: undefined });
  });

  it('a directory beside a repository is in none', async (test) => {
    const directory = join(temporaryDirectory(test), 'demo');
    mkdirSync(directory);
    createRepository(test, { x: 'x' }).bareCopy(`${directory}.git`);
    assert.equal(await findCheckout(directory, DEFAULT_LIMITS), undefined);
  });
});
