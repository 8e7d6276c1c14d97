import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { packFiles } from '../world/registry.ts';
import { writeFiles } from '../world/store.ts';
import { type CliWorld, createCliWorld, installedPacks, storeContents } from './world.ts';

/** A pack that has a release before, and two that need it. */
async function worldWithTower(t: TestContext): Promise<CliWorld> {
  const world = createCliWorld(t);
  for (const version of ['1.0.0', '2.0.0']) {
    writeFiles(join(world.directory, 'base'), packFiles({ ref: 'base', version }));
    writeFiles(join(world.directory, 'middle'), packFiles({ ref: 'middle', needs: ['base'] }));
    writeFiles(join(world.directory, 'top'), packFiles({ ref: 'top', needs: ['middle'] }));
    await world.attune('pack', 'install', './base', './middle', './top', '--force');
  }
  return world;
}

const CHANGES: readonly { claim: string; words: readonly string[]; after: readonly string[] }[] = [
  { claim: 'a rollback', words: ['rollback', 'base'], after: ['base 1.0.0', 'middle 1.0.0', 'top 1.0.0'] },
  { claim: 'an uninstallation of a tower', words: ['uninstall', 'base', '--with-dependents'], after: [] },
];

/** In milliseconds after the lock is free; it is tried every fifty. */
const DELAYS = [30, 55, 80];

for (const { claim, words, after } of CHANGES) {
  test(`after kill -9 in ${claim} everything is as before or all of it is done, and the next command goes on from there`, async (t) => {
    const world = await worldWithTower(t);
    const before = ['base 2.0.0', 'middle 1.0.0', 'top 1.0.0'];
    for (const delay of DELAYS) {
      const lock = new Database(join(world.data, 'writer.lock'));
      lock.exec('BEGIN EXCLUSIVE');
      const { child, ended } = world.start({}, 'pack', ...words);
      const waiting = new Promise((resolve) =>
        child.stderr?.on('data', (text) => /Waiting/.test(text) && resolve(text)),
      );
      await Promise.race([waiting, ended]);
      lock.close();
      await sleep(delay);
      child.kill('SIGKILL');
      await ended;
      const now = await installedPacks(world);
      assert.ok(
        [before, after].some((all) => all.join() === now.join()),
        `neither before nor after: ${now}`,
      );
      const shown = Object.keys(storeContents(world)).filter((path) => path.startsWith('packs/'));
      assert.deepEqual(
        shown,
        now.map((pack) => `packs/${pack.split(' ')[0]}`),
      );
      if (now.join() === after.join()) return;
    }
    const { status, stderr } = await world.attune('pack', ...words);
    assert.equal(status, 0, stderr);
    assert.deepEqual(await installedPacks(world), after);
  });
}
