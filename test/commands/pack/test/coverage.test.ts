import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { createCliHarness } from '../../../support/cli.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const harness = createCliHarness({ after }, { PATH: `${dirname(process.execPath)}:${process.env['PATH']}` });

/** Writes a pack whose test executes six of eight lines of `lib/choose.js`. */
function writeMeasured(ref: string): string {
  writeFiles(join(harness.directory, ref), {
    'pack.yaml': `ref: ${ref}
version: 1.0.0
testing:
  runners:
    node: { type: node, entry_point: tests/choose.test.js }
`,
    'lib/choose.js': `function choose(value) {
  if (value) {
    return 1;
  }
  const two = 2;
  return two;
}
module.exports = { choose };
`,
    'tests/choose.test.js': `require('node:test').test('choose', () => { require('../lib/choose.js').choose(true); });\n`,
  });
  return `./${ref}`;
}

const measured = writeMeasured('measured');
const COVERED = { path: 'lib/choose.js', total: 8, covered: 6, pct: 75, missing: [[5, 6]] };
const libOf = ({ files }: { files: { path: string }[] }) => files.filter(({ path }) => path.startsWith('lib/'));

test('pack test --coverage: the report has the lines of each file, relative to the pack', async () => {
  const { status, document } = await harness.json('pack', 'test', measured, '--coverage');
  assert.equal(status, 0);
  assert.deepEqual(Object.keys(document.coverage).sort(), ['files', 'lines', 'unmeasured']);
  assert.deepEqual(libOf(document.coverage), [COVERED]);
  assert.deepEqual(document.coverage.unmeasured, []);
  const { total, covered, pct } = document.coverage.lines;
  assert.ok(total >= 8 && covered >= 6 && pct >= 75 && pct <= 100);
  assert.ok(!('coverage' in (await harness.json('pack', 'test', measured)).document));
});

test('pack test --coverage: the text lists the files, the uncovered lines and the total', async () => {
  const { status, stdout } = await harness.attune('pack', 'test', measured, '--coverage');
  assert.equal(status, 0);
  assert.match(stdout, /FILE +LINES +COVERED +UNCOVERED LINES\n[\s\S]*lib\/choose\.js +6\/8 +75\.00% +5-6\n/);
  assert.match(stdout, /\nCoverage: \d+\.\d\d% of lines \(\d+ of \d+\)\n$/);
  const tap = await harness.attune('pack', 'test', measured, '--coverage', '--tap');
  assert.match(tap.stdout, /^TAP version 14\n[\s\S]*\n# Coverage: \d+\.\d\d% of lines/);
});

test('pack test --coverage-min: a lower coverage exits 8, names both numbers and prints the report', async () => {
  const { status, document, stderr } = await harness.json('pack', 'test', measured, '--coverage-min', '99.5');
  assert.equal(status, 8);
  assert.equal(document.status, 'passed');
  assert.deepEqual(document.coverage.gate, { min_pct: 99.5, passed: false });
  assert.match(
    stderr,
    /Warning: The coverage of measured is \d+(\.\d+)?% of lines, but --coverage-min requires 99\.5%\./,
  );
  const text = await harness.attune('pack', 'test', measured, '--coverage-min', '99.5');
  assert.equal(text.status, 8);
  assert.match(text.stdout, /✗ Coverage: .*, required: 99\.5%\n$/);
});

for (const minimum of ['0', '75', '75%']) {
  test(`pack test --coverage-min ${minimum}: a coverage that reaches it exits 0`, async () => {
    const { status, document } = await harness.json('pack', 'test', measured, '--coverage-min', minimum);
    assert.equal(status, 0);
    assert.deepEqual(document.coverage.gate, { min_pct: Number.parseFloat(minimum), passed: true });
  });
}

test('pack test --lcov and --cobertura: write files with paths relative to the working directory', async () => {
  const files = [
    '--lcov',
    'reports/coverage.info',
    '--cobertura',
    'reports/coverage.xml',
    '--junit',
    'reports/junit.xml',
  ];
  const { status, document } = await harness.json('pack', 'test', measured, ...files);
  assert.equal(status, 0);
  assert.deepEqual(libOf(document.coverage), [COVERED]);
  const lcov = readFileSync(join(harness.directory, 'reports', 'coverage.info'), 'utf8');
  const hits = [1, 1, 1, 1, 0, 0, 1, 1].map((count, index) => `DA:${index + 1},${count}\n`).join('');
  assert.ok(lcov.includes(`TN:\nSF:measured/lib/choose.js\n${hits}LF:8\nLH:6\nend_of_record\n`), lcov);
  const cobertura = readFileSync(join(harness.directory, 'reports', 'coverage.xml'), 'utf8');
  assert.ok(cobertura.includes(`<source>${harness.directory}</source>`), cobertura);
  assert.match(cobertura, /<class name="choose\.js" filename="measured\/lib\/choose\.js" line-rate="0\.7500"/);
  assert.ok(existsSync(join(harness.directory, 'reports', 'junit.xml')));
  for (const text of [lcov, cobertura]) assert.doesNotMatch(text, /attune-test-\S*\/packs\//, 'no path of the copy');
});

test('pack test --lcov: a pack outside of the working directory has absolute paths of its own', async () => {
  mkdirSync(join(harness.directory, 'elsewhere'), { recursive: true });
  writeFileSync(join(harness.directory, 'elsewhere', 'lcov.info'), 'an older file');
  const lcov = join(harness.directory, 'elsewhere', 'lcov.info');
  await harness.attune('pack', 'install', measured, '--skip-tests');
  const { document } = await harness.json('pack', 'test', 'measured', '--lcov', lcov);
  assert.deepEqual(libOf(document.coverage), [COVERED]);
  const [, path = ''] = /^SF:(.*choose\.js)$/m.exec(readFileSync(lcov, 'utf8')) ?? [];
  assert.ok(path.startsWith(harness.data) && existsSync(path), path);
});

test('pack test --coverage: a runner that cannot measure is a warning and listed, not a failure', async () => {
  writeFiles(join(harness.directory, 'shell'), packFiles({ ref: 'shell', test: 'exit 0' }));
  const { status, document, stderr } = await harness.json('pack', 'test', './shell', '--coverage');
  assert.deepEqual([status, document.status], [0, 'passed']);
  const [{ runner_type: type, reason }, ...others] = document.coverage.unmeasured;
  assert.deepEqual([type, others, document.coverage.files], ['script', [], []]);
  assert.match(reason, /^Only the runners .* measure coverage\.$/);
  assert.match(stderr, /Warning: The coverage of shell: .* \(script\) was not measured\. Only the runners/);
  const required = await harness.json('pack', 'test', './shell', '--coverage-min', '1');
  assert.equal(required.status, 8, 'a missing measurement must not look like success');
  assert.match(required.stderr, /The coverage of shell was not measured, but --coverage-min requires 1%\./);
});

test('pack test --coverage-min: a pack without tests exits 0', async () => {
  writeFiles(join(harness.directory, 'untested'), packFiles({ ref: 'untested' }));
  const { status, document } = await harness.json('pack', 'test', './untested', '--coverage-min', '80');
  assert.deepEqual([status, document.status], [0, 'skipped']);
  assert.deepEqual(document.coverage.gate, { min_pct: 80, passed: true });
});

for (const args of [
  ['--coverage-min', 'much'],
  ['--coverage-min', '101'],
  ['--coverage-min=-1'],
  ['--coverage-min', ''],
  ['--coverage-min', 'Infinity'],
  ['--history', '--coverage'],
  ['--lcov', 'same', '--cobertura', './same'],
]) {
  test(`pack test: ${args.join(' ')} is a usage error, and no test is run`, async () => {
    const { status, document } = await harness.json('pack', 'test', measured, ...args);
    assert.deepEqual([status, document.error.code], [2, 'USAGE']);
    assert.ok(document.error.hint);
  });
}

test('pack test --lcov: a directory in place of the file is an error before any test is run', async () => {
  mkdirSync(join(harness.directory, 'directory'), { recursive: true });
  const { status, document } = await harness.json('pack', 'test', measured, '--lcov', 'directory');
  assert.ok(status !== 0 && status !== 8 && document.error.code);
  assert.match(document.error.message, /directory/);
});
