import assert from 'node:assert/strict';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { TemporaryDirectory } from '../../../src/platform/files/temporary-directory.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const UNIX_ONLY = { skip: process.platform === 'win32' };

test('TemporaryDirectory: the directory is created in TMPDIR and removed on disposal', UNIX_ONLY, (t) => {
  const parent = realpathSync(temporaryDirectory(t));
  const warnings: string[] = [];
  const directory = new TemporaryDirectory((text) => warnings.push(text), { TMPDIR: parent, TMP: '/tmp' });
  assert.deepEqual([dirname(directory.path), warnings], [parent, []]);
  directory[Symbol.dispose]();
  assert.ok(!existsSync(directory.path));
});

test('TemporaryDirectory: variables without a usable directory are named and the next one is used', UNIX_ONLY, (t) => {
  const root = realpathSync(temporaryDirectory(t));
  const [missing, file, next] = [join(root, 'missing'), join(root, 'file'), join(root, 'next')];
  writeFileSync(file, '');
  mkdirSync(next);
  const warnings: string[] = [];
  using directory = new TemporaryDirectory((text) => warnings.push(text), { TMPDIR: missing, TMP: file, TEMP: next });
  assert.equal(dirname(directory.path), next);
  assert.deepEqual(warnings, [
    `TMPDIR is not used for temporary files: the directory '${missing}' does not exist.`,
    `TMP is not used for temporary files: '${file}' is not a directory.`,
  ]);
  assert.ok(!existsSync(missing));
});

test('TemporaryDirectory: without a usable variable a directory of the system is used', UNIX_ONLY, (t) => {
  const missing = join(temporaryDirectory(t), 'missing');
  using directory = new TemporaryDirectory(() => {}, { TMPDIR: missing, TMP: '' });
  assert.equal(dirname(directory.path), realpathSync('/tmp'));
});
