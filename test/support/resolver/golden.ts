import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../attune.ts';

const DIRECTORY = join(PROJECT, 'test', 'resolver', 'pubgrub', 'explanation', 'golden');

/** With `UPDATE_GOLDEN=1` the texts are written anew: what changed is then seen in the diff, and read there. */
const UPDATES = process.env['UPDATE_GOLDEN'] === '1';

/** The file that holds the text of a claim: `a-yanked-version.txt`. */
function goldenName(claim: string): string {
  return `${claim
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}.txt`;
}

/** Compares a text with what was read and found right once. */
export function assertGolden(claim: string, text: string): void {
  const path = join(DIRECTORY, goldenName(claim));
  if (UPDATES) {
    mkdirSync(DIRECTORY, { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'), `if it is meant to be so: UPDATE_GOLDEN=1 node --test`);
}

/** A file without a claim is one that nothing is compared with. */
export function assertNoOtherGolden(claims: readonly string[]): void {
  const names = claims.map(goldenName);
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
    'two claims have one file',
  );
  const others = readdirSync(DIRECTORY).filter((name) => !names.includes(name));
  if (UPDATES) for (const name of others) rmSync(join(DIRECTORY, name));
  else assert.deepEqual(others, []);
}
