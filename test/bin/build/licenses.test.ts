import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Metafile } from 'esbuild';
import { licensedComponents } from '../../../bin/build/licenses.ts';
import licenses from '../../../src/operations/about/licenses.json' with { type: 'json' };
import { createHarness, PROJECT } from '../../support/attune.ts';

/** Returns the metafile of a bundle that contains parts of these files. */
function bundleOf(...paths: readonly string[]): Metafile {
  const inputs = Object.fromEntries(paths.map((path) => [path, { bytesInOutput: 1 }]));
  return { inputs: {}, outputs: { 'dist/attune.cjs': { bytes: 1, inputs, imports: [], exports: [] } } };
}

test('licenses: attune comes first, then Node, SQLite, the addon and the bundled packages', () => {
  const found = licensedComponents(
    bundleOf(
      'src/main.ts',
      'node_modules/semver/index.js',
      'node_modules/semver/functions/valid.js',
      'node_modules/@oclif/core/lib/run.js',
    ),
  );
  const names = found.map(({ name }) => name);
  assert.deepEqual(names, ['attune', 'node', 'sqlite', '@oclif/core', 'better-sqlite3', 'node-addon-api', 'semver']);
  for (const { name, version, text } of found) {
    assert.match(version, /^\d+\.\d+/, name);
    assert.ok(text.length > 200, name);
  }
});

test('licenses: the version of a nested package is the one that is bundled', () => {
  const [inner] = licensedComponents(bundleOf('node_modules/ora/node_modules/chalk/source/index.js')).filter(
    ({ name }) => name === 'chalk',
  );
  const { version } = JSON.parse(
    readFileSync(join(PROJECT, 'node_modules/ora/node_modules/chalk/package.json'), 'utf8'),
  );
  assert.equal(inner?.version, version);
});

test('licenses: a package that esbuild left out of the bundle is not listed', () => {
  const bundle = bundleOf('node_modules/semver/index.js');
  const [output] = Object.values(bundle.outputs);
  (output as { inputs: object }).inputs = { 'node_modules/semver/index.js': { bytesInOutput: 0 } };
  assert.ok(!licensedComponents(bundle).some(({ name }) => name === 'semver'));
});

test('licenses: every text is printable, and has a copyright notice if the license requires one', () => {
  for (const { name, license, text } of licenses) {
    assert.doesNotMatch(text, /[^\P{Cc}\n\t]/u, name);
    if (/^(MIT|ISC|BSD-\d-Clause)$/.test(license)) assert.match(text, /copyright|\(c\)|©/i, name);
  }
});

test('attune licenses: prints the list, one license or all as JSON, and suggests similar names', async (t) => {
  const harness = createHarness(t);
  const { status, document } = await harness.json('licenses');
  assert.equal(status, 0);
  assert.deepEqual(document, { licenses });
  const list = await harness.attune('licenses');
  assert.match(list.stdout, /^NAME +VERSION +LICENSE\nattune +/);
  const one = await harness.attune('licenses', 'sqlite');
  assert.match(
    one.stdout,
    /^sqlite \S+ \(blessing\)\n\nThe author disclaims copyright[\s\S]*never taking more than you give\.\n$/,
  );
  const wrong = await harness.attune('licenses', 'semvar');
  assert.equal(wrong.status, 4);
  assert.match(wrong.stderr, /Did you mean: attune licenses semver/);
});
