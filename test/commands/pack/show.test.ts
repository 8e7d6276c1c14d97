import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { FIXTURES, PROJECT } from '../../support/attune.ts';
import { contentsOf, createCliHarness } from '../../support/cli.ts';
import { sha256Of, writeRegistry } from '../../support/registry/server.ts';

// One installation of a fixture pack with its dependency; the tests only read it.
const registry = join(FIXTURES, 'registry');
const harness = createCliHarness({ after }, { ATTUNE_REGISTRY_INDICES: join(registry, 'index.json') });
const startedAt = new Date().toISOString();
const installed = await harness.json('pack', 'install', 'deploy');
assert.equal(installed.status, 0, installed.document.error?.message);
const { document: deploy } = await harness.json('pack', 'show', 'deploy');
const { document: core } = await harness.json('pack', 'show', 'core');
const archive = join(registry, 'archives', 'deploy-1.0.0.tar.gz');
const files = contentsOf(join(FIXTURES, 'packs', 'deploy'));

const FIELDS: readonly { readonly field: string; readonly expected: unknown }[] = [
  { field: 'id', expected: installed.document.packs[1].id },
  { field: 'ref', expected: 'deploy' },
  { field: 'version', expected: '1.0.0' },
  { field: 'label', expected: 'Deploy' },
  {
    field: 'description',
    expected: "Put a website's releases on a server, switch between them in one step, and go back when one is bad.",
  },
  { field: 'author', expected: 'Attune Maintainers' },
  { field: 'license', expected: 'Apache-2.0' },
  { field: 'source_type', expected: 'archive' },
  { field: 'source_url', expected: pathToFileURL(archive).href },
  { field: 'source_mirror', expected: null },
  { field: 'source_ref', expected: null },
  { field: 'source_commit', expected: null },
  { field: 'registry', expected: 'index-1' },
  { field: 'archive_checksum', expected: sha256Of(readFileSync(archive)) },
  { field: 'checksum', expected: installed.document.packs[1].checksum },
  { field: 'storage_path', expected: join(harness.data, 'packs', 'deploy') },
  { field: 'size', expected: Object.values(files).reduce((sum, content) => sum + content.length, 0) },
  { field: 'file_count', expected: Object.keys(files).length },
  { field: 'installed_by', expected: 'tester' },
  { field: 'installed_host', expected: hostname() },
  { field: 'attune_version', expected: JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')).version },
  { field: 'requested', expected: true },
  { field: 'pinned', expected: false },
  { field: 'dependencies', expected: [{ ref: 'core', range: '^1.0', installed: '1.2.0' }] },
  { field: 'dependents', expected: [] },
];

for (const { field, expected } of FIELDS) {
  test(`show: the JSON result has the ${field.replaceAll('_', ' ')} of a pack`, () => {
    assert.ok(field in deploy, `${field} is missing`);
    assert.deepEqual(deploy[field], expected);
  });
}

test('show: the JSON result has the time of the installation', () => {
  assert.ok(deploy.installed_at >= startedAt && deploy.installed_at <= new Date().toISOString(), deploy.installed_at);
});

test('show: the JSON result has the whole manifest with unknown fields', () => {
  assert.equal(deploy.manifest.use_case, 'Deploy a static site from a tag and roll it back with one action.');
  assert.deepEqual(deploy.manifest.conf_schema.required, ['sites_root']);
  assert.deepEqual(deploy.manifest.dependencies, ['core@^1.0']);
});

test('show: lists every file with its size, checksum and mode', () => {
  const expected = Object.entries(files).map(([path, content]) => {
    const bytes = Buffer.from(content, 'latin1');
    const mode = path.endsWith('.sh') || path.endsWith('.py') ? /^07|^06/ : /^0644$/;
    return { path, size: bytes.length, sha256: sha256Of(bytes).slice('sha256:'.length), mode };
  });
  assert.equal(deploy.files.length, expected.length);
  for (const { mode, ...rest } of expected) {
    const found = deploy.files.find(({ path }: { path: string }) => path === rest.path);
    assert.deepEqual({ ...found, mode: undefined }, { ...rest, mode: undefined });
    assert.match(found.mode, mode);
  }
  const script = deploy.files.find(({ path }: { path: string }) => path === 'actions/switch_release.sh');
  assert.equal(script.mode, '0755');
});

test('show: lists the components by kind', () => {
  const names = deploy.components.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`);
  assert.deepEqual(names, [
    'actions plan_release',
    'actions remove_old_releases',
    'actions rollback_release',
    'actions switch_release',
    'rules cleanup_at_night',
    'rules on_release_ready',
    'sensors release_watcher',
    'triggers release_ready',
    'workflows deploy_site',
    'workflows nightly_cleanup',
  ]);
  for (const { description, path } of deploy.components) {
    assert.notEqual(description, '');
    assert.match(path, /\.yaml$/);
  }
});

test('show: the JSON result has the result of the last tests', () => {
  const {
    status,
    total,
    passed,
    failed,
    skipped,
    version,
    pass_rate: rate,
    duration_ms: duration,
    at,
  } = deploy.last_test;
  assert.deepEqual(
    { status, failed, skipped, version, rate },
    { status: 'passed', failed: 0, skipped: 0, version: '1.0.0', rate: 1 },
  );
  assert.equal(total, passed);
  assert.equal(total, installed.document.packs[1].tests.total);
  assert.ok(duration > 0);
  assert.ok(at >= startedAt);
});

test('show: the JSON result has every case of the last tests', () => {
  const { cases, total } = deploy.last_test;
  assert.equal(cases.length, total);
  const suites = new Set(cases.map(({ suite }: { suite: string }) => suite));
  assert.equal(suites.size, 2);
  for (const { name, status, duration_ms: duration, error_message: message } of cases) {
    assert.notEqual(name, '');
    assert.equal(status, 'passed');
    assert.equal(typeof duration, 'number');
    assert.equal(message, null);
  }
});

test('show: the JSON result has the history of a pack', () => {
  const [event, ...earlier] = deploy.history;
  assert.deepEqual(earlier, []);
  assert.deepEqual([event.action, event.ref, event.version], ['install', 'deploy', '1.0.0']);
});

test('show: a dependency lists its dependents', () => {
  assert.equal(core.requested, false);
  assert.deepEqual(core.dependents, [{ ref: 'deploy', version: '1.0.0', range: '^1.0' }]);
});

test('show: prints the same facts as text', async () => {
  const { stdout } = await harness.attune('pack', 'show', 'deploy');
  for (const text of [
    'Deploy  deploy 1.0.0',
    `Checksum:  ${deploy.checksum}`,
    `${deploy.file_count} files`,
    'action plan_release - ',
    'core ^1.0 (1.2.0 is installed)',
  ]) {
    assert.ok(stdout.includes(text), `'${text}' is not in:\n${stdout}`);
  }
});

test('show: a pack that is not installed exits 4 with a suggestion', async () => {
  const { status, document } = await harness.json('pack', 'show', 'deplyo');
  assert.equal(status, 4);
  assert.equal(document.error.code, 'NOT_FOUND_PACK');
  assert.match(document.error.hint, /Did you mean 'deploy'\?/);
});

test('show: a pack that is not installed shows what the registries have', async () => {
  const { status, document } = await harness.json('pack', 'show', 'monitoring');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(
    [document.ref, document.installed, document.registry, document.label],
    ['monitoring', false, 'index-1', 'Monitoring'],
  );
  const versions = document.versions.map(({ version }: { version: string }) => version);
  assert.ok(versions.includes(document.latest), JSON.stringify(document));
  const { stdout } = await harness.attune('pack', 'show', 'monitoring');
  for (const text of ['Installed:', 'no', document.latest, 'attune pack install monitoring']) {
    assert.ok(stdout.includes(text), `'${text}' is not in:\n${stdout}`);
  }
  assert.equal(deploy.installed, true);
});

test('show: the versions in a registry are listed newest first with the reason why they are yanked', async (t) => {
  const { jsonWith, directory } = createCliHarness(t);
  const index = writeRegistry(directory, [
    { ref: 'demo', version: '1.10.0', yanked: 'security hole' },
    { ref: 'demo', version: '1.2.0' },
    { ref: 'demo', version: '1.9.0', dependencies: ['core@^1'] },
  ]);
  const { document } = await jsonWith({ ATTUNE_REGISTRY_INDICES: index }, 'pack', 'show', 'demo');
  assert.equal(document.latest, '1.9.0');
  assert.deepEqual(document.versions, [
    { version: '1.10.0', yanked: 'security hole' },
    { version: '1.9.0' },
    { version: '1.2.0' },
  ]);
});

test('show: an invalid entry of a pack that is not installed exits 3, and an unreadable registry exits 4', async (t) => {
  const { jsonWith, directory } = createCliHarness(t);
  const index = writeRegistry(directory, [{ ref: 'demo' }]);
  writeFileSync(index, readFileSync(index, 'utf8').replace('"author": "Ada"', '"author": null'));
  const { status, document } = await jsonWith({ ATTUNE_REGISTRY_INDICES: index }, 'pack', 'show', 'demo');
  assert.deepEqual([status, document.error.code], [3, 'INVALID_ENTRY']);
  const missing = await jsonWith({ ATTUNE_REGISTRY_INDICES: `${index}.gone` }, 'pack', 'show', 'demo');
  assert.equal(missing.status, 4);
});
