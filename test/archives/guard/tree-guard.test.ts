import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findBrokenRule, foldPath } from '../../../src/archives/guard/entry-path.ts';
import { LimitExceeded, UnsafeEntry, ViolationList } from '../../../src/archives/guard/errors.ts';
import { TreeGuard } from '../../../src/archives/guard/tree-guard.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';

const createGuard = (limits = {}, packedBytes?: number) =>
  new TreeGuard({ ...DEFAULT_LIMITS, ...limits }, "archive 'x'", packedBytes);

describe('TreeGuard.accept', () => {
  const rows = [
    { claim: 'returns a safe path unchanged', path: 'a/b.txt', type: 'file', want: 'a/b.txt' },
    { claim: 'removes a leading ./', path: './a/b.txt', type: 'file', want: 'a/b.txt' },
    { claim: 'removes a trailing slash', path: 'a/b/', type: 'directory', want: 'a/b' },
    { claim: 'returns an empty path for the root', path: './', type: 'directory', want: '' },
    { claim: 'returns an empty path for the root without a slash', path: '.', type: 'directory', want: '' },
    { claim: 'allows components of 255 bytes', path: 'x'.repeat(255), type: 'file', want: 'x'.repeat(255) },
    { claim: 'allows spaces and colons inside of a name', path: 'a b/12:30', type: 'file', want: 'a b/12:30' },
  ] as const;
  for (const { claim, path, type, want } of rows) {
    test(`TreeGuard.accept ${claim}`, () => assert.equal(createGuard().accept({ path, type }), want));
  }
});

test('TreeGuard accepts a directory before or after its files, but only once', () => {
  const guard = createGuard();
  guard.accept({ path: 'a/b/c', type: 'file' });
  guard.accept({ path: 'a', type: 'directory' });
  guard.accept({ path: 'a/b/', type: 'directory' });
  guard.accept({ path: 'a/d', type: 'file' });
  assert.throws(() => guard.accept({ path: 'a/', type: 'directory' }), /'a\/' occurs more than once/);
});

test('TreeGuard counts bytes for each file and in total', () => {
  const guard = createGuard({ fileBytes: 10, unpackedBytes: 25 });
  for (const path of ['a', 'b']) {
    guard.accept({ path, type: 'file' });
    guard.count(4);
    guard.count(6);
  }
  guard.accept({ path: 'c', type: 'file' });
  guard.count(5);
  assert.throws(
    () => guard.count(1),
    (error) => error instanceof LimitExceeded && /'c'.*26 bytes; the limit is 25/.test(error.message),
  );
});

test('LimitExceeded: the hint names the configuration key', () => {
  const guard = createGuard({ fileBytes: 1 });
  assert.throws(() => guard.accept({ path: 'a', type: 'file', size: 2 }), { hint: /limits\.file_bytes/ });
});

test('TreeGuard ignores the compression ratio up to 1 MiB and enforces it above', () => {
  const guard = createGuard({}, 100);
  guard.accept({ path: 'a', type: 'file', size: 1024 * 1024 });
  guard.count(1024 * 1024);
  assert.throws(() => guard.count(1), {
    code: 'INVALID_TREE_LIMIT',
    facts: { source: "archive 'x'", limit: 'compressionRatio', allowed: 200 },
  });
});

test('ViolationList reports all collected violations together and rethrows other errors at once', () => {
  const violations = new ViolationList("archive 'x'");
  const guard = createGuard();
  assert.equal(
    violations.collect(() => guard.accept({ path: 'a', type: 'link' })),
    undefined,
  );
  assert.equal(
    violations.collect(() => guard.accept({ path: 'b', type: 'file' })),
    'b',
  );
  assert.equal(
    violations.collect(() => guard.accept({ path: '../c', type: 'file' })),
    undefined,
  );
  assert.throws(() => violations.throwIfAny(), {
    message: "Cannot accept archive 'x': 2 entries are not safe:\n  'a' is a link\n  '../c' has '..' in its path",
    violations: [
      { entry: 'a', rule: 'link', why: 'is a link' },
      { entry: '../c', rule: 'parent', why: "has '..' in its path" },
    ],
  });
  assert.throws(() => violations.collect(() => assert.fail('a defect')), /a defect/);
});

test('UnsafeEntry: the message shortens a long list of violations and a long name', () => {
  const names = Array.from({ length: 10_050 }, (_, index) => ({ entry: `e${index}`, rule: 'link', why: 'is a link' }));
  const { message } = new UnsafeEntry("archive 'x'", names);
  assert.match(message, /'e9999' is a link\n {2}and 50 more$/);
  assert.throws(
    () => createGuard().accept({ path: 'x'.repeat(1_000_000), type: 'link' }),
    (error: Error) => error.message.length < 1000,
  );
});

test('findBrokenRule: an accepted path stays below any root', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', ':', ' ', '\0', '~', 'C', '\u0301') }),
      (path) => {
        if (findBrokenRule(path, DEFAULT_LIMITS) !== undefined) return;
        const parts = path.split('/');
        assert(!path.startsWith('/') && !path.includes('\\') && !parts.includes('..') && !parts.includes(''));
      },
    ),
    { numRuns: 2000 },
  );
});

test('foldPath is idempotent and maps all spellings of a name to one key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (path) => {
      const folded = foldPath(path);
      assert.equal(foldPath(folded), folded);
      assert.equal(foldPath(path.normalize('NFD')), folded);
    }),
  );
  assert.equal(foldPath('stra\u00dfe'), foldPath('STRASSE'));
  assert.equal(foldPath('\u017f'), foldPath('S'));
  assert.equal(foldPath('\u1e9e'), foldPath('\u00df'));
});

test('TreeGuard takes time proportional to the length of a path, not to its depth for each file', () => {
  const guard = createGuard();
  const deep = 'd/'.repeat(2000);
  // CPU time instead of wall time, which depends on the load of the machine.
  const started = process.cpuUsage();
  for (let index = 0; index < 5000; index++) guard.accept({ path: `${deep}f${index}`, type: 'file' });
  const { user, system } = process.cpuUsage(started);
  assert(user + system < 5_000_000, `${user + system} microseconds`);
});
