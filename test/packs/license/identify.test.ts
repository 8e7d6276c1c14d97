import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { identifyLicense } from '../../../src/packs/license/identify.ts';
import { FIXTURES, PROJECT } from '../../support/attune.ts';
import { memoryTree } from '../../support/memory-tree.ts';

const TEXTS = ['Apache-2.0', 'MIT', 'BSD-3-Clause'] as const;
const textOf = (id: string) => readFileSync(join(FIXTURES, 'licenses', `${id}.txt`), 'utf8');
const treeOf = (files: Readonly<Record<string, string | Uint8Array>>) =>
  memoryTree(
    Object.fromEntries(
      Object.entries(files).map(([path, content]) => [path, { content: Buffer.from(content), executable: false }]),
    ),
  );
const identify = (files: Readonly<Record<string, string | Uint8Array>>) => identifyLicense(treeOf(files));

/** Breaks each paragraph into lines of at most `width` characters; `Infinity` joins its lines. */
function reflow(text: string, width: number): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const lines = [''];
      for (const word of paragraph.split(/\s+/).filter(Boolean)) {
        const last = lines.at(-1) as string;
        if (last !== '' && last.length + word.length + 1 > width) lines.push(word);
        else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
      }
      return lines.join('\n');
    })
    .join('\n\n');
}

const CHANGES: readonly { readonly claim: string; readonly change: (text: string) => string }[] = [
  { claim: 'as it is', change: (text) => text },
  {
    claim: 'with another year and owner',
    change: (text) => text.replace(/^(Copyright .*?)\d{4}.*$/m, '$12031 Someone Else, Inc.'),
  },
  {
    claim: 'with two owners',
    change: (text) => text.replace(/^(Copyright \(c\).*)$/m, '$1\nCopyright (c) 1999 Other <x@example.com>'),
  },
  { claim: 'with CRLF line ends', change: (text) => text.replaceAll('\n', '\r\n') },
  { claim: 'with CR line ends', change: (text) => text.replaceAll('\n', '\r') },
  { claim: 'with lines of 40 characters', change: (text) => reflow(text, 40) },
  { claim: 'with lines of 100 characters', change: (text) => reflow(text, 100) },
  { claim: 'with one line for each paragraph', change: (text) => reflow(text, Number.POSITIVE_INFINITY) },
  { claim: 'in capitals', change: (text) => text.toUpperCase() },
  { claim: 'with other quotes and dashes', change: (text) => text.replaceAll('"', '\u201c').replaceAll('-', '\u2014') },
  {
    claim: 'with a byte order mark and trailing spaces',
    change: (text) => `\ufeff${text.replaceAll('\n', '  \n')}\n\n`,
  },
  { claim: 'indented', change: (text) => text.replaceAll(/^/gm, '    ') },
];

for (const id of TEXTS) {
  for (const { claim, change } of CHANGES) {
    test(`identifyLicense: the text of ${id} ${claim} is ${id}`, () => {
      assert.equal(identify({ LICENSE: change(textOf(id)) }), id);
    });
  }
}

test('identifyLicense: the text of Apache-2.0 without its appendix is Apache-2.0', () => {
  const [terms = ''] = textOf('Apache-2.0').split('APPENDIX');
  assert.equal(identify({ LICENSE: terms }), 'Apache-2.0');
});

test('identifyLicense: the text of MIT without its title is MIT', () => {
  assert.equal(identify({ LICENSE: textOf('MIT').replace(/^.*\n/, '') }), 'MIT');
});

const NAMES: readonly (readonly [path: string, expected: string | undefined])[] = [
  ...['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'LICENSE-MIT', 'COPYING', 'COPYING.txt', 'License.txt'].map(
    (path) => [path, 'MIT'] as const,
  ),
  ...['README', 'docs/LICENSE', 'LICENSES/MIT.txt', 'MY-LICENSE', 'NOTICE'].map((path) => [path, undefined] as const),
];

for (const [path, expected] of NAMES) {
  test(`identifyLicense: a license text in ${path} ${expected ? 'counts' : 'does not count'}`, () => {
    assert.equal(identify({ [path]: textOf('MIT') }), expected);
  });
}

const UNKNOWN: readonly { readonly claim: string; readonly files: Readonly<Record<string, string | Uint8Array>> }[] = [
  { claim: 'no file', files: { 'pack.yaml': '' } },
  { claim: 'an empty file', files: { LICENSE: '' } },
  { claim: 'only a copyright notice', files: { LICENSE: 'Copyright (c) 2026 Example Org. All rights reserved.\n' } },
  {
    claim: 'a changed MIT text',
    files: { LICENSE: textOf('MIT').replace('without restriction', 'with restrictions') },
  },
  {
    claim: 'an MIT text with another condition',
    files: { LICENSE: `${textOf('MIT')}\nThe Software shall be used for good.\n` },
  },
  {
    claim: 'an MIT text without its last paragraph',
    files: { LICENSE: textOf('MIT').split('THE SOFTWARE IS')[0] ?? '' },
  },
  { claim: 'two texts in one file', files: { LICENSE: textOf('MIT') + textOf('BSD-3-Clause') } },
  {
    claim: 'two files of different licenses',
    files: { 'LICENSE-MIT': textOf('MIT'), 'LICENSE-APACHE': textOf('Apache-2.0') },
  },
  {
    claim: 'a license file next to an unknown one',
    files: { LICENSE: textOf('MIT'), COPYING: 'All rights reserved.' },
  },
  { claim: 'binary data', files: { LICENSE: Buffer.from([0, 255, 254, 10, 13]) } },
  { claim: 'a file above 256 KiB', files: { LICENSE: textOf('MIT') + '\n'.repeat(262_145) } },
  {
    claim: 'a text that repeats the start of a replaceable part',
    files: { LICENSE: 'in no event shall '.repeat(14_000) },
  },
];

for (const { claim, files } of UNKNOWN) {
  test(`identifyLicense: ${claim} identifies no license`, () => {
    assert.equal(identify(files), undefined);
  });
}

test('identifyLicense: two files with the same license identify it', () => {
  assert.equal(identify({ LICENSE: textOf('MIT'), COPYING: textOf('MIT').toUpperCase() }), 'MIT');
});

test('src/packs/license/texts.json is what the SPDX list gives', () => {
  execFileSync(process.execPath, [join(PROJECT, 'bin/build/license-texts.ts'), '--check'], { stdio: 'pipe' });
});
