import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConcurrentFileChange, updateFile } from '../../../src/platform/files/update-file.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const clock = { sleep: async () => {} };

test('updateFile: creates a file with the requested mode and returns the result', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  const edit = (exists: boolean) => ({ content: [Buffer.from('new')], result: exists });
  assert.equal(await updateFile(path, edit, { clock, newMode: 0o600 }), false);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('updateFile: leaves the file unchanged if the edit has no content', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  assert.equal(await updateFile(path, () => ({ content: undefined, result: 'same' }), { clock }), 'same');
  assert.ok(!existsSync(path));
});

test('updateFile: repeats the edit on the new content if another process writes during the edit', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  writeFileSync(path, 'one');
  let edits = 0;
  const edit = () => {
    const before = readFileSync(path, 'utf8');
    if (++edits === 1) writeFileSync(path, 'another');
    return { content: [Buffer.from(`${before}, edited`)], result: undefined };
  };
  await updateFile(path, edit, { clock });
  assert.equal(edits, 2);
  assert.equal(readFileSync(path, 'utf8'), 'another, edited');
});

test('updateFile: throws ConcurrentFileChange after the last attempt and keeps the other content', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  let edits = 0;
  const edit = () => {
    writeFileSync(path, 'x'.repeat(++edits));
    return { content: [Buffer.from('edited')], result: undefined };
  };
  await assert.rejects(updateFile(path, edit, { clock, maxAttempts: 3 }), ConcurrentFileChange);
  assert.equal(readFileSync(path, 'utf8'), 'xxx');
});
