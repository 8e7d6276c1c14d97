import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemEnvironment } from '../../../src/platform/environment.ts';
import { ConcurrentFileChange, removeUpdateRemains, updateFile } from '../../../src/platform/locks/update-file.ts';
import { collectWarnings, type Reporter, silentReporter } from '../../../src/platform/reporter.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const tools = {
  clock: { ...systemClock, sleep: async () => {} },
  reporter: silentReporter,
  environment: systemEnvironment(),
  lockTimeoutMs: 0,
};
const name = 'file';

test('updateFile: creates a private file, returns the result and leaves no lock file', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  const edit = (exists: boolean) => ({ content: [Buffer.from('new')], result: exists });
  assert.equal(await updateFile(path, edit, { name, private: true }, tools), false);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(dirname(path)), ['file']);
});

test('updateFile: an existing file keeps its mode', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  const edit = () => ({ content: [Buffer.from('new')], result: undefined });
  await updateFile(path, edit, { name, private: true }, tools);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test('removeUpdateRemains: removes the lock file of a killed process, but not one in use', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  const names = () => readdirSync(dirname(path)).sort();
  for (const name of ['file', '.file.lock', '.file.lock.json']) writeFileSync(join(dirname(path), name), '');
  removeUpdateRemains(path);
  assert.deepEqual(names(), ['file']);

  const edit = () => {
    removeUpdateRemains(path);
    return { content: undefined, result: names() };
  };
  assert.deepEqual(await updateFile(path, edit, { name }, tools), ['.file.lock', '.file.lock.json', 'file']);
  assert.deepEqual(names(), ['file']);
});

test('updateFile: leaves the file unchanged if the edit has no content', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  assert.equal(await updateFile(path, () => ({ content: undefined, result: 'same' }), { name }, tools), 'same');
  assert.ok(!existsSync(path));
});

test('updateFile: a second update fails with the holder while the first one edits the file', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  const unchanged = () => ({ content: undefined, result: undefined });
  const edit = async () => {
    await assert.rejects(updateFile(path, unchanged, { name }, { ...tools, clock: systemClock }), {
      code: 'STORE_LOCKED',
      message: new RegExp(`writing to 'file' \\(process ${process.pid} `),
    });
    return { content: [Buffer.from('first')], result: undefined };
  };
  await updateFile(path, edit, { name }, tools);
  assert.equal(readFileSync(path, 'utf8'), 'first');
});

test('updateFile: repeats the edit on the new content if another program writes during the edit', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  writeFileSync(path, 'one');
  let edits = 0;
  const edit = () => {
    const before = readFileSync(path, 'utf8');
    if (++edits === 1) writeFileSync(path, 'another');
    return { content: [Buffer.from(`${before}, edited`)], result: undefined };
  };
  await updateFile(path, edit, { name }, tools);
  assert.equal(edits, 2);
  assert.equal(readFileSync(path, 'utf8'), 'another, edited');
});

test('updateFile: reports the warnings of the last edit only, also if that edit fails', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  writeFileSync(path, 'one');
  let edits = 0;
  const edit = (_: boolean, reporter: Reporter) => {
    reporter.warn(`Edit ${++edits}.`);
    if (edits === 3) throw new RangeError('invalid file');
    if (edits !== 2) writeFileSync(path, 'another');
    return { content: [Buffer.from('edited')], result: undefined };
  };
  const reporter = collectWarnings(silentReporter);
  await updateFile(path, edit, { name }, { ...tools, reporter });
  assert.deepEqual(reporter.warnings, ['Edit 2.']);
  await assert.rejects(updateFile(path, edit, { name }, { ...tools, reporter }), RangeError);
  assert.deepEqual(reporter.warnings, ['Edit 2.', 'Edit 3.']);
});

test('updateFile: a lock file that cannot be removed is a warning', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  const lock = join(dirname(path), '.file.lock');
  const edit = () => {
    rmSync(lock);
    mkdirSync(lock);
    return { content: [Buffer.from('new')], result: undefined };
  };
  const reporter = collectWarnings(silentReporter);
  await updateFile(path, edit, { name }, { ...tools, reporter });
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(reporter.warnings.length, 1);
  assert.ok(reporter.warnings[0]?.startsWith(`Cannot remove '${lock}'`), reporter.warnings[0]);
});

test('updateFile: throws ConcurrentFileChange after the last attempt and keeps the other content', async (t) => {
  const path = join(temporaryDirectory(t), 'file');
  let edits = 0;
  const edit = () => {
    writeFileSync(path, 'x'.repeat(++edits));
    return { content: [Buffer.from('edited')], result: undefined };
  };
  await assert.rejects(updateFile(path, edit, { name }, tools), ConcurrentFileChange);
  assert.equal(readFileSync(path, 'utf8'), 'x'.repeat(edits));
});
