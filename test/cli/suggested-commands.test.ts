import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataDirectoryFromArgs, SuggestedCommands } from '../../src/cli/text/suggested-commands.ts';

const TEXTS: readonly { readonly claim: string; readonly text: string; readonly completed: string }[] = [
  {
    claim: 'a command in quotes',
    text: "Unpin it first with 'attune pack unpin base'.",
    completed: "Unpin it first with 'attune --data-dir '/my data' pack unpin base'.",
  },
  {
    claim: 'two commands',
    text: "Use 'attune pack upgrade a', or run: attune doctor --fix",
    completed: "Use 'attune --data-dir '/my data' pack upgrade a', or run: attune --data-dir '/my data' doctor --fix",
  },
  { claim: 'the name of the program', text: 'a newer attune wrote it', completed: 'a newer attune wrote it' },
  { claim: 'a path', text: '/opt/attune pack', completed: '/opt/attune pack' },
  { claim: 'the usage of all commands', text: 'with: attune --help', completed: 'with: attune --help' },
];

for (const { claim, text, completed } of TEXTS) {
  test(`suggested commands: --data-dir is repeated in a hint with ${claim}`, () => {
    assert.equal(new SuggestedCommands('/my data').inText(text), completed);
    assert.equal(new SuggestedCommands(undefined).inText(text), text);
  });
}

test('suggested commands: a document is completed in its suggestions only', () => {
  const text = "with 'attune pack list'";
  const completed = "with 'attune --data-dir /d pack list'";
  assert.deepEqual(
    new SuggestedCommands('/d').inDocument({
      error: { message: text, hint: text },
      events: [{ undo: text, at: null }],
    }),
    { error: { message: text, hint: completed }, events: [{ undo: completed, at: null }] },
  );
});

test('suggested commands: a view is completed only where it introduces a command', () => {
  const view = 'attune pack list is described here\n  Remove it with: attune pack autoremove --yes\n';
  assert.equal(
    new SuggestedCommands('/d').inView(view),
    'attune pack list is described here\n  Remove it with: attune --data-dir /d pack autoremove --yes\n',
  );
});

test('suggested commands: --data-dir is read from a command line that cannot be parsed', () => {
  assert.equal(dataDirectoryFromArgs(['pack', 'instal', '--data-dir', '/d']), '/d');
  assert.equal(dataDirectoryFromArgs(['pack', 'instal', '--data-dir=/d']), '/d');
  assert.equal(dataDirectoryFromArgs(['pack', 'instal']), undefined);
});
