import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redact } from '../../src/platform/redact.ts';

test('redact: of two secrets with a common start, no remainder of the longer one is left', () => {
  const secrets = [
    ['abc', 'ONE'],
    ['abcdef', 'TWO'],
  ] as const;
  assert.equal(redact('abcdef abc ABCDEF', secrets), 'TWO ONE TWO');
});

test('redact: a replacement is inserted literally and not redacted again', () => {
  assert.equal(
    redact('ab', [
      ['a', 'b$&'],
      ['b', 'a'],
    ]),
    'b$&a',
  );
});

test('redact: an empty secret changes nothing', () => assert.equal(redact('unchanged', [['', '…']]), 'unchanged'));

test('redact: a secret with parent path segments hides nothing else', () => {
  assert.equal(redact('b and a/../b', [['a/../b', '…']]), 'b and …');
});

const FORMS: readonly [form: string, encode: (text: string) => string][] = [
  ['plain', (text) => text],
  ['in upper case', (text) => text.toUpperCase()],
  ['percent-encoded', encodeURIComponent],
  ['percent-encoded in lower case', (text) => encodeURIComponent(text).toLowerCase()],
  ['in a URL path', (text) => new URL(`https://h/${text}`).pathname.slice(1)],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
  ['in base64url', (text) => Buffer.from(text).toString('base64url')],
  ['with named HTML entities', (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
  ['with numeric HTML entities', (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)],
];

for (const [form, encode] of FORMS) {
  test(`redact: a secret is replaced when it occurs ${form}`, () => {
    const character = fc.constantFrom(...'aZ09@:%&=+;!~*(){}|^`$<> "\'é漢');
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 3, maxLength: 12 }), (rest) => {
        const secret = `s3cret${rest}x`;
        assert.equal(redact(`<<${encode(secret)}>>`, [[secret, '…']]), '<<…>>');
      }),
    );
  });
}
