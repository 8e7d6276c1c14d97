import assert from 'node:assert/strict';
import { isAscii } from 'node:buffer';
import { test } from 'node:test';
import { escapeRegExps } from '../../../bin/build/ascii-regexps.ts';

for (const [title, literal, match, mismatch] of [
  ['a character', '/é/', 'é', 'e'],
  ['a class', '/^[✓✔]$/', '✔', '✘'],
  ['a range', '/^[à-ü]$/', 'ö', 'z'],
  ['a surrogate pair', '/^😀$/', '😀', '😁'],
  ['a surrogate pair with the flag u', '/^[😀-😂]+$/u', '😀😁', '🚀'],
  ['a quantifier after a surrogate pair with the flag u', '/^😀{2}$/u', '😀😀', '😀'],
  ['a group name', '/^(?<größe>\\d)$/u', '1', 'a'],
] as const) {
  test(`escapeRegExps: a regular expression matches as before: ${title}`, () => {
    const code = escapeRegExps('a.js', `export default ${literal};`);
    assert.ok(isAscii(Buffer.from(code)), code);
    const expression: RegExp = new Function(code.replace('export default', 'return'))();
    assert.ok(expression.test(match));
    assert.ok(!expression.test(mismatch));
  });
}

test('escapeRegExps: strings and comments stay, because esbuild escapes or removes them', () => {
  const source = "// é\nexport const text = 'é', re = /é/;\n";
  assert.equal(escapeRegExps('a.ts', source), "// é\nexport const text = 'é', re = /\\u00e9/;\n");
});
