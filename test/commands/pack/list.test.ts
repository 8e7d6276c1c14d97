import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCliHarness } from '../../support/cli.ts';
import { packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

// All tests share one harness, and none of them changes it.
const harness = createCliHarness({ after });
writeFiles(join(harness.directory, 'chat'), packFiles({ ref: 'chat' }));
writeFiles(join(harness.directory, 'mail'), {
  ...packFiles({ ref: 'mail' }),
  'pack.yaml': 'ref: mail\nversion: 1.0.0\nlabel: "Letters \\e[31m"\n',
});
assert.equal((await harness.attune('pack', 'install', './chat', './mail')).status, 0);

const NAMES: readonly { claim: string; args: string[]; refs: string[] }[] = [
  { claim: 'without --name, all packs are listed', args: [], refs: ['chat', 'mail'] },
  { claim: '--name matches a part of the ref', args: ['--name', 'ai'], refs: ['mail'] },
  { claim: '-n matches the label in any case', args: ['-n', 'LETTERS'], refs: ['mail'] },
  { claim: '--name is not a pattern', args: ['--name', '.*'], refs: [] },
  { claim: 'an empty --name matches all packs', args: ['--name', ''], refs: ['chat', 'mail'] },
];

for (const { claim, args, refs } of NAMES) {
  test(`list: ${claim}`, async () => {
    const { status, document } = await harness.json('pack', 'list', ...args);
    assert.equal(status, 0);
    assert.deepEqual(
      document.packs.map(({ ref }: { ref: string }) => ref),
      refs,
    );
  });
}

test('list: if --name matches no pack, the text is printed without control characters', async () => {
  const { status, stdout } = await harness.attune('pack', 'list', '--name', '\u001b[32m');
  assert.equal(status, 0);
  assert.equal(
    stdout,
    "No installed pack has '\\u001b[32m' in its ref or label. List all packs with: attune pack list\n",
  );
});
