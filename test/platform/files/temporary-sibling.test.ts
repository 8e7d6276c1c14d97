import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDurableDirectory } from '../../../src/platform/files/make-durable-directory.ts';
import { ownerTag, removeStaleSiblings, temporarySibling } from '../../../src/platform/files/temporary-sibling.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Larger than any process ID. */
const UNUSED_PID = 4_194_305;
const OURS = ownerTag();
const DEAD = OURS.replace(`-${process.pid}-`, `-${UNUSED_PID}-`);
const OTHER_MACHINE = `elsewhere-${process.pid}-abc`;

const SIBLINGS: readonly { claim: string; name: string; hoursOld?: number; stays: boolean }[] = [
  { claim: 'of a dead process', name: `index.json.${DEAD}.tmp`, stays: false },
  { claim: 'of a running process', name: `index.json.${OURS}.tmp`, hoursOld: 5, stays: true },
  { claim: 'of another machine, just written', name: `index.json.${OTHER_MACHINE}.tmp`, stays: true },
  { claim: 'of another machine, hours old', name: `index.json.${OTHER_MACHINE}.tmp`, hoursOld: 2, stays: false },
  {
    claim: 'of another machine, with a time in the future',
    name: `index.json.${OTHER_MACHINE}.tmp`,
    hoursOld: -2,
    stays: false,
  },
  { claim: 'without an owner tag', name: 'index.json.notes.tmp', hoursOld: 9, stays: true },
  { claim: 'of another file', name: `other.json.${DEAD}.tmp`, stays: true },
  { claim: 'without the suffix', name: `index.json.${DEAD}`, stays: true },
];

for (const { claim, name, hoursOld = 0, stays } of SIBLINGS) {
  test(`removeStaleSiblings: a temporary file ${claim} is ${stays ? 'kept' : 'removed'}`, (t) => {
    const directory = temporaryDirectory(t);
    const path = join(directory, name);
    writeFileSync(path, '');
    const time = Date.now() / 1000 - hoursOld * 3600;
    utimesSync(path, time, time);
    removeStaleSiblings(join(directory, 'index.json'));
    assert.equal(existsSync(path), stays);
  });
}

test('removeStaleSiblings: a directory with a matching name is kept, and a missing parent is ignored', (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, `index.json.${DEAD}.tmp`));
  removeStaleSiblings(join(directory, 'index.json'));
  removeStaleSiblings(join(directory, 'nothing', 'index.json'));
  assert.equal(readdirSync(directory).length, 1);
});

test('temporarySibling: the name belongs to this process', (t) => {
  const path = temporarySibling(join(temporaryDirectory(t), 'index.json'));
  writeFileSync(path, '');
  removeStaleSiblings(path.replace(/\.[^.]+\.tmp$/, ''));
  assert.ok(existsSync(path));
});

test('makeDurableDirectory: parents are created, and an existing directory is unchanged', (t) => {
  const path = join(temporaryDirectory(t), 'one', 'two', 'three');
  makeDurableDirectory(path, 0o700);
  writeFileSync(join(path, 'file'), '');
  makeDurableDirectory(path);
  assert.deepEqual(readdirSync(path), ['file']);
  if (process.platform !== 'win32') assert.equal(lstatSync(path).mode & 0o777, 0o700);
});
