import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildRegistry } from '../../../../fixtures/build.ts';
import { FIXTURES } from '../../../support/attune.ts';
import { contentsOf } from '../../../support/cli.ts';

test('fixtures: the registry equals the output of fixtures/build.ts', async () => {
  const registry = join(FIXTURES, 'registry');
  const built = await buildRegistry();
  const stored = Object.keys(contentsOf(registry)).filter((path) => path !== 'public-index.json');
  assert.deepEqual(stored.toSorted(), [...built.keys()].toSorted());
  for (const [path, content] of built) {
    assert.ok(readFileSync(join(registry, path)).equals(content), `${path} is stale: run npm run fixtures`);
  }
});
