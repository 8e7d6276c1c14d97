import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCliHarness } from '../../support/cli.ts';
import { entryOf, indexOf } from '../../support/registry/index.ts';
import { packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

// All tests share one harness, and none of them changes it.
const harness = createCliHarness({ after });
const writeIndex = (name: string, ...packs: unknown[]) => {
  writeFileSync(join(harness.directory, name), JSON.stringify(indexOf(...packs)));
  return join(harness.directory, name);
};
const far = writeIndex(
  'far.json',
  entryOf('chat', { version: '2.0.0', description: 'From afar', runtime_deps: ['node'] }),
  entryOf('chat-bridge', {
    label: 'Chat bridge',
    description: `${'far too long '.repeat(30)}end`,
    runtime_deps: ['node'],
  }),
);
const near = writeIndex(
  'near.json',
  entryOf('chat', { description: 'Send \u001b[31mmessages', runtime_deps: ['python3>=3.9'] }),
);
writeFiles(harness.config, {
  'settings.yaml': `pack_registry:\n  indices:\n    - { name: far, url: ${far}, priority: 2 }\n    - { name: near, url: ${near}, priority: 1 }\n`,
});
writeFiles(join(harness.directory, 'chat'), packFiles({ ref: 'chat', version: '0.9.0' }));
assert.equal((await harness.attune('pack', 'install', './chat')).status, 0);

test('search: a result has the fields of the contract, from the first registry that has the ref', async () => {
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

const rows: { title: string; args: string[]; expected: string[] }[] = [
  {
    title: '--registry searches only that registry',
    args: ['chat', '--registry', 'far'],
    expected: ['chat 2.0.0', 'chat-bridge 1.0.0'],
  },
  { title: '--runtime filters by runtime', args: ['chat', '--runtime', 'nodejs'], expected: ['chat-bridge 1.0.0'] },
  {
    title: '--runtime accepts every name of a runtime',
    args: ['chat', '--runtime', 'Python'],
    expected: ['chat 1.0.0'],
  },
  { title: '--limit limits the results', args: ['chat', '--limit', '1'], expected: ['chat 1.0.0'] },
  { title: 'several words must all match', args: ['chat', 'send'], expected: ['chat 1.0.0'] },
  {
    title: 'arguments after -- are words, even if they look like flags',
    args: ['--', '-chat', '--json'],
    expected: [],
  },
  { title: 'operators of the full-text syntax are matched as text', args: ['NEAR("chat")', '*'], expected: [] },
  {
    title: 'without words, all packs are listed in the order of their refs, each from the first registry that has it',
    args: [],
    expected: ['chat 1.0.0', 'chat-bridge 1.0.0'],
  },
  { title: 'without words, --limit limits the list', args: ['--limit', '1'], expected: ['chat 1.0.0'] },
  { title: 'without words, -r lists one registry', args: ['-r', 'near'], expected: ['chat 1.0.0'] },
  {
    title: 'without words, --runtime filters the list',
    args: ['--runtime', 'node'],
    expected: ['chat-bridge 1.0.0'],
  },
];
for (const { title, args, expected } of rows) {
  test(`search: ${title}`, async () => {
    const { stdout, status } = await harness.attune('pack', 'search', '--json', ...args);
    assert.equal(status, 0);
    const { results } = JSON.parse(stdout) as { results: { ref: string; version: string }[] };
    assert.deepEqual(
      results.map(({ ref, version }) => `${ref} ${version}`),
      expected,
    );
  });
}

test('search: without words, the document reports whether the limit cut off packs', async () => {
  const more = async (limit: string) => (await harness.json('pack', 'search', '--limit', limit)).document.more;
  assert.deepEqual([await more('1'), await more('2')], [true, false]);
});

test('search: prints a table with installed versions and without control characters', async () => {
  const { stdout } = await harness.attune('pack', 'search', 'chat');
  const [head = '', first = '', second = ''] = stdout.split('\n');
  assert.match(head, /^REF +VERSION +REGISTRY +DESCRIPTION$/);
  assert.match(first, /^chat +1\.0\.0 \(0\.9\.0 installed\) +near +A label: Send \\u001b\[31mmessages$/);
  assert.match(second, /^chat-bridge +1\.0\.0 +far +Chat bridge: far too long .* end$/);
  assert.equal(head.indexOf('REGISTRY'), first.indexOf('near'));
});

test('search: no match exits 0 with a suggestion', async () => {
  const { status, stdout } = await harness.attune('pack', 'search', 'kubernetes');
  assert.equal(status, 0);
  assert.match(stdout, /^No packs found\..*attune registry list\n$/);
});

test('search: a missing registry exits 4', async () => {
  const unknown = await harness.json('pack', 'search', 'chat', '--registry', 'nera');
  assert.deepEqual([unknown.status, unknown.document.error.hint], [4, "Did you mean 'near'?"]);
  const unconfigured = await createCliHarness({ after }).json('pack', 'search', 'chat');
  assert.deepEqual([unconfigured.status, unconfigured.document.error.code], [4, 'NOT_FOUND_REGISTRY']);
  assert.match(unconfigured.document.error.message, /^Cannot search: no registry is configured/);
});
