import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createCliHarness } from '../../support/cli.ts';
import { subsets } from '../../support/subsets.ts';

const harness = createCliHarness({ after });

for (const templates of subsets(['python', 'node', 'shell'])) {
  test(`pack create: ${templates.join(', ')} with each combination of components makes a pack whose tests pass`, async () => {
    for (const [index, kinds] of subsets(['action', 'sensor', 'trigger', 'rule', 'workflow']).entries()) {
      const ref = `${templates.join('-')}-${index}`;
      const flags = templates.flatMap((template) => ['--template', template]);
      const created = await harness.json('pack', 'create', ref, ...flags, '--with', kinds.join(','));
      assert.equal(created.status, 0, created.stderr);
      const { status, document, stderr } = await harness.json('pack', 'test', `./${ref}`);
      assert.deepEqual([status, document.status], [0, 'passed'], stderr);
    }
  });
}
