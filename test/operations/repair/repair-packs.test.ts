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
  sandbox: 'auto',
  tests: 'run',
  allowTestNetwork: false,
} as const;

function harnessOf(t: TestContext): DirectHarness {
  return directHarness(t, temporaryDirectory(t));
}

async function install(harness: DirectHarness, source: string): Promise<void> {
  await installPacks({ ...INSTALL, sources: [source] } as Parameters<typeof installPacks>[0], harness.runtime());
}

/** Installs a pack from a new directory and returns that directory. */
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

/** Asserts that all releases are intact and that the store contains no other files. */
async function assertIntact(harness: DirectHarness, releases = 1): Promise<void> {
  const { ok, packs } = await verifyPacks({ refs: [], kept: true }, harness.runtime());
  assert.ok(ok, JSON.stringify(packs));
  assert.equal(readdirSync(join(harness.data, 'releases/core')).length, releases);
  assert.deepEqual(readdirSync(join(harness.data, 'staging')), []);
}

test('repair: intact releases are unchanged and need no approval', async (t) => {
  const harness = harnessOf(t);
  await installDirectory(harness, { ref: 'core' });
  const before = readlinkSync(inPack(harness));
  const approve = async () => assert.fail('approval was requested');
  const packs = await repair(harness, { approve });
  assert.deepEqual(
    packs.map(({ ref, version, action, from, set_aside: aside }) => [ref, version, action, from, aside]),
    [['core', '1.0.0', 'intact', null, null]],
  );
  assert.equal(readlinkSync(inPack(harness)), before);
});

test('repair: extra files are set aside, and the content comes from the release itself', async (t) => {
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
  await assertIntact(harness);
  const [event] = (await harness.runtime().store()).history('core');
  assert.deepEqual([event?.action, event?.version], ['repair', '1.0.0']);
});

test('repair: files come from other stored releases, and retained releases are repaired with --kept', async (t) => {
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
  await assertIntact(harness, 2);
  assert.equal((await harness.runtime().store()).find('core')?.version, '2.0.0');
});

/** Installs an archive from a server and damages the installed pack. */
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

test('repair: downloaded content comes from the cache, also with --offline', async (t) => {
  const { harness, server } = await downloaded(t);
  const requestsBefore = server.requests.length;
  const plans: (readonly PlannedRepair[])[] = [];
  const [pack] = await repair(harness, { approve: async (plan) => void plans.push(plan) }, true);
  assert.deepEqual([pack?.action, pack?.from], ['repaired', 'cache']);
  assert.deepEqual(
    plans.map((plan) => plan.map(({ ref, from, source, differences }) => [ref, from, source, differences])),
    [[['core', 'cache', null, 1]]],
  );
  assert.equal(server.requests.length, requestsBefore);
  assert.equal(readFileSync(join(pack?.set_aside ?? '', 'pack.yaml'), 'utf8'), 'ref: evil\n');
  await assertIntact(harness);
});

test('repair: a damaged cache falls back to the source after a second approval', async (t) => {
  const { harness, server } = await downloaded(t);
  for (const name of readdirSync(join(harness.cache, 'downloads/sha256'))) {
    writeFileSync(join(harness.cache, 'downloads/sha256', name), 'rubbish');
  }
  const approved: string[] = [];
  const approve = async (plan: readonly PlannedRepair[]) =>
    void approved.push(...plan.map(({ from, source }) => `${from} ${source}`));
  const [pack] = await repair(harness, { approve });
  assert.deepEqual([pack?.from, pack?.source], ['source', server.url('/core.tar.gz')]);
  assert.deepEqual(approved, ['cache null', `source ${server.url('/core.tar.gz')}`]);
  await assertIntact(harness);
});

test('repair: a changed or unreachable source fails and leaves the release unchanged', async (t) => {
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
  assert.match(other?.error?.message ?? '', /installed content of core 1\.0\.0 is not available/);
  assert.deepEqual(trees(), was);
});

test('repair: unavailable content of one pack does not block others', async (t) => {
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

test('repair: a registry provides the installed version from its current source', async (t) => {
  const harness = harnessOf(t);
  const archive = (version: string) => packArchive(packFiles({ ref: 'core', version }));
  const entry = (version: string, url: string) => ({
    version,
    runtime_deps: [],
    install_sources: [
      { type: 'archive', url, checksum: `sha256:${createHash('sha256').update(archive(version)).digest('hex')}` },
    ],
  });
  const index = (url: string) =>
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
          releases: [entry('1.0.0', url)],
        },
      ],
    });
  const state = { url: 'old.tar.gz' };
  const server = await startHttpServer(t, {
    '/index.json': (request, response) => bytes(index(state.url), 'application/json')(request, response),
    '/old.tar.gz': (request, response) =>
      (state.url === 'old.tar.gz' ? bytes(archive('1.0.0')) : page(404, 'gone'))(request, response),
    '/moved.tar.gz': bytes(archive('1.0.0')),
    '/new.tar.gz': bytes(archive('2.0.0')),
  });
  writeFileSync(
    join(harness.config, 'settings.yaml'),
    `pack_registry:\n  cache_ttl: 0\n  indices:\n    - { name: main, url: "${server.url('/index.json')}" }\n`,
  );
  await install(harness, 'core@1.0.0');
  rmSync(join(harness.cache, 'downloads'), { recursive: true });
  state.url = 'moved.tar.gz';
  rmSync(inPack(harness, 'pack.yaml'));
  const [pack] = await repair(harness);
  assert.deepEqual([pack?.action, pack?.version, pack?.from], ['repaired', '1.0.0', 'source'], pack?.error?.message);
  await assertIntact(harness);
});

test('repair: a dry run reports the plan and changes nothing', async (t) => {
  const harness = harnessOf(t);
  const source = await installDirectory(harness, { ref: 'core' });
  rmSync(inPack(harness, 'pack.yaml'));
  const before = contentsOf(join(harness.data, 'releases'));
  const approve = async () => assert.fail('approval was requested');
  const receipt = await repairPacks({ ...REPAIR, dryRun: true, approve }, harness.runtime());
  assert.deepEqual(receipt, {
    dry_run: true,
    packs: [{ ref: 'core', version: '1.0.0', current: true, action: 'repair', from: 'source', source, differences: 1 }],
    warnings: [],
  });
  assert.deepEqual(contentsOf(join(harness.data, 'releases')), before);
});

test('repair: a declined plan changes nothing', async (t) => {
  const harness = harnessOf(t);
  await installDirectory(harness, { ref: 'core' });
  rmSync(inPack(harness, 'pack.yaml'));
  const refusal = new Error('no');
  await assert.rejects(repair(harness, { approve: () => Promise.reject(refusal) }), refusal);
  assert.equal(existsSync(inPack(harness, 'pack.yaml')), false);
});

test('repair: a missing release, or one replaced by a link, is recreated without touching the link target', async (t) => {
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
  await assertIntact(harness);
  rmSync(join(harness.data, 'releases/core'), { recursive: true });
  assert.equal((await repair(harness))[0]?.action, 'repaired');
  await assertIntact(harness);
});

test('repair: a directory in place of a link fails and is kept', async (t) => {
  const harness = harnessOf(t);
  await installDirectory(harness, { ref: 'core' });
  rmSync(inPack(harness));
  mkdirSync(inPack(harness));
  writeFileSync(inPack(harness, 'mine'), 'x');
  const [pack] = await repair(harness);
  assert.deepEqual([pack?.action, pack?.error?.code], ['failed', 'STORE_PLACE_TAKEN']);
  assert.ok(lstatSync(inPack(harness, 'mine')).isFile());
});
