import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { billOfMaterials, type Lock } from '../../../bin/build/sbom.ts';
import licenses from '../../../src/operations/about/licenses.json' with { type: 'json' };
import { PROJECT } from '../../support/attune.ts';
import { schemaValidator } from '../../support/json-schema.ts';

const lock = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as Lock;
// biome-ignore lint/suspicious/noExplicitAny: a test names the fields that it expects
const bill = billOfMaterials(licenses, lock) as any;

/** As much of the schema of CycloneDX 1.6 as a bill of ours has use for, and nothing beside it. */
const COMPONENT = {
  type: 'object',
  required: ['type', 'bom-ref', 'name', 'version', 'licenses', 'purl'],
  additionalProperties: false,
  properties: {
    type: { enum: ['application', 'library', 'platform'] },
    'bom-ref': { type: 'string', minLength: 1 },
    group: { type: 'string', pattern: '^@' },
    name: { type: 'string', pattern: '^[^@/]+$' },
    version: { type: 'string' },
    hashes: {
      type: 'array',
      items: {
        type: 'object',
        required: ['alg', 'content'],
        additionalProperties: false,
        properties: {
          alg: { enum: ['SHA-1', 'SHA-256', 'SHA-512'] },
          content: { type: 'string', pattern: '^([0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$' },
        },
      },
    },
    licenses: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: {
        oneOf: [
          {
            type: 'object',
            required: ['license'],
            additionalProperties: false,
            properties: {
              license: {
                type: 'object',
                required: ['id'],
                additionalProperties: false,
                properties: {
                  id: {
                    enum: [
                      '0BSD',
                      'Apache-2.0',
                      'BSD-2-Clause',
                      'BSD-3-Clause',
                      'BlueOak-1.0.0',
                      'ISC',
                      'MIT',
                      'blessing',
                    ],
                  },
                },
              },
            },
          },
          {
            type: 'object',
            required: ['expression'],
            additionalProperties: false,
            properties: { expression: { type: 'string', pattern: ' (AND|OR|WITH) ' } },
          },
        ],
      },
    },
    purl: { type: 'string', pattern: '^pkg:(npm|generic)/[^@]+@[^@]+$' },
  },
};

const BILL = {
  type: 'object',
  required: ['bomFormat', 'specVersion', 'serialNumber', 'version', 'metadata', 'components', 'dependencies'],
  additionalProperties: false,
  properties: {
    $schema: { const: 'http://cyclonedx.org/schema/bom-1.6.schema.json' },
    bomFormat: { const: 'CycloneDX' },
    specVersion: { const: '1.6' },
    serialNumber: {
      type: 'string',
      pattern: '^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
    },
    version: { const: 1 },
    metadata: {
      type: 'object',
      required: ['component'],
      additionalProperties: false,
      properties: { component: COMPONENT },
    },
    components: { type: 'array', minItems: 1, uniqueItems: true, items: COMPONENT },
    dependencies: {
      type: 'array',
      items: {
        type: 'object',
        required: ['ref', 'dependsOn'],
        additionalProperties: false,
        properties: {
          ref: { type: 'string' },
          dependsOn: { type: 'array', uniqueItems: true, items: { type: 'string' } },
        },
      },
    },
  },
};

test('the bill of materials is of the format that it names', () => {
  assert.deepEqual(schemaValidator(BILL)(bill), []);
});

test('every component of the licences is in it once, and attune is made of all of them', () => {
  const refs = bill.components.map((component: { 'bom-ref': string }) => component['bom-ref']);
  assert.equal(new Set(refs).size, licenses.length - 1);
  assert.deepEqual(bill.dependencies, [{ ref: bill.metadata.component['bom-ref'], dependsOn: refs.sort() }]);
});

test('the digest of an archive is the one of package-lock.json', () => {
  const { hashes } = bill.components.find(({ name }: { name: string }) => name === 'semver');
  const { integrity = '' } = lock.packages['node_modules/semver'] ?? {};
  assert.equal(`sha512-${Buffer.from(hashes[0].content, 'hex').toString('base64')}`, integrity);
  const without = bill.components.filter((component: { hashes?: unknown }) => component.hashes === undefined);
  assert.deepEqual(
    without.map(({ name }: { name: string }) => name),
    ['sqlite'],
  );
});

test('the same content has the same bytes and number, and another content another number', () => {
  assert.equal(JSON.stringify(billOfMaterials(licenses, lock)), JSON.stringify(bill));
  assert.notEqual(billOfMaterials(licenses.slice(0, -1), lock)['serialNumber'], bill.serialNumber);
  assert.doesNotMatch(JSON.stringify(bill), /timestamp/);
});
