import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type FieldNames, INDEX_FIELDS } from '../../../src/registry/index/format.ts';
import schema from '../../../src/registry/index/index.schema.json' with { type: 'json' };
import { schemaValidator, unexplained } from '../../support/json-schema.ts';
import { FAULTS, RELEASE_FAULTS, RIGHT } from '../../support/registry/invalid-indexes.ts';

const problemsOf = schemaValidator(schema);
const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/registry/${name}`, import.meta.url), 'utf8'));
/** As it would be in a file: what is undefined is not there. */
const written = (index: unknown) => JSON.parse(JSON.stringify(index));

describe('the JSON Schema of the index accepts', () => {
  for (const name of ['public-index.json', 'index.json'])
    test(name, () => assert.deepEqual(problemsOf(fixture(name)), []));
  for (const { claim, index } of RIGHT) test(claim, () => assert.deepEqual(problemsOf(written(index)), []));
});

describe('the JSON Schema of the index and pack index-validate agree about', () => {
  for (const fault of [...FAULTS, ...RELEASE_FAULTS]) {
    if (typeof fault.index === 'string' || Buffer.isBuffer(fault.index)) continue;
    test(`${fault.claim}, which ${fault.schema ? 'both refuse' : 'takes more than a schema to see'}`, () => {
      const problems = problemsOf(written(fault.index));
      assert.equal(problems.length > 0, fault.schema, problems.join('\n'));
    });
  }
});

describe('the JSON Schema of the index has the fields that the reader knows, the same ones required, in', () => {
  const rows: [name: string, names: FieldNames, part: { required?: string[]; properties: object }][] = [
    ['the index', INDEX_FIELDS.index, schema],
    ['an entry', INDEX_FIELDS.entry, schema.$defs.entry],
    ['a release', INDEX_FIELDS.release, schema.$defs.release],
    ['contents', INDEX_FIELDS.contents, schema.$defs.contents],
    ['a component', INDEX_FIELDS.component, schema.$defs.component],
    ['dependencies', INDEX_FIELDS.dependencies, schema.$defs.dependencies],
  ];
  for (const [name, { required, optional, additive = [] }, part] of rows) {
    test(name, () => {
      assert.deepEqual((part.required ?? []).toSorted(), required.toSorted());
      assert.deepEqual(Object.keys(part.properties).toSorted(), [...required, ...optional, ...additive].toSorted());
    });
  }

  test('a source', () => {
    const { source } = schema.$defs;
    assert.deepEqual(Object.keys(source.properties).toSorted(), INDEX_FIELDS.git.required.toSorted());
    assert.deepEqual(source.required.toSorted(), INDEX_FIELDS.archive.required.toSorted());
  });
});

test('everything that the JSON Schema of the index names is explained, for editors to show', () => {
  assert.deepEqual(unexplained(schema), []);
});
