import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { billOfMaterials, type Lock } from '../../../bin/build/sbom.ts';
import licenses from '../../../src/operations/about/licenses.json' with { type: 'json' };
import { PROJECT } from '../../support/attune.ts';
import { schemaValidator } from '../../support/json-schema.ts';

const lock = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as Lock;
const text = billOfMaterials(licenses, lock);
const bill = JSON.parse(text);

/** The part of the schema of CycloneDX 1.6 that attune uses, and nothing else. */
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
                      'CC0-1.0',
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
        required: ['ref'],
        additionalProperties: false,
        properties: {
          ref: { type: 'string', minLength: 1 },
          dependsOn: { type: 'array', uniqueItems: true, items: { type: 'string' } },
        },
      },
    },
  },
};

test('sbom: the document conforms to the schema of CycloneDX 1.6', () => {
  assert.deepEqual(schemaValidator(BILL)(bill), []);
});

test('sbom: every licensed component is listed once, and attune depends on all of them', () => {
  const refs = bill.components.map((component: { 'bom-ref': string }) => component['bom-ref']);
  assert.equal(new Set(refs).size, licenses.length - 1);
  const own = bill.metadata.component['bom-ref'];
  const { dependsOn } = bill.dependencies.find(({ ref }: { ref: string }) => ref === own);
  assert.deepEqual(dependsOn.sort(), refs.sort());
});

test('sbom: the digest of an archive is the one in package-lock.json', () => {
  const { hashes } = bill.components.find(({ name }: { name: string }) => name === 'semver');
  const { integrity = '' } = lock.packages['node_modules/semver'] ?? {};
  assert.equal(`sha512-${Buffer.from(hashes[0].content, 'hex').toString('base64')}`, integrity);
  const withoutDigest = bill.components.filter((component: { hashes?: unknown }) => component.hashes === undefined);
  assert.deepEqual(
    withoutDigest.map(({ name }: { name: string }) => name),
    ['sqlite'],
  );
});

test('sbom: equal content gives equal bytes, and different content another serial number', () => {
  assert.equal(billOfMaterials(licenses, lock), text);
  const other = JSON.parse(billOfMaterials(licenses.slice(0, -1), lock));
  assert.notEqual(other.serialNumber, bill.serialNumber);
  assert.doesNotMatch(text, /timestamp/);
});
