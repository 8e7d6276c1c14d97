import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { safeCandidates } from '../../../src/cli/completion/candidate.ts';
import { matchingCandidates, SHELLS } from '../../../src/cli/completion/complete.ts';
import { completionContext } from '../../../src/cli/completion/context.ts';
import { programGrammar } from '../../../src/cli/completion/grammar.ts';

const grammar = programGrammar();

/** Returns the context and the candidates for a line whose words are separated by spaces. */
function complete(line: string) {
  const context = completionContext(grammar, line.split(' '));
  return { context, ...matchingCandidates(context, []) };
}

function values(line: string): string[] {
  return complete(line).candidates.map(({ value }) => value);
}

const NAMES: readonly { claim: string; line: string; has?: string[]; lacks?: string[]; only?: string[] }[] = [
  { claim: 'commands and topics are offered first', line: '', has: ['pack', 'registry', 'doctor', 'version'] },
  { claim: 'aliases without a topic are offered', line: 'unin', only: ['uninstall'] },
  { claim: 'aliases in a topic are offered', line: 'pack l', only: ['list', 'lock', 'ls'] },
  { claim: 'an alias of three arguments is offered', line: 'pack index ', only: ['list', 'show', 'browse'] },
  { claim: 'an alias has the flags of its command', line: 'pack rm --with', only: ['--with-dependents'] },
  { claim: 'a hidden command is not offered', line: 'comple', only: ['completion'] },
  { claim: 'the commands of a topic follow it', line: 'registry ', only: ['add', 'list', 'refresh', 'remove'] },
  { claim: 'candidates begin with the typed text', line: 'pack index-m', only: ['index-merge'] },
  { claim: 'commands follow help', line: 'help pack uni', only: ['uninstall'] },
  { claim: 'arguments do not follow help', line: 'help pack uninstall ', only: [] },
  {
    claim: 'global flags may precede the command',
    line: '--offline --data-dir /x pack index-m',
    only: ['index-merge'],
  },
  {
    claim: 'flags are offered with two dashes',
    line: 'pack install --skip-',
    only: ['--skip-tests', '--skip-deps', '--skip-existing'],
  },
  {
    claim: 'a given flag is not offered again',
    line: 'pack install --skip-tests x --skip-',
    lacks: ['--skip-tests'],
  },
  { claim: 'an excluded flag is not offered', line: 'pack install --no-registry --reg', only: [] },
  { claim: 'a repeatable flag is offered again', line: 'registry add --header x --hea', only: ['--header'] },
  { claim: 'the negation of a flag that is on by default is offered', line: 'pack list --no', only: ['--no-color'] },
  { claim: 'every command has --help', line: 'pack list --hel', only: ['--help'] },
  { claim: 'the program has --version', line: '--vers', only: ['--version'] },
  { claim: 'a command has no --version', line: 'pack list --vers', only: [] },
  { claim: 'before a command, the shared flags are offered', line: '--o', only: ['--offline'] },
  { claim: 'the options of a flag are offered', line: 'pack list --format ', only: ['table', 'json', 'yaml'] },
  {
    claim: 'the options of a flag are offered after an equals sign, with the flag',
    line: 'pack list --format=j',
    only: ['--format=json'],
  },
  { claim: 'the options of an argument are offered', line: 'completion z', only: ['zsh'] },
  { claim: 'a surplus argument has no candidates', line: 'completion zsh ', only: [] },
  { claim: 'flags are not offered after two dashes', line: 'pack list -- --', only: [] },
  { claim: 'a number has no candidates', line: 'pack install --jobs ', only: [] },
  { claim: 'an unknown command has no candidates', line: 'pack nonsense ', only: [] },
  { claim: 'a boolean flag has no candidates for a value', line: 'pack list --json=', only: [] },
];

for (const { claim, line, has = [], lacks = [], only } of NAMES) {
  test(`completion: ${claim}: attune ${line}`, () => {
    const offered = values(line);
    if (only) assert.deepEqual(offered, only);
    for (const value of has) assert.ok(offered.includes(value), `${value} is missing in ${offered}`);
    for (const value of lacks) assert.ok(!offered.includes(value), `${value} is in ${offered}`);
  });
}

const VALUES: readonly { line: string; kind?: string; files?: string; typed?: string; prefix?: string }[] = [
  { line: 'pack show co', kind: 'installed', typed: 'co' },
  { line: 'pack uninstall core ', kind: 'installed' },
  { line: 'config get pack_', kind: 'setting', typed: 'pack_' },
  { line: 'pack rm co', kind: 'installed', typed: 'co' },
  { line: 'pack update core@', kind: 'installed-release', typed: 'core@' },
  { line: 'install ', kind: 'registry-pack', files: 'files' },
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

for (const { line, kind, files = 'none', typed, prefix = '' } of VALUES) {
  test(`completion: 'attune ${line}' queries ${kind ?? 'no values'}, files: ${files}`, () => {
    const { context } = complete(line);
    assert.equal(context.values?.kind, kind);
    assert.equal(context.files, files);
    assert.equal(context.prefix, prefix);
    if (typed !== undefined) assert.equal(context.typed, typed);
  });
}

test('completion: the context has the data directory, the pack and the registry of the command line', () => {
  const { context } = complete('--data-dir /stick pack rollback core --registry house --to ');
  assert.equal(context.dataDirectory, '/stick');
  assert.equal(context.values?.context.ref, 'core');
  assert.equal(complete('pack install --registry house ').context.values?.context.registry, 'house');
});

test('completion: a pack on the command line is not offered again', () => {
  const context = completionContext(grammar, ['pack', 'uninstall', 'core', '']);
  const { candidates } = matchingCandidates(context, [
    { value: 'core', description: '' },
    { value: 'deploy', description: '' },
  ]);
  assert.deepEqual(candidates, [{ value: 'deploy', description: '' }]);
});

const BASH: readonly { claim: string; line: string; args: string[] }[] = [
  { claim: 'plain words', line: 'attune pack sh', args: ['pack', 'sh'] },
  { claim: 'an empty last word', line: 'attune pack ', args: ['pack', ''] },
  {
    claim: 'words with = and @',
    line: 'attune pack install --registry=h core@1.',
    args: ['pack', 'install', '--registry=h', 'core@1.'],
  },
  { claim: 'quotes and backslashes', line: `attune 'a b' "c\\"d\\e" f\\ g `, args: ['a b', 'c"d\\e', 'f g', ''] },
  { claim: 'an open quote', line: 'attune pack install "core@1.', args: ['pack', 'install', 'core@1.'] },
  { claim: 'expansions, unexpanded', line: 'attune $(touch x) `y` $HOME', args: ['$(touch', 'x)', '`y`', '$HOME'] },
  { claim: 'a backslash at the end', line: 'attune a\\', args: ['a'] },
];

for (const { claim, line, args } of BASH) {
  test(`completion: a bash line is split: ${claim}`, () => assert.deepEqual(SHELLS.bash.parseArgs(['', line]), args));
}

const REPLIES: readonly { claim: string; replaced: string; word: string; candidate: string; want: string }[] = [
  { claim: 'the whole word', replaced: 'sh', word: 'sh', candidate: 'show', want: 'show' },
  { claim: 'a new word', replaced: '', word: '', candidate: 'show', want: 'show' },
  { claim: 'the part from an @ on', replaced: '@1.', word: 'core@1.', candidate: 'core@1.2.0', want: '@1.2.0' },
  {
    claim: 'the part after an =',
    replaced: 'ho',
    word: '--registry=ho',
    candidate: '--registry=house',
    want: 'house',
  },
  {
    claim: 'an empty value after an =',
    replaced: '',
    word: '--registry=',
    candidate: '--registry=house',
    want: 'house',
  },
  {
    claim: 'the part within quotes',
    replaced: 'core@1.',
    word: '"core@1.',
    candidate: 'core@1.2.0',
    want: 'core@1.2.0',
  },
  {
    claim: 'a word with its quote',
    replaced: '"core@1.',
    word: '"core@1.',
    candidate: 'core@1.2.0',
    want: 'core@1.2.0',
  },
];

for (const { claim, replaced, word, candidate, want } of REPLIES) {
  test(`completion: bash replaces ${claim}, and the candidate has only that part`, () => {
    const passed = [replaced, `attune pack install ${word}`];
    assert.deepEqual(SHELLS.bash.lines([{ value: candidate, description: '' }], passed), [want]);
  });
}

test('completion: each shell gets descriptions with its separator', () => {
  const candidates = [{ value: 'a:b', description: 'C: d\\e' }];
  assert.deepEqual(SHELLS.zsh.lines(candidates, []), ['a\\:b:C\\: d\\\\e']);
  assert.deepEqual(SHELLS.fish.lines(candidates, []), ['a:b\tC: d\\e']);
  assert.deepEqual(SHELLS.powershell.lines(candidates, []), ['a:b\tC: d\\e']);
  assert.deepEqual(SHELLS.powershell.parseArgs([':pack', ':']), ['pack', '']);
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
  test(`safeCandidates: drops a value that a shell could interpret: ${JSON.stringify(value)}`, () => {
    assert.deepEqual(safeCandidates([{ value, description: '' }]), []);
  });
}

test('safeCandidates: a description becomes one line of at most 100 printable characters', () => {
  const [found] = safeCandidates([{ value: 'a', description: `one\ttwo\r\n\u001b[31mthree\u202e ${'x'.repeat(500)}` }]);
  assert.match(found?.description ?? '', /^one two \[31mthree x+…$/);
  assert.equal(found?.description.length, 100);
});

test('completion: candidates begin with the last word for any arguments', () => {
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
      const context = completionContext(grammar, words);
      const { candidates } = matchingCandidates(context, []);
      for (const { value } of candidates) assert.ok(value.startsWith(words.at(-1) ?? ''));
    }),
    { numRuns: 200 },
  );
});

test('completion: for any bash line, a candidate extends the replaced part of the last word', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '\\', '@', '=', '$', '\t') }),
      fc.nat(),
      (text, cut) => {
        const last = SHELLS.bash.parseArgs(['', `attune ${text}`]).at(-1) ?? '';
        const replaced = last.slice(cut % (last.length + 1));
        const [reply] = SHELLS.bash.lines([{ value: `${last}more`, description: '' }], [replaced, `attune ${text}`]);
        assert.equal(reply, `${replaced}more`);
      },
    ),
    { numRuns: 200 },
  );
});
