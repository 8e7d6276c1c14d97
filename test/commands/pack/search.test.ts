import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCliHarness } from '../../support/cli.ts';
import { entryOf, indexOf } from '../../support/registry/index.ts';
import { packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

// All look at one harness; none changes it.
const harness = createCliHarness({ after });
const place = (name: string, ...packs: unknown[]) => {
  writeFileSync(join(harness.directory, name), JSON.stringify(indexOf(...packs)));
  return join(harness.directory, name);
};
const far = place(
  'far.json',
  entryOf('chat', { version: '2.0.0', description: 'From afar', runtime_deps: ['node'] }),
  entryOf('chat-bridge', {
    label: 'Chat bridge',
    description: `${'far too long '.repeat(30)}end`,
    runtime_deps: ['node'],
  }),
);
const near = place(
  'near.json',
  entryOf('chat', { description: 'Send \u001b[31mmessages', runtime_deps: ['python3>=3.9'] }),
);
writeFiles(harness.config, {
  'config.yaml': `pack_registry:\n  indices:\n    - { name: far, url: ${far}, priority: 2 }\n    - { name: near, url: ${near}, priority: 1 }\n`,
});
writeFiles(join(harness.directory, 'chat'), packFiles({ ref: 'chat', version: '0.9.0' }));
assert.equal((await harness.attune('pack', 'install', './chat')).status, 0);

test('a search has the fields of the contract, and the first registry that has a ref', async () => {
  const { status, document } = await harness.json('pack', 'search', 'chat');
  assert.equal(status, 0);
  const [first, second] = document.results;
  assert.deepEqual(first, {
    ref: 'chat',
    version: '1.0.0',
    label: 'A label',
    description: 'Send \u001b[31mmessages',
    registry: 'near',
    installed: '0.9.0',
  });
  assert.deepEqual([second.ref, second.registry, second.installed], ['chat-bridge', 'far', null]);
  assert.deepEqual([document.results.length, document.more], [2, false]);
});

const rows: { claim: string; words: string[]; want: string[] }[] = [
  {
    claim: '--registry asks that one alone',
    words: ['chat', '--registry', 'far'],
    want: ['chat 2.0.0', 'chat-bridge 1.0.0'],
  },
  { claim: '--runtime leaves the others out', words: ['chat', '--runtime', 'nodejs'], want: ['chat-bridge 1.0.0'] },
  {
    claim: '--runtime knows a runtime by each of its names',
    words: ['chat', '--runtime', 'Python'],
    want: ['chat 1.0.0'],
  },
  { claim: '--limit cuts the list', words: ['chat', '--limit', '1'], want: ['chat 1.0.0'] },
  { claim: 'all words have to be there', words: ['chat', 'send'], want: ['chat 1.0.0'] },
  { claim: 'what looks like a flag can be searched behind two dashes', words: ['--', '-chat', '--json'], want: [] },
  { claim: 'syntax is nothing but text', words: ['NEAR("chat")', '*'], want: [] },
];
for (const { claim, words, want } of rows) {
  test(claim, async () => {
    const { stdout, status } = await harness.attune('pack', 'search', '--json', ...words);
    assert.equal(status, 0);
    const { results } = JSON.parse(stdout) as { results: { ref: string; version: string }[] };
    assert.deepEqual(
      results.map(({ ref, version }) => `${ref} ${version}`),
      want,
    );
  });
}

test('a person reads a table, in which what is installed is marked and nothing moves the cursor', async () => {
  const { stdout } = await harness.attune('pack', 'search', 'chat');
  const [head = '', first = '', second = ''] = stdout.split('\n');
  assert.match(head, /^REF +VERSION +REGISTRY +DESCRIPTION$/);
  assert.match(first, /^chat +1\.0\.0 \(0\.9\.0 installed\) +near +A label: Send \\u001b\[31mmessages$/);
  assert.match(second, /^chat-bridge +1\.0\.0 +far +Chat bridge: far too long .* end$/);
  assert.equal(head.indexOf('REGISTRY'), first.indexOf('near'));
});

test('nothing that fits is no error, and says what can be done', async () => {
  const { status, stdout } = await harness.attune('pack', 'search', 'kubernetes');
  assert.equal(status, 0);
  assert.match(stdout, /^No packs found\..*attune registry list\n$/);
});

test('a search needs a word and a registry', async () => {
  assert.equal((await harness.attune('pack', 'search')).status, 2);
  const unknown = await harness.json('pack', 'search', 'chat', '--registry', 'nera');
  assert.deepEqual([unknown.status, unknown.document.error.hint], [4, "Did you mean 'near'?"]);
  const nowhere = await createCliHarness({ after }).json('pack', 'search', 'chat');
  assert.deepEqual([nowhere.status, nowhere.document.error.code], [4, 'NOT_FOUND_REGISTRY']);
  assert.match(nowhere.document.error.message, /^Cannot search: no registry is configured/);
});
