import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { harmless } from '../../../src/cli/completion/candidate.ts';
import { wantedAt } from '../../../src/cli/completion/candidates-at.ts';
import { fitting, SHELLS } from '../../../src/cli/completion/complete.ts';
import { programGrammar } from '../../../src/cli/completion/grammar.ts';

const grammar = programGrammar();
/** What is offered for a line, in which blanks separate the words. */
function offered(line: string) {
  const wanted = wantedAt(grammar, line.split(' '));
  return { wanted, ...fitting(wanted, []) };
}

function values(line: string): string[] {
  return offered(line).candidates.map(({ value }) => value);
}

const WORDS: readonly { claim: string; line: string; has?: string[]; lacks?: string[]; only?: string[] }[] = [
  { claim: 'commands and topics come first', line: '', has: ['pack', 'registry', 'doctor'], lacks: ['install'] },
  { claim: 'a hidden command is not offered', line: 'comple', only: ['completion'] },
  { claim: 'behind a topic come its commands', line: 'registry ', only: ['add', 'list', 'refresh', 'remove'] },
  { claim: 'what was begun decides', line: 'pack index-m', only: ['index-merge'] },
  { claim: 'help is about commands', line: 'help pack uni', only: ['uninstall'] },
  { claim: 'help takes no arguments of the command', line: 'help pack uninstall ', only: [] },
  { claim: 'flags may stand before the command', line: '--offline --data-dir /x pack index-m', only: ['index-merge'] },
  {
    claim: 'a flag is offered with two dashes',
    line: 'pack install --skip-',
    only: ['--skip-tests', '--skip-deps', '--skip-existing'],
  },
  {
    claim: 'a flag that is given is not offered again',
    line: 'pack install --skip-tests x --skip-',
    lacks: ['--skip-tests'],
  },
  { claim: 'a flag that excludes another takes it away', line: 'pack install --no-registry --reg', only: [] },
  { claim: 'a flag that may be repeated is', line: 'registry add --header x --hea', only: ['--header'] },
  { claim: 'a flag that is on by itself is offered off', line: 'pack list --no', only: ['--no-color'] },
  { claim: 'every command has help', line: 'pack list --hel', only: ['--help'] },
  { claim: 'only attune itself has a version', line: '--vers', only: ['--version'] },
  { claim: 'a command has no version', line: 'pack list --vers', only: [] },
  { claim: 'before a command the flags of all are offered', line: '--o', only: ['--offline'] },
  { claim: 'the values of a flag are offered', line: 'pack list --format ', only: ['table', 'json', 'yaml'] },
  { claim: 'also behind an equals sign, with the flag', line: 'pack list --format=j', only: ['--format=json'] },
  { claim: 'the values of an argument are offered', line: 'completion z', only: ['zsh'] },
  { claim: 'an argument too many is not', line: 'completion zsh ', only: [] },
  { claim: 'behind two dashes nothing is a flag', line: 'pack list -- --', only: [] },
  { claim: 'behind a flag with a number nothing is offered', line: 'pack install --jobs ', only: [] },
  { claim: 'a command that there is not has nothing', line: 'pack nonsense ', only: [] },
  { claim: 'a flag without a value takes none', line: 'pack list --json=', only: [] },
];

for (const { claim, line, has = [], lacks = [], only } of WORDS) {
  test(`${claim}: attune ${line}`, () => {
    const found = values(line);
    if (only) assert.deepEqual(found, only);
    for (const value of has) assert.ok(found.includes(value), `${value} is missing in ${found}`);
    for (const value of lacks) assert.ok(!found.includes(value), `${value} is in ${found}`);
  });
}

const PLACES: readonly { line: string; kind?: string; files?: string; typed?: string; prefix?: string }[] = [
  { line: 'pack show co', kind: 'installed', typed: 'co' },
  { line: 'pack uninstall core ', kind: 'installed' },
  { line: 'pack upgrade core@', kind: 'installed-release', typed: 'core@' },
  { line: 'pack rollback core --to ', kind: 'kept-version' },
  { line: 'pack install ', kind: 'registry-pack', files: 'files' },
  { line: 'pack install ./', files: 'files', typed: './' },
  { line: 'pack install ~/p', files: 'files' },
  { line: 'pack install -r v1 co', kind: 'registry-pack', files: 'files', typed: 'co' },
  { line: 'pack install --registry=h', kind: 'registry', typed: 'h', prefix: '--registry=' },
  { line: 'pack test ', kind: 'installed', files: 'directories' },
  { line: 'pack index-update --index ', files: 'files' },
  { line: 'pack list --data-dir ', files: 'directories' },
  { line: 'registry remove ', kind: 'registry' },
  { line: 'registry add ' },
  { line: 'pack install --ref ' },
  { line: 'pack search ' },
];

for (const { line, kind, files = 'none', typed, prefix = '' } of PLACES) {
  test(`attune ${line}| asks for ${kind ?? 'nothing'} and ${files}`, () => {
    const { wanted } = offered(line);
    assert.equal(wanted.values?.kind, kind);
    assert.equal(wanted.files, files);
    assert.equal(wanted.prefix, prefix);
    if (typed !== undefined) assert.equal(wanted.typed, typed);
  });
}

test('what the line says elsewhere goes along', () => {
  const { wanted } = offered('--data-dir /stick pack rollback core --registry house --to ');
  assert.equal(wanted.dataDirectory, '/stick');
  assert.equal(wanted.values?.context.ref, 'core');
  assert.equal(offered('pack install --registry house ').wanted.values?.context.registry, 'house');
});

test('a pack that was named is not offered again', () => {
  const wanted = wantedAt(grammar, ['pack', 'uninstall', 'core', '']);
  const { candidates } = fitting(wanted, [
    { value: 'core', description: '' },
    { value: 'deploy', description: '' },
  ]);
  assert.deepEqual(candidates, [{ value: 'deploy', description: '' }]);
});

const BASH: readonly { claim: string; line: string; words: string[] }[] = [
  { claim: 'plain words', line: 'attune pack sh', words: ['pack', 'sh'] },
  { claim: 'nothing yet', line: 'attune pack ', words: ['pack', ''] },
  {
    claim: 'what bash breaks off',
    line: 'attune pack install --registry=h core@1.',
    words: ['pack', 'install', '--registry=h', 'core@1.'],
  },
  { claim: 'quotes and backslashes', line: `attune 'a b' "c\\"d\\e" f\\ g `, words: ['a b', 'c"d\\e', 'f g', ''] },
  { claim: 'an open quote', line: 'attune pack install "core@1.', words: ['pack', 'install', 'core@1.'] },
  { claim: 'what bash would expand', line: 'attune $(touch x) `y` $HOME', words: ['$(touch', 'x)', '`y`', '$HOME'] },
  { claim: 'a backslash at the end', line: 'attune a\\', words: ['a'] },
];

for (const { claim, line, words } of BASH) {
  test(`bash hands over ${claim}`, () => assert.deepEqual(SHELLS.bash.words(['', line]), words));
}

const REPLIES: readonly { claim: string; replaced: string; word: string; candidate: string; want: string }[] = [
  { claim: 'the whole word', replaced: 'sh', word: 'sh', candidate: 'show', want: 'show' },
  { claim: 'a new word', replaced: '', word: '', candidate: 'show', want: 'show' },
  { claim: 'what stands from an @ on', replaced: '@1.', word: 'core@1.', candidate: 'core@1.2.0', want: '@1.2.0' },
  {
    claim: 'what stands behind a =',
    replaced: 'ho',
    word: '--registry=ho',
    candidate: '--registry=house',
    want: 'house',
  },
  { claim: 'nothing behind a =', replaced: '', word: '--registry=', candidate: '--registry=house', want: 'house' },
  {
    claim: 'what stands in quotes',
    replaced: 'core@1.',
    word: '"core@1.',
    candidate: 'core@1.2.0',
    want: 'core@1.2.0',
  },
  {
    claim: 'something with its quote',
    replaced: '"core@1.',
    word: '"core@1.',
    candidate: 'core@1.2.0',
    want: 'core@1.2.0',
  },
];

for (const { claim, replaced, word, candidate, want } of REPLIES) {
  test(`where bash replaces ${claim} it gets no more than that`, () => {
    const handed = [replaced, `attune pack install ${word}`];
    assert.deepEqual(SHELLS.bash.lines([{ value: candidate, description: '' }], handed), [want]);
  });
}

test('each shell gets descriptions as it separates them', () => {
  const candidates = [{ value: 'a:b', description: 'C: d\\e' }];
  assert.deepEqual(SHELLS.zsh.lines(candidates, []), ['a\\:b:C\\: d\\\\e']);
  assert.deepEqual(SHELLS.fish.lines(candidates, []), ['a:b\tC: d\\e']);
  assert.deepEqual(SHELLS.powershell.lines(candidates, []), ['a:b\tC: d\\e']);
  assert.deepEqual(SHELLS.powershell.words([':pack', ':']), ['pack', '']);
});

for (const value of [
  '$(touch x)',
  '`touch x`',
  'a b',
  "it's",
  'a;b',
  'a\nb',
  'a\u001b[2J',
  '',
  '~root',
  'a|b',
  'a*',
  '$HOME',
  '!!',
  'ä',
]) {
  test(`what a shell could take for more than a word is not offered: ${JSON.stringify(value)}`, () => {
    assert.deepEqual(harmless([{ value, description: '' }]), []);
  });
}

test('a description is one line of what can be seen', () => {
  const [found] = harmless([{ value: 'a', description: `one\ttwo\r\n\u001b[31mthree\u202e ${'x'.repeat(500)}` }]);
  assert.match(found?.description ?? '', /^one two \[31mthree x+…$/);
  assert.equal(found?.description.length, 100);
});

test('whatever is typed, something sensible comes of it', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'pack',
      'install',
      '--registry',
      '--registry=',
      '--',
      '-',
      'help',
      '-r',
      '--data-dir',
      'uninstall',
      '=',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const wanted = wantedAt(grammar, words);
      const { candidates } = fitting(wanted, []);
      for (const { value } of candidates) assert.ok(value.startsWith(words.at(-1) ?? ''));
    }),
    { numRuns: 200 },
  );
});

test('whatever line bash hands over, what follows its last word is not lost', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '\\', '@', '=', '$', '\t') }),
      fc.nat(),
      (text, cut) => {
        const last = SHELLS.bash.words(['', `attune ${text}`]).at(-1) ?? '';
        const replaced = last.slice(cut % (last.length + 1));
        const [reply] = SHELLS.bash.lines([{ value: `${last}more`, description: '' }], [replaced, `attune ${text}`]);
        assert.equal(reply, `${replaced}more`);
      },
    ),
    { numRuns: 200 },
  );
});
