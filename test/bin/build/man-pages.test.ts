import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ManualSource, manualPages } from '../../../bin/build/man-pages.ts';
import manifest from '../../../oclif.manifest.json' with { type: 'json' };
import { temporaryDirectory } from '../../support/temporary.ts';

const commands = Object.values(manifest.commands) as unknown as ManualSource['commands'];
const pages = manualPages({ version: '1.2.3', date: '2026-11-22', commands });

test('there is a page for every command but the hidden ones, and one that names them all', () => {
  const shown = commands.filter(({ hidden }) => !hidden).map(({ id }) => `attune-${id.replaceAll(':', '-')}`);
  assert.deepEqual([...pages.keys()].sort(), ['attune.1', ...shown.map((name) => `${name}.1`)].sort());
  for (const name of shown) assert.ok(pages.get('attune.1')?.includes(name.replaceAll('-', '\\-')), name);
  assert.ok(!pages.has('attune-complete.1'));
});

test('what a formatter would take for its own is written so that it does not', () => {
  const hostile = '.so /etc/passwd\n\'br "quoted" \\fB\\n~^`- ü';
  const command = { id: 'odd', summary: hostile, description: hostile, examples: [hostile], args: {}, flags: {} };
  const page = manualPages({ version: '1', date: '2026-11-22', commands: [command] }).get('attune-odd.1') ?? '';
  assert.match(page, /^\\&\.so \/etc\/passwd$/m);
  assert.doesNotMatch(page, /^['.](so|br)/m);
  assert.ok(page.includes('\\(aqbr \\(dqquoted\\(dq \\efB\\en\\(ti\\(ha\\(ga\\- \\[u00FC]'));
  assert.doesNotMatch(page, /[^\n\x20-\x7e]/);
});

const LINTERS: readonly { program: string; words: readonly string[] }[] = [
  { program: 'groff', words: ['-ww', '-man', '-Tutf8', '-z'] },
  { program: 'mandoc', words: ['-Tlint', '-Wwarning'] },
  { program: 'man', words: ['--warnings', '--local-file', '--encoding=UTF-8', '--ditroff'] },
];

for (const { program, words } of LINTERS) {
  const skip = spawnSync(program, ['-v']).error !== undefined && `there is no ${program} here`;
  test(`${program} has nothing against any page`, { skip }, (t) => {
    const directory = temporaryDirectory(t);
    const files = [...pages].map(([name, content]) => {
      writeFileSync(join(directory, name), content);
      return join(directory, name);
    });
    const { stdout, stderr, status } = spawnSync(program, [...words, ...files], { encoding: 'utf8' });
    const said = program === 'mandoc' ? stdout + stderr : stderr;
    assert.deepEqual({ status, said }, { status: 0, said: '' });
  });
}
