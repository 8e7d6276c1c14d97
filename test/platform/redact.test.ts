import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conceal } from '../../src/platform/redact.ts';

test('of two secrets that begin alike, nothing of the longer one is left', () => {
  const secrets = [
    ['abc', 'ONE'],
    ['abcdef', 'TWO'],
  ] as const;
  assert.equal(conceal('abcdef abc ABCDEF', secrets), 'TWO ONE TWO');
});

test('what stands in is not looked at again, and is no pattern', () => {
  assert.equal(
    conceal('ab', [
      ['a', 'b$&'],
      ['b', 'a'],
    ]),
    'b$&a',
  );
});

test('nothing is no secret', () => assert.equal(conceal('as it is', [['', '…']]), 'as it is'));

test('what leads upwards hides nothing else', () => {
  assert.equal(conceal('b and a/../b', [['a/../b', '…']]), 'b and …');
});

const FORMS: readonly [claim: string, form: (text: string) => string][] = [
  ['as it is', (text) => text],
  ['in capitals', (text) => text.toUpperCase()],
  ['percent-encoded', encodeURIComponent],
  ['percent-encoded in small letters', (text) => encodeURIComponent(text).toLowerCase()],
  ['in a path', (text) => new URL(`https://h/${text}`).pathname.slice(1)],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
  ['in base64 for URLs', (text) => Buffer.from(text).toString('base64url')],
  ['in HTML', (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
  ['in HTML by numbers', (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)],
];

for (const [claim, form] of FORMS) {
  test(`a secret is hidden ${claim}`, () => {
    const sign = fc.constantFrom(...'aZ09@:%&=+;!~*(){}|^`$<> "\'é漢');
    fc.assert(
      fc.property(fc.string({ unit: sign, minLength: 3, maxLength: 12 }), (rest) => {
        const secret = `s3cret${rest}x`;
        assert.equal(conceal(`<<${form(secret)}>>`, [[secret, '…']]), '<<…>>');
      }),
    );
  });
}
