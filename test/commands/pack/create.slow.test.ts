import assert from 'node:assert/strict';
import { delimiter, dirname } from 'node:path';
import { after, test } from 'node:test';
import { createCliHarness } from '../../support/cli.ts';
import { subsets } from '../../support/subsets.ts';

/** Some templates have tests for Node. */
const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
const harness = createCliHarness({ after }, { PATH });
/** With `ATTUNE_ALL_COMBINATIONS`, all 217 combinations are tried, else one in eight, others each time. */
const SHARE = process.env['ATTUNE_ALL_COMBINATIONS'] ? 1 : 1 / 8;

for (const templates of subsets(['python', 'node', 'shell'])) {
  test(`pack create: ${templates.join(', ')} with combinations of components makes a pack whose tests pass`, async () => {
    for (const [index, kinds] of subsets(['action', 'sensor', 'trigger', 'rule', 'workflow']).entries()) {
      if (Math.random() >= SHARE) continue;
      const ref = `${templates.join('-')}-${index}`;
      const flags = templates.flatMap((template) => ['--template', template]);
      const created = await harness.json('pack', 'create', ref, ...flags, '--with', kinds.join(','));
      assert.equal(created.status, 0, created.stderr);
      const { status, document, stderr } = await harness.json('pack', 'test', `./${ref}`);
      assert.deepEqual([status, document.status], [0, 'passed'], stderr);
    }
  });
}
