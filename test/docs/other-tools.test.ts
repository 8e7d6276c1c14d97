import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { PROJECT } from '../support/attune.ts';
import { createCliHarness } from '../support/cli.ts';
import { runInShell, snapshotOf } from '../support/printed-commands.ts';
import { packFiles, writeRegistry } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Row {
  readonly line: string;
  /** The command that the message names. */
  readonly named: string | undefined;
  readonly needsServer: boolean;
}

const document = readFileSync(join(PROJECT, 'docs/other-tools.md'), 'utf8');
const rows: Row[] = Array.from(
  document.matchAll(/^\| `(attune [^`]+)` \| (.+) \|$/gm),
  ([, line = '', outcome = '']) => {
    const named = /^names `(attune [^`]+)`$/.exec(outcome)?.[1];
    const needsServer = outcome === "needs the platform's server";
    assert.ok(named !== undefined || needsServer || outcome === 'runs', `${line}: ${outcome}`);
    return { line, named, needsServer };
  },
);

/** The values of placeholders in named commands. */
const PLACEHOLDERS: readonly [RegExp, string][] = [
  [/\bREF@VERSION$/, 'slack@1.0.0'],
  [/\bREF$/, 'chat'],
  [/\bNAME URL$/, 'extra index.json'],
  [/\bNAME$/, 'main'],
  [/\bFILE$/, 'attune.lock'],
  [/\bPATH$/, './x'],
  [/\bSHELL$/, 'bash'],
];

const harness = createCliHarness({ after });
const registry = writeRegistry(temporaryDirectory({ after }), [
  { ref: 'chat', version: '2.0.0' },
  { ref: 'chat', version: '1.1.0' },
  { ref: 'chat', version: '1.0.0', test: 'exit 0' },
  { ref: 'slack' },
]);
writeFiles(join(harness.directory, 'x'), packFiles({ ref: 'x', test: 'exit 0' }));
cpSync(registry, join(harness.directory, 'index.json'));
cpSync(join(dirname(registry), 'archives'), join(harness.directory, 'archives'), { recursive: true });
for (const args of [
  ['registry', 'add', 'main', registry],
  ['pack', 'install', 'chat@1.0.0'],
  ['pack', 'upgrade', 'chat@1.1.0'],
  ['pack', 'lock'],
]) {
  const { status, stderr } = await harness.attune(...args);
  assert.equal(status, 0, stderr);
}
const restores = [harness.data, harness.config, harness.directory].map(snapshotOf);

async function run(line: string) {
  for (const restore of restores) restore();
  return runInShell(harness, line);
}

test('other tools: the tables have at least 60 command lines, each of them once', () => {
  assert.ok(rows.length >= 60, `${rows.length}`);
  assert.equal(new Set(rows.map(({ line }) => line)).size, rows.length);
});

describe('other tools: a command line runs, or its message names the command that does:', () => {
  for (const { line, named, needsServer } of rows) {
    test(line, async () => {
      const { status, stdout, stderr } = await run(line);
      if (named === undefined && !needsServer) {
        assert.equal(status, 0, stderr);
        return;
      }
      assert.equal(status, 2, stdout + stderr);
      if (needsServer) assert.match(stderr, /needs the platform's server/);
      if (named === undefined) return;
      assert.match(stderr, new RegExp(`(?:: |')${RegExp.escape(named)}(?:'|\n|$)`));
      const command = PLACEHOLDERS.reduce((text, [pattern, value]) => text.replace(pattern, value), named);
      const second = await run(command);
      assert.equal(second.status, 0, `${command}: ${second.stderr}`);
    });
  }
});
