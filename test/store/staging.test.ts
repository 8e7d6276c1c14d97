import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { layoutOf } from '../../src/store/layout.ts';
import { StagingArea } from '../../src/store/staging.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('StagingArea: the directory is private regardless of the umask, and is removed on disposal', (t) => {
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  const area = new StagingArea(layoutOf(temporaryDirectory(t)));
  const directory = dirname(area.newDirectory());
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  area[Symbol.dispose]();
  assert(!existsSync(directory));
});
