import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { layoutOf } from '../../src/store/layout.ts';
import { StagingArea } from '../../src/store/staging.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('what is staged is closed to other users, whatever the umask, and goes', (t) => {
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  const area = new StagingArea(layoutOf(temporaryDirectory(t)));
  const place = dirname(area.newDirectory());
  assert.equal(statSync(place).mode & 0o777, 0o700);
  area[Symbol.dispose]();
  assert(!existsSync(place));
});
