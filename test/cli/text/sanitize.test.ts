import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatBytes } from '../../../src/cli/progress/activity.ts';
import { printable, printableDocument, printableJson } from '../../../src/cli/text/sanitize.ts';

const SHOWN: readonly { claim: string; text: string; want: string }[] = [
  { claim: 'plain text is itself', text: 'naïve 漢字 ✓', want: 'naïve 漢字 ✓' },
  { claim: 'an escape sequence is shown as its code', text: '\u001b[31mred', want: '\\u001b[31mred' },
  { claim: 'a C1 control is one too', text: '\u009b31m', want: '\\u009b31m' },
  { claim: 'what turns the direction of writing is shown', text: 'a\u202eb', want: 'a\\u202eb' },
  { claim: 'a carriage return cannot overwrite the line', text: 'good\rbad', want: 'good\\u000dbad' },
  { claim: 'lines and tabs stay', text: 'a\n\tb', want: 'a\n\tb' },
];

for (const { claim, text, want } of SHOWN) {
  test(claim, () => assert.equal(printable(text), want));
}

test('a value of a document stays on its row', () => {
  assert.deepEqual(printableDocument({ a: ['one\ntwo\n', 3, null] }), { a: ['one two', 3, null] });
});

test('printed JSON reads back as what it was made of, and holds no control character but line feeds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (document) => {
      const printed = printableJson(document);
      assert.deepEqual(JSON.parse(printed), JSON.parse(JSON.stringify(document)));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
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

for (const [bytes, shown] of SIZES) test(`${bytes} bytes are ${shown}`, () => assert.equal(formatBytes(bytes), shown));
