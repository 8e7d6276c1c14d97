import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../attune.ts';

const DIRECTORY = join(PROJECT, 'test', 'resolver', 'pubgrub', 'explanation', 'golden');

/** With `UPDATE_GOLDEN=1` the files are rewritten, so that the changes can be reviewed in the diff. */
const UPDATES = process.env['UPDATE_GOLDEN'] === '1';

/** Returns the file name of a title: `a-yanked-version.txt`. */
function goldenName(title: string): string {
  return `${title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}.txt`;
}

/** Compares a text with its reviewed golden file. */
export function assertGolden(title: string, text: string): void {
  const path = join(DIRECTORY, goldenName(title));
  if (UPDATES) {
    mkdirSync(DIRECTORY, { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'), `if the change is intended: UPDATE_GOLDEN=1 node --test`);
}

/** Asserts that every golden file belongs to exactly one title. */
export function assertNoOtherGolden(titles: readonly string[]): void {
  const names = titles.map(goldenName);
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
    'two titles have the same file',
  );
  const others = readdirSync(DIRECTORY).filter((name) => !names.includes(name));
  if (UPDATES) for (const name of others) rmSync(join(DIRECTORY, name));
  else assert.deepEqual(others, []);
}
