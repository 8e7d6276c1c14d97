import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildRegistry } from '../../../../fixtures/build.ts';
import { FIXTURES } from '../../../support/attune.ts';
import { contentsOf } from '../../../support/cli.ts';

test('the registry among the fixtures is what fixtures/build.ts makes of the packs', async () => {
  const registry = join(FIXTURES, 'registry');
  const made = await buildRegistry();
  const kept = Object.keys(contentsOf(registry)).filter((path) => path !== 'public-index.json');
  assert.deepEqual(kept.toSorted(), [...made.keys()].toSorted());
  for (const [path, content] of made) {
    assert.ok(readFileSync(join(registry, path)).equals(content), `${path} is stale: run npm run fixtures`);
  }
});
