import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AttuneError } from '../../../src/errors.ts';
import { copyDatabase } from '../../../src/store/database/copy-database.ts';
import { contentsOf } from '../../support/cli.ts';
import { DAMAGED_DATABASES } from '../../support/damaged-store.ts';
import { install, openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { unprivileged } from '../../support/unprivileged.ts';

const QUIET = { progress: () => {}, check: () => {} };

for (const { claim, damage, code } of DAMAGED_DATABASES) {
  test(`database: a database that is ${claim} is rejected by path and left unchanged`, async (t) => {
    const data = temporaryDirectory(t);
    const backup = join(data, 'backups/attune-1.db');
    {
      using store = openStore(data);
      await install(store, 'core', '1.0.0');
      await store.query((database) => copyDatabase(database, backup, QUIET));
    }
    const path = join(data, 'attune.db');
    damage(path);
    const [before, releases] = [readFileSync(path), contentsOf(join(data, 'releases'))];
    using store = openStore(data);
    const isRefusal = (error: AttuneError) => {
      assert.deepEqual([error.code, error.facts['path']], [code, path]);
      assert.ok(error.message.includes(`'${path}'`));
      assert.ok(error.hint?.includes(`attune db restore ${backup} --yes`), error.hint);
      if (code === 'STORE_CORRUPT') assert.match(error.hint ?? '', /attune doctor --fix/);
      return true;
    };
    assert.throws(() => store.list(), isRefusal);
    await assert.rejects(install(store, 'else', '1.0.0'), isRefusal);
    store[Symbol.dispose]();
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(contentsOf(join(data, 'releases')), releases);
    assert.deepEqual(readdirSync(join(data, 'staging')), []);
  });

  test(`database: a user with read permission gets the same error if the database is ${claim}`, async (t) => {
    if (process.platform === 'win32') return t.skip('Windows has no such modes');
    const data = temporaryDirectory(t);
    {
      using store = openStore(data);
      await install(store, 'core', '1.0.0');
    }
    damage(join(data, 'attune.db'));
    chmodSync(join(data, 'attune.db'), 0o444);
    chmodSync(data, 0o555);
    try {
      using store = openStore(data);
      assert.throws(() => unprivileged(() => store.list()), { code });
    } finally {
      chmodSync(data, 0o755);
    }
  });
}
