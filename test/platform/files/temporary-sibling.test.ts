import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileClaim } from '../../../src/platform/files/file-claim.ts';
import { makeLastingDirectory } from '../../../src/platform/files/make-durable-directory.ts';
import { ownerMark, removeAbandonedBeside, temporaryBeside } from '../../../src/platform/files/temporary-sibling.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Above every process id that a system hands out. */
const NOBODY = 4_194_305;
const OURS = ownerMark();
const DEAD = OURS.replace(`-${process.pid}-`, `-${NOBODY}-`);
const ELSEWHERE = `elsewhere-${process.pid}-abc`;

const NEIGHBOURS: readonly { claim: string; name: string; hoursOld?: number; stays: boolean }[] = [
  { claim: 'of a process that is no more', name: `index.json.${DEAD}.tmp`, stays: false },
  { claim: 'of a living process', name: `index.json.${OURS}.tmp`, hoursOld: 5, stays: true },
  { claim: 'of another machine, written just now', name: `index.json.${ELSEWHERE}.tmp`, stays: true },
  { claim: 'of another machine, hours old', name: `index.json.${ELSEWHERE}.tmp`, hoursOld: 2, stays: false },
  { claim: 'of another machine, from a time to come', name: `index.json.${ELSEWHERE}.tmp`, hoursOld: -2, stays: false },
  { claim: "somebody's own", name: 'index.json.notes.tmp', hoursOld: 9, stays: true },
  { claim: 'beside another file', name: `other.json.${DEAD}.tmp`, stays: true },
  { claim: 'without an end', name: `index.json.${DEAD}`, stays: true },
];

for (const { claim, name, hoursOld = 0, stays } of NEIGHBOURS) {
  test(`a file beside another ${claim} ${stays ? 'stays' : 'goes'}`, (t) => {
    const directory = temporaryDirectory(t);
    const path = join(directory, name);
    writeFileSync(path, '');
    const time = Date.now() / 1000 - hoursOld * 3600;
    utimesSync(path, time, time);
    removeAbandonedBeside(join(directory, 'index.json'));
    assert.equal(existsSync(path), stays);
  });
}

test('a directory with the name of such a file is not touched, and one that is not there is no fault', (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, `index.json.${DEAD}.tmp`));
  removeAbandonedBeside(join(directory, 'index.json'));
  removeAbandonedBeside(join(directory, 'nothing', 'index.json'));
  assert.equal(readdirSync(directory).length, 1);
});

test('a name beside a file is of this process', (t) => {
  const path = temporaryBeside(join(temporaryDirectory(t), 'index.json'));
  writeFileSync(path, '');
  removeAbandonedBeside(path.replace(/\.[^.]+\.tmp$/, ''));
  assert.ok(existsSync(path));
});

test('a claim on a file excludes every other until it is given back', (t) => {
  const file = join(temporaryDirectory(t), 'index.json');
  {
    using claim = FileClaim.tryAcquire(file);
    assert.ok(claim);
    assert.equal(FileClaim.tryAcquire(file), undefined);
    removeAbandonedBeside(file);
    assert.equal(FileClaim.tryAcquire(file), undefined);
  }
  using again = FileClaim.tryAcquire(file);
  assert.ok(again);
});

const CLAIMS: readonly { claim: string; owner: string; holds: boolean }[] = [
  { claim: 'of a process that is no more', owner: DEAD, holds: false },
  { claim: 'of a living process', owner: OURS, holds: true },
  { claim: 'of another machine', owner: ELSEWHERE, holds: true },
];

for (const { claim, owner, holds } of CLAIMS) {
  test(`a claim ${claim} ${holds ? 'holds' : 'holds no more'}`, { skip: process.platform === 'win32' }, (t) => {
    const file = join(temporaryDirectory(t), 'index.json');
    symlinkSync(owner, `${file}.writing.tmp`);
    using acquired = FileClaim.tryAcquire(file);
    assert.equal(acquired === undefined, holds);
  });
}

test('a claim in which nobody is named holds for ten seconds', (t) => {
  const file = join(temporaryDirectory(t), 'index.json');
  writeFileSync(`${file}.writing.tmp`, '');
  assert.equal(FileClaim.tryAcquire(file), undefined);
  const time = Date.now() / 1000 - 11;
  utimesSync(`${file}.writing.tmp`, time, time);
  using acquired = FileClaim.tryAcquire(file);
  assert.ok(acquired);
});

test('a lasting directory is made with those above it, and made again it stays what it is', (t) => {
  const path = join(temporaryDirectory(t), 'one', 'two', 'three');
  makeLastingDirectory(path, 0o700);
  writeFileSync(join(path, 'file'), '');
  makeLastingDirectory(path);
  assert.deepEqual(readdirSync(path), ['file']);
  if (process.platform !== 'win32') assert.equal(lstatSync(path).mode & 0o777, 0o700);
});
