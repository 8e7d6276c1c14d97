import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MANIFEST_COMMANDS } from '../../src/cli/oclif/manifest.ts';
import { helpText } from '../../src/cli/oclif/show-help.ts';
import { wrapText } from '../../src/cli/text/wrap.ts';
import { COMMANDS } from '../../src/index.ts';

const TOPICS = ['cache', 'config', 'db', 'pack', 'registry'];
const SUBJECTS = [undefined, ...TOPICS, ...Object.keys(COMMANDS)];
const SENTENCE = /^[A-Z](?:[^.]|\.(?=\S))*\.$/;
const PHRASE = /^[A-Z].*[^.]$/s;

async function render(subject: string | undefined, columns: number): Promise<string> {
  return (await helpText(subject, { columns, styled: false })) ?? assert.fail(`no help for ${subject}`);
}

for (const columns of [40, 80, 120]) {
  test(`help: no line is wider than ${columns} columns, except a single word`, async () => {
    for (const subject of SUBJECTS) {
      for (const line of (await render(subject, columns)).split('\n')) {
        assert.ok(line.length <= columns || /^\s*\S+( \\)?$/.test(line), `${subject}: ${line}`);
      }
    }
  });

  test(`help: continuation lines keep their indentation at ${columns} columns`, async () => {
    for (const subject of SUBJECTS) {
      const lines = (await render(subject, columns)).split('\n');
      const start = lines.findIndex((line) => /^[A-Z ]+$/.test(line));
      for (const line of lines.slice(start))
        assert.match(line, /^$|^[A-Z]+(?: [A-Z]+)*$|^ {2,}\S/, `${subject}: ${line}`);
    }
  });
}

for (const [id, { summary = '', description, flags, args }] of Object.entries(MANIFEST_COMMANDS)) {
  const name = id.replaceAll(':', ' ');

  test(`help: ${name} has the usage line 'attune ${name} ... [FLAGS]'`, async () => {
    const [, usage = ''] = /^USAGE\n(.*)\n\n/m.exec(await render(id, 120)) ?? [];
    assert.match(
      usage,
      new RegExp(`^ {2}\\$ attune ${name}(?: [A-Z-]+(?:\\.\\.\\.)?| \\[[A-Z-]+(?:\\.\\.\\.)?\\])* \\[FLAGS\\]$`),
    );
  });

  test(`help: ${name} has a summary that is one sentence and is not repeated`, async () => {
    assert.match(summary, SENTENCE);
    const text = await render(id, 500);
    assert.equal(text.split(summary).length, 2, text);
  });

  test(`help: ${name} has descriptions that begin with a capital`, () => {
    if (description !== undefined) assert.match(description, /^[A-Z]/);
    for (const [flag, { summary: phrase = '' }] of Object.entries(flags)) assert.match(phrase, PHRASE, `--${flag}`);
    for (const [argument, { description: phrase = '' }] of Object.entries(args)) assert.match(phrase, PHRASE, argument);
  });
}

test('help: topics have summaries that are one sentence', async () => {
  for (const topic of TOPICS) assert.match((await render(topic, 500)).split('\n', 1)[0] ?? '', SENTENCE);
});

test('help: a section without entries is omitted', async () => {
  for (const subject of SUBJECTS) assert.doesNotMatch(await render(subject, 80), /^[A-Z ]+\n\n/m, subject);
});

test('help: a description stands next to its label if it has enough columns', async () => {
  assert.match(await render('pack:test', 80), /^ {2}\[PACK\.\.\.\] {2}The path of a pack/m);
});

test('help: an unknown subject has no help', async () => {
  assert.equal(await helpText('nonsense', { columns: 80, styled: false }), undefined);
});

const WRAPPED: readonly { claim: string; text: string; columns: number; want: string }[] = [
  { claim: 'a text that fits is unchanged', text: 'a  b', columns: 4, want: 'a  b' },
  { claim: 'lines break at spaces', text: 'one two three', columns: 8, want: 'one two\nthree' },
  { claim: 'continuation lines keep the indentation', text: '  one two', columns: 6, want: '  one\n  two' },
  { claim: 'a long word stays whole', text: 'a longword b', columns: 4, want: 'a\nlongword\nb' },
  { claim: 'line feeds stay', text: 'a\n\nb', columns: 4, want: 'a\n\nb' },
];

for (const { claim, text, columns, want } of WRAPPED) {
  test(`wrapText: ${claim}`, () => assert.equal(wrapText(text, columns), want));
}

test('wrapText: a continued command line ends with a backslash and is not broken inside quotes', () => {
  const options = { hanging: 4, lineEnd: ' \\', word: /(?:'[^']*'|\S)+\s*/g };
  assert.equal(wrapText("$ run --header 'a b c d e'", 18, options), "$ run --header \\\n    'a b c d e'");
});
