import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findBrokenRule, foldPath } from '../../../src/archives/guard/entry-path.ts';
import { LimitExceeded, UnsafeEntry, ViolationList } from '../../../src/archives/guard/errors.ts';
import { TreeGuard } from '../../../src/archives/guard/tree-guard.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';

const guardOf = (limits = {}, packedBytes?: number) =>
  new TreeGuard({ ...DEFAULT_LIMITS, ...limits }, "archive 'x'", packedBytes);

describe('the path that comes out of accept', () => {
  const rows = [
    { claim: 'is the one that went in', path: 'a/b.txt', type: 'file', want: 'a/b.txt' },
    { claim: 'has lost a leading ./', path: './a/b.txt', type: 'file', want: 'a/b.txt' },
    { claim: 'has lost a trailing slash', path: 'a/b/', type: 'directory', want: 'a/b' },
    { claim: 'is empty for the root', path: './', type: 'directory', want: '' },
    { claim: 'is empty for the root without its slash', path: '.', type: 'directory', want: '' },
    { claim: 'may be 255 bytes a component', path: 'x'.repeat(255), type: 'file', want: 'x'.repeat(255) },
    { claim: 'keeps spaces and colons inside', path: 'a b/12:30', type: 'file', want: 'a b/12:30' },
  ] as const;
  for (const { claim, path, type, want } of rows) {
    test(claim, () => assert.equal(guardOf().accept({ path, type }), want));
  }
});

test('a directory may be named before and after what is in it, but only once', () => {
  const guard = guardOf();
  guard.accept({ path: 'a/b/c', type: 'file' });
  guard.accept({ path: 'a', type: 'directory' });
  guard.accept({ path: 'a/b/', type: 'directory' });
  guard.accept({ path: 'a/d', type: 'file' });
  assert.throws(() => guard.accept({ path: 'a/', type: 'directory' }), /'a\/' is there more than once/);
});

test('bytes are counted for each file and for all', () => {
  const guard = guardOf({ fileBytes: 10, unpackedBytes: 25 });
  for (const path of ['a', 'b']) {
    guard.accept({ path, type: 'file' });
    guard.count(4);
    guard.count(6);
  }
  guard.accept({ path: 'c', type: 'file' });
  guard.count(5);
  assert.throws(
    () => guard.count(1),
    (error) => error instanceof LimitExceeded && /'c'.*26 bytes; 25/.test(error.message),
  );
});

test('the hint of a limit names its key in the configuration', () => {
  const guard = guardOf({ fileBytes: 1 });
  assert.throws(() => guard.accept({ path: 'a', type: 'file', size: 2 }), { hint: /limits\.file_bytes/ });
});

test('a high ratio is free up to a mebibyte and refused above it', () => {
  const guard = guardOf({}, 100);
  guard.accept({ path: 'a', type: 'file', size: 1024 * 1024 });
  guard.count(1024 * 1024);
  assert.throws(() => guard.count(1), {
    code: 'INVALID_TREE_LIMIT',
    facts: { source: "archive 'x'", limit: 'compressionRatio', allowed: 200 },
  });
});

test('what was gathered is told together, and other errors pass at once', () => {
  const violations = new ViolationList("archive 'x'");
  const guard = guardOf();
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
    message:
      "Cannot accept archive 'x': 2 of its entries are not safe:\n  'a' is a link\n  '../c' has '..' in its path",
    violations: [
      { entry: 'a', rule: 'link', why: 'is a link' },
      { entry: '../c', rule: 'parent', why: "has '..' in its path" },
    ],
  });
  assert.throws(() => violations.collect(() => assert.fail('a defect')), /a defect/);
});

test('a long list of violations and a long name are cut', () => {
  const names = Array.from({ length: 150 }, (_, index) => ({ entry: `e${index}`, rule: 'link', why: 'is a link' }));
  const { message } = new UnsafeEntry("archive 'x'", names);
  assert.match(message, /'e99' is a link\n {2}and 50 more$/);
  assert.throws(
    () => guardOf().accept({ path: 'x'.repeat(1_000_000), type: 'link' }),
    (error: Error) => error.message.length < 1000,
  );
});

test('a path that passes stays below the root, wherever that is', () => {
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

test('folding twice is folding once, and spellings of one name fold to one', () => {
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

test('deep trees of many files cost no more than their length', () => {
  const guard = guardOf();
  const deep = 'd/'.repeat(2000);
  const started = performance.now();
  for (let index = 0; index < 5000; index++) guard.accept({ path: `${deep}f${index}`, type: 'file' });
  assert(performance.now() - started < 5000);
});
