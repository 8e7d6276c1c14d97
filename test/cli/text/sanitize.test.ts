import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatBytes } from '../../../src/cli/progress/format.ts';
import { printable, printableDocument, printableJson } from '../../../src/cli/text/sanitize.ts';

const SHOWN: readonly { claim: string; text: string; want: string }[] = [
  { claim: 'plain text is unchanged', text: 'naïve 漢字 ✓', want: 'naïve 漢字 ✓' },
  { claim: 'an escape sequence is escaped', text: '\u001b[31mred', want: '\\u001b[31mred' },
  { claim: 'a C1 control is escaped', text: '\u009b31m', want: '\\u009b31m' },
  { claim: 'a bidirectional override is escaped', text: 'a\u202eb', want: 'a\\u202eb' },
  { claim: 'a carriage return is escaped', text: 'good\rbad', want: 'good\\u000dbad' },
  { claim: 'line feeds and tabs are kept', text: 'a\n\tb', want: 'a\n\tb' },
];

for (const { claim, text, want } of SHOWN) {
  test(`printable: ${claim}`, () => assert.equal(printable(text), want));
}

test('printableDocument: line feeds in values become spaces', () => {
  assert.deepEqual(printableDocument({ a: ['one\ntwo\n', 3, null] }), { a: ['one two', 3, null] });
});

test('printableJson: parses to the same value and has no control characters but line feeds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (document) => {
      const printed = printableJson(document);
      assert.deepEqual(JSON.parse(printed), JSON.parse(JSON.stringify(document)));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
      assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }),
  );
});

const SIZES: readonly [bytes: number, shown: string][] = [
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [100 * 1024 * 1024, '100 MiB'],
];

for (const [bytes, shown] of SIZES)
  test(`formatBytes: ${bytes} bytes are formatted as ${shown}`, () => assert.equal(formatBytes(bytes), shown));
