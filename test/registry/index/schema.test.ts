import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type FieldNames, INDEX_FIELDS } from '../../../src/registry/index/format.ts';
import schema from '../../../src/registry/index/index.schema.json' with { type: 'json' };
import { schemaValidator, undocumentedFields } from '../../support/json-schema.ts';
import { INVALID_INDEXES, INVALID_RELEASES, VALID_INDEXES } from '../../support/registry/invalid-indexes.ts';

const problemsOf = schemaValidator(schema);
const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/registry/${name}`, import.meta.url), 'utf8'));
/** Returns an index as it is in a file, without undefined properties. */
const written = (index: unknown) => JSON.parse(JSON.stringify(index));

describe('index schema: valid indexes', () => {
  for (const name of ['public-index.json', 'index.json'])
    test(`index schema: accepts the fixture ${name}`, () => assert.deepEqual(problemsOf(fixture(name)), []));
  for (const { title, index } of VALID_INDEXES)
    test(`index schema: accepts ${title}`, () => assert.deepEqual(problemsOf(written(index)), []));
});

describe('index schema: invalid indexes', () => {
  for (const { title, index, schemaRejects } of [...INVALID_INDEXES, ...INVALID_RELEASES]) {
    if (typeof index === 'string' || Buffer.isBuffer(index)) continue;
    test(`index schema: ${schemaRejects ? 'rejects' : 'cannot detect'} ${title}`, () => {
      const problems = problemsOf(written(index));
      assert.equal(problems.length > 0, schemaRejects, problems.join('\n'));
    });
  }
});

describe('index schema: fields', () => {
  const rows: [name: string, names: FieldNames, part: { required?: string[]; properties: object }][] = [
    ['the index', INDEX_FIELDS.index, schema],
    ['an entry', INDEX_FIELDS.entry, schema.$defs.entry],
    ['a release', INDEX_FIELDS.release, schema.$defs.release],
    ['contents', INDEX_FIELDS.contents, schema.$defs.contents],
    ['a component', INDEX_FIELDS.component, schema.$defs.component],
    ['dependencies', INDEX_FIELDS.dependencies, schema.$defs.dependencies],
  ];
  for (const [name, { required, optional, additive = [] }, part] of rows) {
    test(`index schema: ${name} has the same required and optional fields as the reader`, () => {
      assert.deepEqual((part.required ?? []).toSorted(), required.toSorted());
      assert.deepEqual(Object.keys(part.properties).toSorted(), [...required, ...optional, ...additive].toSorted());
    });
  }

  test('index schema: a source has the same fields as the reader', () => {
    const { source } = schema.$defs;
    assert.deepEqual(Object.keys(source.properties).toSorted(), INDEX_FIELDS.git.required.toSorted());
    assert.deepEqual(source.required.toSorted(), INDEX_FIELDS.archive.required.toSorted());
  });
});

test('index schema: every field has a description', () => {
  assert.deepEqual(undocumentedFields(schema), []);
});
