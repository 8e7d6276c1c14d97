import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { createCliHarness } from '../../../support/cli.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const harness = createCliHarness({ after }, { PATH: `${dirname(process.execPath)}:${process.env['PATH']}` });

/** Writes a pack below the working directory. */
function write(path: string, command: string, more: Readonly<Record<string, string>> = {}): string {
  const ref = path.split('/').at(-1) ?? '';
  const manifest = `ref: ${ref}\nversion: 1.0.0\ntesting:\n  runners:\n    shell: { type: command, command: ${JSON.stringify(command)} }\n`;
  writeFiles(join(harness.directory, path), { 'pack.yaml': manifest, ...more });
  return path;
}

const passing = ['good/alpha', 'good/nested/beta', 'good/gamma'].map((path) => write(path, 'exit 0'));
write('good/alpha/inner', 'exit 1');
write('good/node_modules/dependency', 'exit 1');
write('good/.cache/copy', 'exit 1');
symlinkSync('alpha', join(harness.directory, 'good', 'link'));
const failing = write('bad/failing', 'echo the reason; exit 1');
writeFiles(join(harness.directory, 'bad', 'broken'), { 'pack.yaml': 'ref: broken\n' });
writeFiles(join(harness.directory, 'untested'), packFiles({ ref: 'untested' }));
mkdirSync(join(harness.directory, 'empty', 'below'), { recursive: true });

type Packs = { path: string; status: string; pack_ref: string | null; error?: { code: string; exit_code: number } }[];
const statusesOf = (packs: Packs) => packs.map(({ path, status }) => `${path} ${status}`);

test('pack test: several paths have one report with a report for each pack, in the given order', async () => {
  const { status, document } = await harness.json('pack', 'test', 'good/gamma', 'good/alpha', 'good/gamma/');
  assert.equal(status, 0);
  assert.deepEqual(statusesOf(document.packs), ['good/gamma passed', 'good/alpha passed']);
  assert.deepEqual([document.status, document.total_tests, document.passed, document.failed], ['passed', 2, 2, 0]);
  const single = await harness.json('pack', 'test', 'good/gamma');
  assert.deepEqual(
    Object.keys(document.packs[0]).toSorted(),
    [...Object.keys(single.document), 'path'].toSorted(),
    'each is a report of pack test',
  );
});

test('pack test: a single path without a switch keeps the report of one pack', async () => {
  const { document } = await harness.json('pack', 'test', 'good/gamma');
  assert.equal(document.pack_ref, 'gamma');
  assert.ok(!('packs' in document));
  const recursive = await harness.json('pack', 'test', 'good/gamma', '--recursive');
  assert.deepEqual(statusesOf(recursive.document.packs), ['good/gamma passed']);
});

test('pack test --recursive: tests the packs below a directory, but not those in packs, links, dependencies and caches', async () => {
  const { status, document } = await harness.json('pack', 'test', 'good', '--recursive');
  assert.equal(status, 0);
  assert.deepEqual(
    document.packs.map(({ path }: { path: string }) => path),
    [...passing].sort(),
  );
});

test('pack test --recursive: an invalid pack exits 3 and is reported with its error, and the others are tested', async () => {
  const { status, document, stderr } = await harness.json('pack', 'test', 'bad', 'good', '--recursive');
  assert.equal(status, 3, stderr);
  assert.deepEqual(statusesOf(document.packs), [
    'bad/broken failed',
    'bad/failing failed',
    ...[...passing].sort().map((path) => `${path} passed`),
  ]);
  const [broken, failed] = document.packs;
  assert.deepEqual([broken.pack_ref, broken.pack_version, broken.test_suites], [null, null, []]);
  assert.deepEqual([broken.error.code, broken.error.exit_code], ['INVALID_MANIFEST', 3]);
  assert.ok(!('error' in failed));
  assert.equal(document.status, 'failed');
});

test('pack test: without an invalid pack, a failing one exits 8; a pack without tests does not fail', async () => {
  const failed = await harness.json('pack', 'test', failing, 'untested');
  assert.equal(failed.status, 8);
  assert.deepEqual(statusesOf(failed.document.packs), ['bad/failing failed', 'untested skipped']);
  const partial = await harness.json('pack', 'test', 'untested', 'good/alpha');
  assert.deepEqual([partial.status, partial.document.status], [0, 'partial']);
});

test('pack test --recursive: a directory without packs is an empty report and exits 0', async () => {
  const { status, document } = await harness.json('pack', 'test', 'empty', '--recursive');
  assert.deepEqual([status, document.status, document.packs], [0, 'skipped', []]);
  const { stdout } = await harness.attune('pack', 'test', 'empty', '--recursive');
  assert.equal(stdout, 'No packs to test.\n');
  const tap = await harness.attune('pack', 'test', 'empty', '--recursive', '--tap');
  assert.match(tap.stdout, /^TAP version 14\n1\.\.0 # SKIP There are no tests to run\.\n$/);
});

test('pack test --shard: the shards are disjoint and together all packs, and a shard may be empty', async () => {
  const found: string[] = [];
  for (const shard of ['1/4', '2/4', '3/4', '4/4']) {
    const { status, document } = await harness.json('pack', 'test', 'good', '--recursive', '--shard', shard);
    assert.equal(status, 0);
    assert.ok(document.packs.length <= 1);
    found.push(...document.packs.map(({ path }: { path: string }) => path));
  }
  assert.deepEqual(found.toSorted(), [...passing].sort());
});

test('pack test: --junit, --lcov and --cobertura write one file for all packs', async () => {
  const names = ['one', 'two'].map((name) => {
    const path = `measured/${name}`;
    writeFiles(join(harness.directory, path), {
      'pack.yaml': `ref: ${name}\nversion: 1.0.0\ntesting:\n  runners:\n    node: { type: node, entry_point: tests/a.test.js }\n`,
      'lib/a.js': 'module.exports = 1;\n',
      'tests/a.test.js': `require('node:test').test('a', () => { require('../lib/a.js'); });\n`,
    });
    return path;
  });
  const flags = ['--junit', 'out/j.xml', '--lcov', 'out/l.info', '--cobertura', 'out/c.xml', '--coverage-min', '10'];
  const { status, document } = await harness.json('pack', 'test', ...names, 'bad/broken', ...flags);
  assert.equal(status, 3);
  for (const { coverage } of document.packs.slice(0, 2)) {
    assert.deepEqual(coverage.gate, { min_pct: 10, passed: true });
    assert.equal(coverage.files[0].path, 'lib/a.js', 'relative to the pack');
  }
  const read = (name: string) => readFileSync(join(harness.directory, 'out', name), 'utf8');
  const junit = read('j.xml');
  assert.deepEqual(junit.match(/<testsuites /g)?.length, 1);
  assert.deepEqual(
    [...junit.matchAll(/<testsuite id="(\d+)" name="[^"]*" package="([^"]*)"/g)].map(([, id, name]) => `${id} ${name}`),
    ['0 one', '1 two', '2 bad/broken'],
  );
  assert.match(junit, /<testsuites name="3 packs" tests="3" failures="1"/);
  for (const path of names) {
    assert.ok(read('l.info').includes(`SF:${path}/lib/a.js\n`));
    assert.ok(read('c.xml').includes(`filename="${path}/lib/a.js"`));
  }
});

test('pack test: the text has the report of each pack, a table of all and the totals', async () => {
  const { status, stdout } = await harness.attune('pack', 'test', 'bad', 'good', '--recursive');
  assert.equal(status, 3);
  assert.match(stdout, /^bad\/broken\n {2}✗ The pack\.yaml of .* is not valid:\n/);
  assert.match(stdout, /\nfailing 1\.0\.0\n[\s\S]*the reason/);
  assert.match(
    stdout,
    /\nPATH +PACK +STATUS +PASSED\nbad\/broken +invalid +0\/0\nbad\/failing +failing 1\.0\.0 +failed +0\/1\n/,
  );
  assert.match(stdout, /\n✗ 5 packs, tests: 3\/4 passed\n$/);
  const tap = await harness.attune('pack', 'test', failing, 'bad/broken', '--tap');
  assert.match(
    tap.stdout,
    /^TAP version 14\n1\.\.2\n[\s\S]*\nnot ok 1 - failing: shell\n[\s\S]*\nnot ok 2 - bad\/broken: pack\n/,
  );
});

test('pack test --bail: the packs after a failure are reported as skipped', async () => {
  const { status, document } = await harness.json('pack', 'test', 'good/alpha', failing, 'good/gamma', '--bail');
  assert.equal(status, 8);
  assert.deepEqual(statusesOf(document.packs), ['good/alpha passed', 'bad/failing failed', 'good/gamma skipped']);
  assert.match(document.packs[2].test_suites[0].test_cases[0].error_message, /'bad\/failing' failed/);
});

test('pack test: --runtime skips packs without the runner, and exits 4 if no pack has it', async () => {
  const path = write('runtimes/other', 'exit 0');
  writeFileSync(
    join(harness.directory, path, 'pack.yaml'),
    'ref: other\nversion: 1.0.0\ntesting:\n  runners:\n    special: { type: command, command: "exit 0" }\n',
  );
  const { status, document } = await harness.json('pack', 'test', path, 'good/alpha', '--runtime', 'special');
  assert.equal(status, 0);
  assert.deepEqual(statusesOf(document.packs), ['runtimes/other passed', 'good/alpha skipped']);
  const unknown = await harness.json('pack', 'test', path, 'good/alpha', 'untested', '--runtime', 'specail');
  assert.deepEqual([unknown.status, unknown.document.error.code], [4, 'NOT_FOUND_RUNTIME']);
});

test('pack test: installed packs and paths can be tested together, and only runs of installed packs are recorded', async () => {
  await harness.attune('pack', 'install', './good/nested/beta', '--skip-tests');
  const { status, document } = await harness.json('pack', 'test', 'beta', './good/alpha');
  assert.equal(status, 0);
  assert.deepEqual(
    document.packs.map(({ pack_ref: ref }: { pack_ref: string }) => ref),
    ['beta', 'alpha'],
  );
  assert.equal((await harness.json('pack', 'show', 'beta')).document.last_test.status, 'passed');
});

test('pack test: failures of all packs are annotated on a GitHub Actions runner', async () => {
  const variables = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: harness.directory };
  const { stderr } = await harness.jsonWith(variables, 'pack', 'test', failing, 'bad/broken');
  assert.match(stderr, /^::error .*title=failing%2C shell%3A shell::/m);
  assert.match(stderr, /^::error .*title=bad\/broken%2C pack%3A pack::The pack\.yaml of /m);
});

for (const { args, status } of [
  { args: ['good/alpha', 'nowhere/at/all'], status: 4 },
  { args: ['nowhere', '--recursive'], status: 4 },
  { args: ['good/alpha', 'unknown'], status: 4 },
  { args: ['good/alpha', 'good/gamma', '--watch'], status: 2 },
  { args: ['good', '--recursive', '--watch'], status: 2 },
  { args: ['good/alpha', 'good/gamma', '--history'], status: 2 },
  ...['0/2', '3/2', '1/0', '1', '1/2/3', '-1/2', 'a/b', '1.5/2', '', '1/9999999999'].map((shard) => ({
    args: ['good', '--recursive', `--shard=${shard}`],
    status: 2,
  })),
]) {
  test(`pack test ${args.join(' ')}: exits ${status} before any test is run`, async () => {
    const { status: got, stdout, stderr } = await harness.attune('pack', 'test', ...args);
    assert.equal(got, status, stdout + stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^Error: [\s\S]*\nHint: /);
  });
}
