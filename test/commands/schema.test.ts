import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { readYaml } from '../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import progressSchema from '../../src/operations/about/progress.schema.json' with { type: 'json' };
import lockSchema from '../../src/packs/lock/lock.schema.json' with { type: 'json' };
import packSchema from '../../src/packs/manifest/pack.schema.json' with { type: 'json' };
import indexSchema from '../../src/registry/index/index.schema.json' with { type: 'json' };
import { createCliHarness } from '../support/cli.ts';

const harness = createCliHarness({ after });

for (const [name, schema] of Object.entries({
  index: indexSchema,
  lock: lockSchema,
  pack: packSchema,
  progress: progressSchema,
})) {
  test(`schema: ${name} prints the JSON Schema with and without --json`, async () => {
    for (const flags of [[], ['--json'], ['--quiet']]) {
      const { status, stdout, stderr } = await harness.attune('schema', name, ...flags);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.deepEqual(JSON.parse(stdout), schema);
    }
  });
}

test('schema: --yaml prints the same schema as YAML', async () => {
  const { stdout } = await harness.attune('schema', 'pack', '--yaml');
  assert.deepEqual(readYaml(Buffer.from(stdout), 'pack.schema.yaml', DEFAULT_LIMITS).value, packSchema);
});

test('schema: a missing or unknown document exits 2 and lists the documents', async () => {
  for (const args of [[], ['registry']]) {
    const { status, stdout, stderr } = await harness.attune('schema', ...args);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    assert.match(stderr, /index.*lock.*pack.*progress/s);
  }
});

test('schema: does not create a store', () => assert.deepEqual(readdirSync(harness.data), []));
