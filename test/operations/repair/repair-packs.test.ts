import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { installPacks } from '../../../src/operations/install/install-packs.ts';
import {
  type PlannedRepair,
  type RepairedPack,
  type RepairRequest,
  repairPacks,
} from '../../../src/operations/repair/repair-packs.ts';
import { verifyPacks } from '../../../src/operations/repair/verify-packs.ts';
import { contentsOf } from '../../support/cli.ts';
import { type DirectHarness, directHarness } from '../../support/direct-runtime.ts';
import { bytes, page, startHttpServer } from '../../support/http/server.ts';
import { type PackPlan, packArchive, packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const REPAIR: RepairRequest = { refs: [], kept: false, dryRun: false, discardChanges: false, approve: async () => {} };
const INSTALL = {
  refSpec: undefined,
  type: undefined,
  checksum: undefined,
  allowWeakChecksum: false,
  registry: undefined,
  useRegistries: true,
  force: true,
  skipTests: true,
  skipDependencies: true,
  skipExisting: false,
  dryRun: false,
  jobs: 1,
} as const;

function harnessOf(t: TestContext): DirectHarness {
  return directHarness(t, temporaryDirectory(t));
}

async function install(harness: DirectHarness, source: string): Promise<void> {
  await installPacks({ ...INSTALL, sources: [source] } as Parameters<typeof installPacks>[0], harness.runtime());
}

/** Installs a pack from a directory of its own. @returns that directory */
async function installDirectory(harness: DirectHarness, pack: PackPlan, name = pack.ref): Promise<string> {
  const directory = join(harness.work, name);
  rmSync(directory, { recursive: true, force: true });
  writeFiles(directory, packFiles(pack));
  await install(harness, directory);
  return directory;
}

const inPack = ({ data }: DirectHarness, ...path: string[]) => join(data, 'packs', 'core', ...path);

async function repair(
  harness: DirectHarness,
  request: Partial<RepairRequest> = {},
  offline = false,
): Promise<RepairedPack[]> {
  const receipt = await repairPacks({ ...REPAIR, ...request }, harness.runtime({ offline }));
  assert.ok('success' in receipt);
  assert.equal(
    receipt.success,
    receipt.packs.every(({ action }) => action !== 'failed'),
  );
  return [...receipt.packs];
}

/** Whether everything is as it was installed, and nothing else is left in the store. */
async function assertWhole(harness: DirectHarness, releases = 1): Promise<void> {
  const { ok, packs } = await verifyPacks({ refs: [], kept: true }, harness.runtime());
  assert.ok(ok, JSON.stringify(packs));
  assert.equal(readdirSync(join(harness.data, 'releases/core')).length, releases);
  assert.deepEqual(readdirSync(join(harness.data, 'staging')), []);
}

test('what is intact stays as it is, and nobody is asked', async (t) => {
  const harness = harnessOf(t);
  await installDirectory(harness, { ref: 'core' });
  const before = readlinkSync(inPack(harness));
  const approve = async () => assert.fail('asked');
  const packs = await repair(harness, { approve });
  assert.deepEqual(
    packs.map(({ ref, version, action, from, set_aside: aside }) => [ref, version, action, from, aside]),
    [['core', '1.0.0', 'intact', null, null]],
  );
  assert.equal(readlinkSync(inPack(harness)), before);
});

test('modes and strangers need no content: it comes from the files themselves, and the strangers are set aside', async (t) => {
  const harness = harnessOf(t);
  const source = await installDirectory(harness, { ref: 'core' });
  rmSync(source, { recursive: true });
  writeFiles(inPack(harness), { 'notes/mine.txt': 'mine', '.git/config': 'x' });
  symlinkSync('/etc/passwd', inPack(harness, 'leak'));
  const [pack] = await repair(harness, {}, true);
  assert.deepEqual([pack?.action, pack?.from, pack?.source], ['repaired', 'itself', null]);
  const aside = pack?.set_aside ?? '';
  assert.match(aside, /set-aside\/core\/1\.0\.0-\d{8}T\d{6}Z$/);
  assert.deepEqual(contentsOf(aside), { '.git/config': 'x', leak: '-> /etc/passwd', 'notes/mine.txt': 'mine' });
  await assertWhole(harness);
  const [event] = (await harness.runtime().store()).history('core');
  assert.deepEqual([event?.action, event?.version], ['repair', '1.0.0']);
});

test('a file that another kept release has comes from there, and kept releases are repaired when that is asked for', async (t) => {
  const harness = harnessOf(t);
  const same = { files: { 'lib/same.txt': 'the same in both' } };
  await installDirectory(harness, { ref: 'core', ...same });
  rmSync(await installDirectory(harness, { ref: 'core', version: '2.0.0', ...same }), { recursive: true });
  writeFileSync(inPack(harness, 'lib/same.txt'), 'changed');
  const [pack] = await repair(harness);
  assert.deepEqual([pack?.version, pack?.from], ['2.0.0', 'kept']);
  assert.equal(readFileSync(join(pack?.set_aside ?? '', 'lib/same.txt'), 'utf8'), 'changed');
  const releases = join(harness.data, 'releases/core');
  const kept = readdirSync(releases).find((name) => name.startsWith('1.0.0'));
  writeFileSync(join(releases, kept ?? '', 'lib/same.txt'), 'changed as well');
  assert.deepEqual(
    (await repair(harness)).map(({ action }) => action),
    ['intact'],
  );
  const both = await repair(harness, { kept: true, discardChanges: true });
  assert.deepEqual(
    both.map(({ version, current, action, from, set_aside: aside }) => [version, current, action, from, aside]),
    [
      ['2.0.0', true, 'intact', null, null],
      ['1.0.0', false, 'repaired', 'kept', null],
    ],
  );
  await assertWhole(harness, 2);
  assert.equal((await harness.runtime().store()).find('core')?.version, '2.0.0');
});

/** A server with one archive, and a harness in which it is installed from there. */
async function downloaded(t: TestContext) {
  const harness = harnessOf(t);
  const archive = packArchive(packFiles({ ref: 'core' }));
  const served = { content: archive };
  const server = await startHttpServer(t, {
    '/core.tar.gz': (request, response) => bytes(served.content)(request, response),
  });
  await install(harness, server.url('/core.tar.gz'));
  writeFileSync(inPack(harness, 'pack.yaml'), 'ref: evil\n');
  return { harness, server, served };
}

test('what was downloaded once comes from the cache, offline as well', async (t) => {
  const { harness, server } = await downloaded(t);
  const asked = server.requests.length;
  const plans: (readonly PlannedRepair[])[] = [];
  const [pack] = await repair(harness, { approve: async (plan) => void plans.push(plan) }, true);
  assert.deepEqual([pack?.action, pack?.from], ['repaired', 'cache']);
  assert.deepEqual(
    plans.map((plan) => plan.map(({ ref, from, source, differences }) => [ref, from, source, differences])),
    [[['core', 'cache', null, 1]]],
  );
  assert.equal(server.requests.length, asked);
  assert.equal(readFileSync(join(pack?.set_aside ?? '', 'pack.yaml'), 'utf8'), 'ref: evil\n');
  await assertWhole(harness);
});

test('a cache that is damaged is not believed: the source is asked, and so is the user once more', async (t) => {
  const { harness, server } = await downloaded(t);
  for (const name of readdirSync(join(harness.cache, 'downloads/sha256'))) {
    writeFileSync(join(harness.cache, 'downloads/sha256', name), 'rubbish');
  }
  const asked: string[] = [];
  const approve = async (plan: readonly PlannedRepair[]) =>
    void asked.push(...plan.map(({ from, source }) => `${from} ${source}`));
  const [pack] = await repair(harness, { approve });
  assert.deepEqual([pack?.from, pack?.source], ['source', server.url('/core.tar.gz')]);
  assert.deepEqual(asked, ['cache null', `source ${server.url('/core.tar.gz')}`]);
  await assertWhole(harness);
});

test('a source that has something else now, or is out of reach, leaves everything as it was and says so', async (t) => {
  const { harness, served } = await downloaded(t);
  rmSync(harness.cache, { recursive: true });
  const before = contentsOf(harness.data);
  const trees = () =>
    Object.fromEntries(
      Object.entries(contentsOf(harness.data)).filter(([path]) => /^(packs|releases|set-aside)/.test(path)),
    );
  const was = trees();
  assert.ok(Object.keys(before).length > 0);
  const [offline] = await repair(harness, {}, true);
  assert.deepEqual([offline?.action, offline?.error?.code], ['failed', 'NETWORK_OFFLINE']);
  served.content = packArchive(packFiles({ ref: 'core', files: { 'lib/new.txt': 'new' } }));
  const [other] = await repair(harness);
  assert.deepEqual([other?.action, other?.error?.code], ['failed', 'INTEGRITY_CHECKSUM']);
  assert.match(other?.error?.message ?? '', /core 1\.0\.0 .*neither here nor to be had/);
  assert.deepEqual(trees(), was);
});

test('one that cannot be had does not keep the next from being repaired', async (t) => {
  const harness = harnessOf(t);
  rmSync(await installDirectory(harness, { ref: 'core' }), { recursive: true });
  await installDirectory(harness, { ref: 'net' });
  rmSync(inPack(harness, 'pack.yaml'));
  rmSync(join(harness.data, 'packs/net/pack.yaml'));
  const packs = await repair(harness);
  assert.deepEqual(
    packs.map(({ ref, action, from, error }) => [ref, action, from, error?.code]),
    [
      ['core', 'failed', null, 'NOT_FOUND_PATH'],
      ['net', 'repaired', 'source', undefined],
    ],
  );
});

test('a registry gives the version that is installed once more', async (t) => {
  const harness = harnessOf(t);
  const archive = (version: string) => packArchive(packFiles({ ref: 'core', version }));
  const entry = (version: string, url: string) => ({
    version,
    runtime_deps: [],
    install_sources: [
      { type: 'archive', url, checksum: `sha256:${createHash('sha256').update(archive(version)).digest('hex')}` },
    ],
  });
  const index = (place: string) =>
    JSON.stringify({
      registry_name: 'Test',
      registry_url: 'https://index.example',
      version: '1.0',
      last_updated: '2026-08-22T01:53:58Z',
      packs: [
        {
          ref: 'core',
          label: 'core',
          description: '',
          author: 'Ada',
          license: 'MIT',
          keywords: [],
          contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] },
          ...entry('2.0.0', 'new.tar.gz'),
          releases: [entry('1.0.0', place)],
        },
      ],
    });
  const state = { place: 'old.tar.gz' };
  const server = await startHttpServer(t, {
    '/index.json': (request, response) => bytes(index(state.place), 'application/json')(request, response),
    '/old.tar.gz': (request, response) =>
      (state.place === 'old.tar.gz' ? bytes(archive('1.0.0')) : page(404, 'gone'))(request, response),
    '/moved.tar.gz': bytes(archive('1.0.0')),
    '/new.tar.gz': bytes(archive('2.0.0')),
  });
  writeFileSync(
    join(harness.config, 'config.yaml'),
    `pack_registry:\n  cache_ttl: 0\n  indices:\n    - { name: main, url: "${server.url('/index.json')}" }\n`,
  );
  await install(harness, 'core@1.0.0');
  rmSync(join(harness.cache, 'downloads'), { recursive: true });
  state.place = 'moved.tar.gz';
  rmSync(inPack(harness, 'pack.yaml'));
  const [pack] = await repair(harness);
  assert.deepEqual([pack?.action, pack?.version, pack?.from], ['repaired', '1.0.0', 'source'], pack?.error?.message);
  await assertWhole(harness);
});

test('a dry run tells the way and changes nothing', async (t) => {
  const harness = harnessOf(t);
  const source = await installDirectory(harness, { ref: 'core' });
  rmSync(inPack(harness, 'pack.yaml'));
  const before = contentsOf(join(harness.data, 'releases'));
  const approve = async () => assert.fail('asked');
  const receipt = await repairPacks({ ...REPAIR, dryRun: true, approve }, harness.runtime());
  assert.deepEqual(receipt, {
    dry_run: true,
    packs: [{ ref: 'core', version: '1.0.0', current: true, action: 'repair', from: 'source', source, differences: 1 }],
    warnings: [],
  });
  assert.deepEqual(contentsOf(join(harness.data, 'releases')), before);
});

test('a no changes nothing', async (t) => {
  const harness = harnessOf(t);
  await installDirectory(harness, { ref: 'core' });
  rmSync(inPack(harness, 'pack.yaml'));
  const refusal = new Error('no');
  await assert.rejects(repair(harness, { approve: () => Promise.reject(refusal) }), refusal);
  assert.equal(existsSync(inPack(harness, 'pack.yaml')), false);
});

test('a release that is gone, or a link to somewhere else, is made anew and nothing there is touched', async (t) => {
  const harness = harnessOf(t);
  await installDirectory(harness, { ref: 'core' });
  const release = join(harness.data, 'packs', readlinkSync(inPack(harness)));
  rmSync(release, { recursive: true });
  const elsewhere = join(harness.work, 'elsewhere');
  writeFiles(elsewhere, { precious: 'x' });
  symlinkSync(elsewhere, release);
  const [pack] = await repair(harness);
  assert.deepEqual([pack?.action, pack?.set_aside], ['repaired', null]);
  assert.deepEqual(contentsOf(elsewhere), { precious: 'x' });
  await assertWhole(harness);
  rmSync(join(harness.data, 'releases/core'), { recursive: true });
  assert.equal((await repair(harness))[0]?.action, 'repaired');
  await assertWhole(harness);
});

test("what stands in the place of a link is not attune's to remove", async (t) => {
  const harness = harnessOf(t);
  await installDirectory(harness, { ref: 'core' });
  rmSync(inPack(harness));
  mkdirSync(inPack(harness));
  writeFileSync(inPack(harness, 'mine'), 'x');
  const [pack] = await repair(harness);
  assert.deepEqual([pack?.action, pack?.error?.code], ['failed', 'STORE_PLACE_TAKEN']);
  assert.ok(lstatSync(inPack(harness, 'mine')).isFile());
});
