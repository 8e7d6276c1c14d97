import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type CliHarness, createCliHarness, installedPacks, installedTrees } from '../../support/cli.ts';
import { startRemotePack } from '../../support/git/remote-pack.ts';
import { createRepository } from '../../support/git/repository.ts';
import { bytes, startHttpServer } from '../../support/http/server.ts';
import { packArchive, packFiles, sha256Of, writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [{ ref: 'base' }]);

type Test = Parameters<typeof createCliHarness>[0];
const harnessOf = (t: Test) => createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
const lockPath = ({ directory }: CliHarness) => join(directory, 'attune.lock');

/** Locks the installed packs. @returns the locked source of each pack, and the warnings */
async function lock(harness: CliHarness) {
  const { status, document } = await harness.json('pack', 'lock');
  assert.equal(status, 0, document.error?.message);
  const { packs } = JSON.parse(readFileSync(lockPath(harness), 'utf8'));
  // biome-ignore lint/suspicious/noExplicitAny: a test names the fields that it expects
  const sources = Object.fromEntries(packs.map(({ ref, source }: any) => [ref, source]));
  return { sources, warnings: document.warnings.join('\n') as string, text: JSON.stringify(packs) };
}

/** Creates a harness with a copy of a lock, an empty store and an empty cache. */
function anotherMachine(t: Test, harness: CliHarness): CliHarness {
  const other = harnessOf(t);
  writeFileSync(lockPath(other), readFileSync(lockPath(harness)));
  return other;
}

async function install(harness: CliHarness, ...args: string[]): Promise<void> {
  const { status, document } = await harness.json('pack', 'install', ...args);
  assert.equal(status, 0, document.error?.message);
}

async function sync(harness: CliHarness, variables: Readonly<Record<string, string>> = {}): Promise<void> {
  const { status, document } = await harness.jsonWith(variables, 'pack', 'sync', '--yes');
  assert.equal(status, 0, document.error?.message);
}

describe('lock and sync: a pack from git', { concurrency: 2 }, () => {
  test('is locked by URL and commit, installed elsewhere although the branch moved, and can be upgraded there', async (t) => {
    const remote = await startRemotePack(t, { ref: 'demo', dependencies: ['base'] });
    const harness = harnessOf(t);
    await install(harness, remote.url, '-r', 'main');
    const commit = remote.repository.head();
    const { sources, warnings } = await lock(harness);
    const source = { type: 'git', url: remote.url, ref: 'main', ref_type: 'branch', commit };
    assert.deepEqual([sources, warnings], [{ base: undefined, demo: source }, '']);
    const tip = remote.publish({ version: '1.1.0' });
    const other = anotherMachine(t, harness);
    await sync(other);
    assert.deepEqual(installedTrees(other), installedTrees(harness));
    assert.equal((await other.attune('pack', 'lock', '--check')).status, 0);
    const { document } = await other.json('pack', 'show', 'demo');
    assert.deepEqual([document.source_url, document.source_commit, document.registry], [remote.url, commit, null]);
    assert.equal((await other.attune('pack', 'upgrade')).status, 0);
    const { sources: upgraded } = await lock(other);
    assert.equal(upgraded['demo'].commit, tip);
  });

  test('is locked without a ref for the default branch, and with the type of the ref for a tag and a commit', async (t) => {
    const harness = harnessOf(t);
    const remotes = await Promise.all(['standard', 'tagged', 'exact'].map((ref) => startRemotePack(t, { ref })));
    const [standard, tagged, exact] = remotes as [(typeof remotes)[0], (typeof remotes)[0], (typeof remotes)[0]];
    tagged.repository.annotatedTag('v1');
    tagged.push();
    const commits = remotes.map(({ repository }) => repository.head()) as [string, string, string];
    await install(harness, standard.url);
    await install(harness, tagged.url, '-r', 'v1');
    await install(harness, exact.url, '-r', commits[2]);
    const { sources } = await lock(harness);
    assert.deepEqual(sources, {
      standard: { type: 'git', url: standard.url, ref_type: 'branch', commit: commits[0] },
      tagged: { type: 'git', url: tagged.url, ref: 'v1', ref_type: 'tag', commit: commits[1] },
      exact: { type: 'git', url: exact.url, ref: commits[2], ref_type: 'commit', commit: commits[2] },
    });
    const other = anotherMachine(t, harness);
    await sync(other);
    assert.equal((await other.attune('pack', 'lock', '--check')).status, 0);
  });

  test('is locked without credentials, which the other machine provides itself', async (t) => {
    const remote = await startRemotePack(t, { ref: 'demo' }, { login: { user: 'ada', password: 's3cret' } });
    const harness = harnessOf(t);
    await install(harness, remote.url.replace('://', '://ada:s3cret@'));
    const { text, sources } = await lock(harness);
    assert.equal(sources['demo'].url, remote.url);
    assert.doesNotMatch(text, /s3cret|ada/);
    const other = anotherMachine(t, harness);
    const anonymous = await other.json('pack', 'sync', 'attune.lock');
    assert.deepEqual([anonymous.status, anonymous.document.error.code], [9, 'NETWORK_LOCKED']);
    assert.match(anonymous.document.error.message, /demo 1\.0\.0: .*requires credentials/);
    await sync(other, { ATTUNE_GIT_TOKEN: 'ada:s3cret' });
    assert.deepEqual(await installedPacks(other), ['demo 1.0.0']);
  });

  test('whose commit is no longer on the server exits 4, unless the cache has it', async (t) => {
    const remote = await startRemotePack(t, { ref: 'demo' });
    const harness = harnessOf(t);
    await install(harness, remote.url);
    await lock(harness);
    const { repository } = remote;
    repository.git('checkout', '--quiet', '--orphan', 'new');
    repository.git('branch', '--quiet', '-D', 'main');
    repository.git('checkout', '--quiet', '-b', 'main');
    remote.publish({ version: '1.1.0' });
    remote.prune();
    const other = anotherMachine(t, harness);
    const { status, document } = await other.json('pack', 'sync', 'attune.lock');
    assert.deepEqual([status, document.error.code], [4, 'NOT_FOUND_LOCKED'], document.error.message);
    assert.match(document.error.message, /demo 1\.0\.0: '[0-9a-f]{40}' is not a branch, tag or commit of/);
    assert.match(document.error.hint, /copy the cache/);
    const again = { ATTUNE_DATA_DIR: join(harness.directory, 'again') };
    await sync(harness, again);
    const listed = await harness.jsonWith(again, 'pack', 'list');
    assert.equal(listed.document.packs[0].version, '1.0.0');
  });

  test('in the directory of the lock is locked by a relative path, and elsewhere with a warning', async (t) => {
    const harness = harnessOf(t);
    const outside = createRepository(t, packFiles({ ref: 'outside' }));
    const inside = createRepository(t, packFiles({ ref: 'inside' })).bareCopy(join(harness.directory, 'inside.git'));
    await install(harness, `git+file://${inside}`, outside.path, '-r', 'main');
    const { sources, warnings } = await lock(harness);
    assert.deepEqual([sources['inside'].url, sources['outside'].url], ['./inside.git', outside.path]);
    assert.match(
      warnings,
      /^'outside' is locked with the path '[^']*': another machine can install it only if it has that path\.$/,
    );
    const other = anotherMachine(t, harness);
    cpSync(inside, join(other.directory, 'inside.git'), { recursive: true });
    rmSync(inside, { recursive: true });
    await sync(other);
    assert.deepEqual(await installedPacks(other), ['inside 1.0.0', 'outside 1.0.0']);
    assert.equal((await other.attune('pack', 'lock', '--check')).status, 0);
  });
});

describe('lock and sync: a pack from an archive', { concurrency: 2 }, () => {
  test('is locked by URL and digest, without secret parameters', async (t) => {
    const archive = packArchive(packFiles({ ref: 'demo' }));
    const secret = packArchive(packFiles({ ref: 'secret' }));
    const { origin } = await startHttpServer(t, {
      '/demo.tar.gz': bytes(archive),
      '/secret.tar.gz': bytes(secret),
    });
    const harness = harnessOf(t);
    await install(harness, `${origin}/demo.tar.gz`, `${origin}/secret.tar.gz?token=s3cret`);
    const { sources, warnings, text } = await lock(harness);
    const source = { type: 'archive', url: `${origin}/demo.tar.gz`, checksum: sha256Of(archive) };
    assert.deepEqual(sources, { demo: source, secret: undefined });
    assert.match(warnings, /^'secret' was installed from a URL with a secret parameter, which is not recorded/);
    assert.doesNotMatch(text, /s3cret/);
    const machine = harnessOf(t);
    await install(machine, `${origin}/demo.tar.gz`);
    await lock(machine);
    const other = anotherMachine(t, machine);
    await sync(other);
    const { document } = await other.json('pack', 'show', 'demo');
    assert.deepEqual(
      [document.source_type, document.source_url, document.archive_checksum],
      ['archive', source.url, source.checksum],
    );
    assert.equal((await other.attune('pack', 'lock', '--check')).status, 0);
  });

  test('by its path is locked relative to the lock, also to one in another directory', async (t) => {
    const harness = harnessOf(t);
    const archive = packArchive(packFiles({ ref: 'demo' }));
    mkdirSync(join(harness.directory, 'vendor'));
    writeFileSync(join(harness.directory, 'vendor', 'demo.tar.gz'), archive);
    await install(harness, 'vendor/demo.tar.gz');
    const { sources, warnings } = await lock(harness);
    assert.deepEqual(sources['demo'], { type: 'archive', url: './vendor/demo.tar.gz', checksum: sha256Of(archive) });
    assert.equal(warnings, '');
    await harness.attune('pack', 'lock', '--output', 'vendor/attune.lock');
    const { packs } = JSON.parse(readFileSync(join(harness.directory, 'vendor', 'attune.lock'), 'utf8'));
    assert.equal(packs[0].source.url, './demo.tar.gz');
    const other = harnessOf(t);
    cpSync(join(harness.directory, 'vendor'), join(other.directory, 'copy'), { recursive: true });
    const { status, document } = await other.json('pack', 'sync', 'copy/attune.lock', '--offline');
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual(await installedPacks(other), ['demo 1.0.0']);
  });

  test('that was replaced exits 7, whether the pack in it is another one or not', async (t) => {
    const harness = harnessOf(t);
    const path = join(harness.directory, 'demo.tar.gz');
    writeFileSync(path, packArchive(packFiles({ ref: 'demo' })));
    await install(harness, './demo.tar.gz');
    await lock(harness);
    for (const replacement of [
      packArchive(packFiles({ ref: 'demo' }), 'top'),
      packArchive(packFiles({ ref: 'evil' })),
    ]) {
      const other = anotherMachine(t, harness);
      writeFileSync(join(other.directory, 'demo.tar.gz'), replacement);
      const { status, document } = await other.json('pack', 'sync', 'attune.lock');
      assert.deepEqual([status, document.error.code], [7, 'INTEGRITY_CHECKSUM'], document.error.message);
      assert.deepEqual(await installedPacks(other), []);
    }
  });
});

test('lock and sync: a pack from a directory cannot be reproduced, which both commands say', async (t) => {
  const harness = harnessOf(t);
  writeFiles(join(harness.directory, 'mine'), packFiles({ ref: 'mine' }));
  await install(harness, './mine');
  const { sources, warnings } = await lock(harness);
  assert.deepEqual(sources, { mine: undefined });
  assert.match(warnings, /^'mine' was installed from a directory, which a lock cannot identify: another machine /);
  const other = anotherMachine(t, harness);
  const { status, document } = await other.json('pack', 'sync', 'attune.lock');
  assert.deepEqual([status, document.error.code], [4, 'NOT_FOUND_LOCKED']);
  assert.match(document.error.message, /mine 1\.0\.0: no registry has the pack, and the lock names no other source\./);
});

test('sync: a lock with a commit that has other files, or another pack, exits 7', async (t) => {
  const remote = await startRemotePack(t, { ref: 'demo' });
  const harness = harnessOf(t);
  await install(harness, remote.url);
  await lock(harness);
  const other = remote.publish({ files: { 'more.txt': 'more' } });
  const text = readFileSync(lockPath(harness), 'utf8');
  const machine = harnessOf(t);
  writeFileSync(lockPath(machine), text.replace(/"commit": "[0-9a-f]+"/, `"commit": "${other}"`));
  const { status, document } = await machine.json('pack', 'sync', 'attune.lock');
  assert.deepEqual([status, document.error.code], [7, 'INTEGRITY_LOCK']);
  assert.match(
    document.error.message,
    new RegExp(`The files of demo 1\\.0\\.0 from ${remote.url} do not match the lock`),
  );
});
