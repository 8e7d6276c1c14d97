import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readYaml } from '../../../src/documents/yaml/yaml.ts';
import { AttuneError } from '../../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readManifest } from '../../../src/packs/manifest/manifest.ts';
import schema from '../../../src/packs/manifest/pack.schema.json' with { type: 'json' };
import { manifestSchema } from '../../../src/packs/manifest/schema.ts';
import { schemaValidator, undocumentedFields } from '../../support/json-schema.ts';
import { treeOf } from '../../support/tree-of.ts';

const schemaProblems = schemaValidator(schema);
const documentOf = (text: string) => readYaml(Buffer.from(text), 'pack.yaml', DEFAULT_LIMITS).value;

function isReadable(text: string): boolean {
  try {
    readManifest(treeOf({ 'pack.yaml': text }), DEFAULT_LIMITS);
    return true;
  } catch (error) {
    if (error instanceof AttuneError) return false;
    throw error;
  }
}

describe('pack.yaml: the JSON Schema accepts', () => {
  const packs = new URL('../../../fixtures/packs/', import.meta.url);
  for (const name of readdirSync(packs)) {
    test(`the fixture ${name}`, () => {
      const text = readFileSync(new URL(`${name}/pack.yaml`, packs), 'utf8');
      assert.deepEqual(schemaProblems(documentOf(text)), []);
    });
  }
});

const VALID = [
  '',
  'label:\nkeywords:\ntesting:\nmeta:\nactions:\ndependencies:\nruntime_deps:\npython:',
  'own: {field: [1]}',
  'runtime_deps: [python3>=3.9, shell]',
  'runtime_deps: [{python: ">=3.8"}, {shell: }]',
  'python: "3.8"\nnodejs: "18"',
  'dependencies: [core, core@^1.2, "core >=1,<3", core>=1]',
  'dependencies: {attune_version: ">=1", packs: [core]}',
  'dependencies: {packs: }',
  'dependencies: {core: ^1.2, other: "*"}',
  'dependencies: {}',
  'conf_schema: {type: object}\nconfig: {a: 1}',
  'meta: {license: MIT, keywords: [a], own: 1}',
  'actions: {run: {description: x}, stop: }',
  'testing: {enabled: false}',
  'testing: {discovery: {method: directory, path: tests/unit}}',
  'testing: {discovery: {method: manifest, tests: [{name: a, command: b, timeout: 1.5}]}}',
  'testing: {discovery: {method: executable, command: ./run}}',
  'testing: {discovery: {method: }}',
  'testing: {runners: {a: {type: script, entry_point: tests/run.sh, timeout: 60, result_format: tap}}}',
  'testing: {runners: {a: {type: command, command: "make test", result_path: ..results}}}',
  'testing: {min_pass_rate: 0.5, on_failure: warn, result_format: junit-xml, result_path: out/}',
  'version: 1.0.0-rc.1+build.05',
  'version: "1.0.0-0a.1"',
];

const INVALID = [
  'ref: Demo',
  'ref: 1demo',
  'ref: "demo\\n"',
  'ref:',
  'version: 1.0',
  'version: "1.0"',
  'version: v1.0.0',
  'version: 1.0.0-01',
  'version: 01.0.0',
  'label: 3',
  'keywords: one',
  'keywords: [1]',
  'system: "no"',
  'conf_schema: []',
  'meta: []',
  'meta: {license: 3}',
  'runtime_deps: shell',
  'runtime_deps: [3]',
  'runtime_deps: [""]',
  'runtime_deps: [{python: 3}]',
  'python: 3.8',
  'dependencies: core',
  'dependencies: [Core]',
  'dependencies: ["core@"]',
  'dependencies: [core.utils]',
  'dependencies: [{core: ^1}]',
  'dependencies: {packs: core}',
  'dependencies: {packs: [core], other: ^1}',
  'dependencies: {python_version: "3", other: ^1}',
  'dependencies: {core: }',
  'dependencies: {core: 1}',
  'dependencies: {core: ["1"]}',
  'dependencies: {core: ""}',
  'dependencies: {Core: ^1}',
  'dependencies: {python_version: 3.9}',
  'actions: [run]',
  'actions: {run: text}',
  'actions: {run: {description: 3}}',
  'testing: []',
  'testing: {enabled: "yes"}',
  'testing: {discovery: {method: search}}',
  'testing: {discovery: {path: ../tests}}',
  'testing: {discovery: {path: /tests}}',
  'testing: {discovery: {path: "C:tests"}}',
  'testing: {discovery: {path: "a\\\\..\\\\b"}}',
  'testing: {discovery: {path: ~/tests}}',
  'testing: {discovery: {path: "a\\0b"}}',
  'testing: {discovery: {method: manifest}}',
  'testing: {discovery: {method: manifest, tests: }}',
  'testing: {discovery: {method: manifest, tests: [{command: b}]}}',
  'testing: {discovery: {method: executable}}',
  'testing: {discovery: {method: executable, command: " "}}',
  'testing: {runners: {a: {}}}',
  'testing: {runners: {a: }}',
  'testing: {runners: {a: {type: rspec}}}',
  'testing: {runners: {a: {type: script, timeout: 0}}}',
  'testing: {runners: {a: {type: script, timeout: "60"}}}',
  'testing: {runners: {a: {type: script, result_format: xml}}}',
  'testing: {min_pass_rate: 2}',
  'testing: {min_pass_rate: -0.1}',
  'testing: {on_failure: stop}',
];

describe('pack.yaml: the JSON Schema and readManifest agree', () => {
  const rows = [
    ...VALID.map((fields) => ({ fields, valid: true })),
    ...INVALID.map((fields) => ({ fields, valid: false })),
  ];
  for (const { fields, valid } of rows) {
    test(`that ${JSON.stringify(fields)} is ${valid ? 'valid' : 'invalid'}`, () => {
      const head = ['ref: demo', 'version: 1.0.0'].filter((line) => !fields.startsWith(line.split(':', 1).join()));
      const text = `${[...head, fields].join('\n')}\n`;
      assert.equal(isReadable(text), valid, 'readManifest');
      const problems = schemaProblems(documentOf(text));
      assert.equal(problems.length === 0, valid, `the schema: ${problems.join(', ')}`);
    });
  }

  for (const text of ['ref: demo', 'version: 1.0.0', '[]', '']) {
    test(`that ${JSON.stringify(text)} alone is invalid`, () => {
      assert.equal(isReadable(text), false);
      assert.notDeepEqual(schemaProblems(documentOf(text)), []);
    });
  }

  test('on any value in any field', () => {
    const paths = [
      ...Object.keys(schema.properties).map((key) => [key]),
      ...Object.keys(schema.properties.meta.properties).map((key) => ['meta', key]),
      ...Object.keys(schema.$defs.testing.properties).map((key) => ['testing', key]),
      ...Object.keys(schema.$defs.discovery.properties).map((key) => ['testing', 'discovery', key]),
      ...Object.keys(schema.$defs.runner.properties).map((key) => ['testing', 'runners', 'own', key]),
      ...Object.keys(schema.$defs.component.properties).map((key) => ['actions', 'own', key]),
    ];
    const special = fc.constantFrom(
      '',
      ' ',
      'core',
      '1.0.0',
      '../x',
      '/x',
      'script',
      'manifest',
      'tap',
      0,
      0.5,
      1,
      true,
    );
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), special, fc.array(special), fc.constant(null));
    fc.assert(
      fc.property(fc.constantFrom(...paths), value, (path, content) => {
        const own = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), content);
        const text = JSON.stringify({ ref: 'demo', version: '1.0.0', ...(own as object) });
        const problems = schemaProblems(JSON.parse(text));
        assert.equal(problems.length === 0, isReadable(text), `${text}: ${problems.join(', ')}`);
      }),
      { numRuns: 500 },
    );
  });
});

test('pack.yaml: the JSON Schema has the fields of the manifest schema', () => {
  const [, object] = manifestSchema.pipe;
  assert.deepEqual(Object.keys(schema.properties).toSorted(), Object.keys(object.entries).toSorted());
});

test('pack.yaml: every field of the JSON Schema has a title and a description', () => {
  assert.deepEqual(undocumentedFields(schema), []);
});
