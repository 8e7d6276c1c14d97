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

test('man pages: every visible command has a page, and attune.1 lists them all', () => {
  const shown = commands.filter(({ hidden }) => !hidden).map(({ id }) => `attune-${id.replaceAll(':', '-')}`);
  assert.deepEqual([...pages.keys()].sort(), ['attune.1', ...shown.map((name) => `${name}.1`)].sort());
  for (const name of shown) assert.ok(pages.get('attune.1')?.includes(name.replaceAll('-', '\\-')), name);
  assert.ok(!pages.has('attune-complete.1'));
});

test('man pages: text that looks like macros is escaped', () => {
  const hostile = '.so /etc/passwd\n\'br "quoted" \\fB\\n~^`- ü';
  const command = { id: 'odd', summary: hostile, description: hostile, examples: [hostile], args: {}, flags: {} };
  const page = manualPages({ version: '1', date: '2026-11-22', commands: [command] }).get('attune-odd.1') ?? '';
  assert.match(page, /^\\&\.so \/etc\/passwd$/m);
  assert.doesNotMatch(page, /^['.](so|br)/m);
  assert.ok(page.includes('\\(aqbr \\(dqquoted\\(dq \\efB\\en\\(ti\\(ha\\(ga\\- \\[u00FC]'));
  assert.doesNotMatch(page, /[^\n\x20-\x7e]/);
});

const LINTERS: readonly { program: string; args: readonly string[] }[] = [
  { program: 'groff', args: ['-ww', '-man', '-Tutf8', '-z'] },
  { program: 'mandoc', args: ['-Tlint', '-Wwarning'] },
  { program: 'man', args: ['--warnings', '--local-file', '--encoding=UTF-8', '--ditroff'] },
];

for (const { program, args } of LINTERS) {
  const skip = spawnSync(program, ['-v']).error !== undefined && `${program} is not installed`;
  test(`man pages: ${program} reports no warnings`, { skip }, (t) => {
    const directory = temporaryDirectory(t);
    const files = [...pages].map(([name, content]) => {
      writeFileSync(join(directory, name), content);
      return join(directory, name);
    });
    const { stdout, stderr, status } = spawnSync(program, [...args, ...files], { encoding: 'utf8' });
    const output = program === 'mandoc' ? stdout + stderr : stderr;
    assert.deepEqual({ status, output }, { status: 0, output: '' });
  });
}
