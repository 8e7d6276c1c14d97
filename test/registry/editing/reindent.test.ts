import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reindentJson } from '../../../src/registry/editing/json/reindent.ts';

/** Returns a value as JSON with two spaces, as it is at a depth of a document. */
function indented(value: unknown, depth: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${'  '.repeat(depth)}`);
}

function reindented(text: string, depth: number): string {
  const bytes = Buffer.from(`xx${text} ,`);
  return Buffer.from(reindentJson(bytes, { start: 2, end: bytes.length - 2 }, depth)).toString();
}

test('reindentJson: a value with the white space of the target is returned without a copy', () => {
  const bytes = Buffer.from(indented({ a: [1, { b: 'x: ,\\" {' }], c: {}, d: [], e: -1.5e3 }, 2));
  const result = reindentJson(bytes, { start: 0, end: bytes.length }, 2);
  assert.equal(result.buffer, bytes.buffer);
  assert.deepEqual(Buffer.from(result), bytes);
});

test('reindentJson: white space that differs in one position from that of the target is corrected', () => {
  const space = fc.constantFrom(' ', '\n', '\t', '\r', '  ', '\n  ');
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(3), fc.nat(), fc.option(space), (value, depth, at, inserted) => {
      const want = indented(value, depth);
      // Outside of strings, white space may stand between two tokens.
      const gaps = [...want.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)].map(({ index }) => index).slice(1);
      const gap = gaps[at % Math.max(1, gaps.length)] ?? 0;
      const before = inserted === null ? want.slice(0, gap).trimEnd() : want.slice(0, gap) + inserted;
      const input = gaps.length === 0 ? want : before + want.slice(gap);
      assert.equal(reindented(input, depth), want);
    }),
  );
});
