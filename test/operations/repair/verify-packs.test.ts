import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { type VerifyRequest, verifyPacks } from '../../../src/operations/repair/verify-packs.ts';
import { rememberWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { type DirectWorld, directWorld } from '../../support/direct-runtime.ts';
import { install, openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const ALL: VerifyRequest = { refs: [], kept: false };

/** Two versions of core, the second installed, and net. */
async function worldOf(t: TestContext): Promise<DirectWorld> {
  const world = directWorld(t, temporaryDirectory(t));
  using store = openStore(world.data);
  await install(store, 'core', '1.0.0');
  await install(store, 'core', '2.0.0');
  await install(store, 'net', '1.0.0');
  return world;
}

const pathOf = ({ data }: DirectWorld, ...parts: string[]) => join(data, ...parts);

function inDatabase({ data }: DirectWorld, sql: string): void {
  const database = new Database(join(data, 'attune.db'));
  database.exec(sql);
  database.close();
}

/** `core 2.0.0: changed pack.yaml; problem ...` for each release that is not as it was installed. */
async function verdicts(world: DirectWorld, request: VerifyRequest = ALL): Promise<string[]> {
  const { ok, packs } = await verifyPacks(request, world.runtime());
  assert.equal(
    ok,
    packs.every((pack) => pack.ok),
  );
  return packs
    .filter((pack) => !pack.ok)
    .map(({ ref, version, details, problems }) => {
      const lines = [...details.map(({ path, difference }) => `${difference} ${path}`), ...problems];
      return `${ref} ${version}: ${lines.join('; ').replaceAll(world.data, '<data>')}`;
    });
}

test('what was just installed is as it was installed, kept releases too', async (t) => {
  const world = await worldOf(t);
  const { ok, packs } = await verifyPacks({ refs: [], kept: true }, world.runtime());
  assert.equal(ok, true);
  assert.deepEqual(
    packs.map(({ ref, version, current, files }) => [ref, version, current, files]),
    [
      ['core', '2.0.0', true, 2],
      ['core', '1.0.0', false, 2],
      ['net', '1.0.0', true, 2],
    ],
  );
  assert.deepEqual(packs[0]?.details, []);
});

test('a difference is told with what was recorded and what is there', async (t) => {
  const world = await worldOf(t);
  writeFileSync(pathOf(world, 'packs/net/actions/run.yaml'), 'name: other\n');
  const { packs } = await verifyPacks({ refs: ['net'], kept: false }, world.runtime());
  assert.deepEqual(packs[0]?.changed, ['actions/run.yaml']);
  const [detail] = packs[0]?.details ?? [];
  assert.deepEqual(
    [detail?.expected?.size, detail?.actual?.size, detail?.actual?.mode],
    ['name: run\n# 1.0.0\n'.length, 'name: other\n'.length, '0644'],
  );
  assert.match(detail?.actual?.sha256 ?? '', /^[0-9a-f]{64}$/);
});

interface Row {
  readonly claim: string;
  readonly damage: (world: DirectWorld) => void;
  readonly request?: VerifyRequest;
  readonly want: readonly string[];
}

const release = ({ data }: DirectWorld, ref: string) => join(data, 'packs', readlinkSync(join(data, 'packs', ref)));

const ROWS: readonly Row[] = [
  {
    claim: 'a kept release is only looked at when that is asked for',
    damage: (world) => inKept(world, (kept) => rmSync(join(kept, 'pack.yaml'))),
    want: [],
  },
  {
    claim: 'a kept release',
    damage: (world) => inKept(world, (kept) => rmSync(join(kept, 'pack.yaml'))),
    request: { refs: [], kept: true },
    want: ['core 1.0.0: missing pack.yaml'],
  },
  {
    claim: 'only what was named',
    damage: (world) => {
      rmSync(pathOf(world, 'packs/core/pack.yaml'));
      rmSync(pathOf(world, 'packs/net/pack.yaml'));
    },
    request: { refs: ['net', 'net'], kept: false },
    want: ['net 1.0.0: missing pack.yaml'],
  },
  {
    claim: 'a release that is gone altogether',
    damage: (world) => rmSync(release(world, 'net'), { recursive: true }),
    want: ["net 1.0.0: missing actions/run.yaml; missing pack.yaml; '<data>/releases/net/NAME' is gone."],
  },
  {
    claim: 'a release that became a link to a copy of itself is not followed',
    damage: (world) => {
      const path = release(world, 'net');
      renameSync(path, join(world.work, 'copy'));
      symlinkSync(join(world.work, 'copy'), path);
    },
    want: [
      "net 1.0.0: missing actions/run.yaml; missing pack.yaml; '<data>/releases/net/NAME' is not a directory but a link.",
    ],
  },
  {
    claim: 'neither is a link in the place of the directory above',
    damage: (world) => {
      renameSync(pathOf(world, 'releases/net'), join(world.work, 'net'));
      symlinkSync(join(world.work, 'net'), pathOf(world, 'releases/net'));
    },
    want: ["net 1.0.0: missing actions/run.yaml; missing pack.yaml; '<data>/releases/net' is a link to another place."],
  },
  {
    claim: 'a link that leads out of the store is told, and put right',
    damage: (world) => {
      rmSync(pathOf(world, 'packs/net'));
      symlinkSync('/tmp', pathOf(world, 'packs/net'));
    },
    want: ["net 1.0.0: '<data>/packs/net' led to '/tmp'; attune has put it right."],
  },
  {
    claim: 'a link that a killed command left behind is put right without a word',
    damage: (world) => {
      rmSync(pathOf(world, 'packs/core'));
      rmSync(pathOf(world, 'packs/net'));
      symlinkSync(readKept(world), pathOf(world, 'packs/core'));
    },
    want: [],
  },
  {
    claim: 'something that is no link in the place of one',
    damage: (world) => {
      rmSync(pathOf(world, 'packs/net'));
      mkdirSync(pathOf(world, 'packs/net'));
    },
    want: ["net 1.0.0: '<data>/packs/net' is not a link of attune's: other programs do not see the pack there."],
  },
  {
    claim: 'a record that was changed with the file is told by the checksum of the whole',
    damage: (world) => {
      const content = 'ref: net\nversion: 6.6.6\n';
      const digest = createHash('sha256').update(content).digest('hex');
      writeFileSync(pathOf(world, 'packs/net/pack.yaml'), content);
      inDatabase(
        world,
        `UPDATE file SET sha256 = '${digest}', size = ${content.length}
         WHERE path = 'pack.yaml' AND release_id = (SELECT release_id FROM pack WHERE ref = 'net')`,
      );
    },
    want: ['net 1.0.0: The files are as recorded one by one, and not as a whole: DIGESTS'],
  },
  {
    claim: 'a checksum that was changed',
    damage: (world) => inDatabase(world, `UPDATE release SET checksum = 'sha256:${'0'.repeat(64)}' WHERE ref = 'net'`),
    want: ['net 1.0.0: The files are as recorded one by one, and not as a whole: DIGESTS'],
  },
];

function readKept(world: DirectWorld): string {
  const database = new Database(join(world.data, 'attune.db'), { readonly: true });
  const directory = database
    .prepare("SELECT directory FROM release WHERE version = '1.0.0' AND ref = 'core'")
    .pluck()
    .get();
  database.close();
  return `../releases/${directory}`;
}

function inKept(world: DirectWorld, damage: (path: string) => void): void {
  damage(join(world.data, 'packs', readKept(world)));
}

for (const { claim, damage, request, want } of ROWS) {
  test(`verified: ${claim}`, { skip: process.platform === 'win32' }, async (t) => {
    const world = await worldOf(t);
    damage(world);
    const found = (await verdicts(world, request)).map((line) =>
      line.replace(/releases\/net\/1\.0\.0-\w+/, 'releases/net/NAME').replace(/the checksum is .*/, 'DIGESTS'),
    );
    assert.deepEqual(found, want);
  });
}

test('nothing is changed by it but links that lead to the wrong place', async (t) => {
  const world = await worldOf(t);
  writeFileSync(pathOf(world, 'packs/net/extra'), 'x');
  const before = lstatSync(release(world, 'net')).mtimeMs;
  await verdicts(world);
  assert.equal(lstatSync(release(world, 'net')).mtimeMs, before);
  assert.ok(existsSync(pathOf(world, 'packs/net/extra')));
});

test('packs that are not installed are named, all of them', async (t) => {
  const world = await worldOf(t);
  await assert.rejects(verifyPacks({ refs: ['cor', 'net', 'zed'], kept: false }, world.runtime()), {
    code: 'NOT_FOUND_PACK',
    message: "Packs 'cor', 'zed' are not installed.",
  });
});

test('without any store there is nothing to differ, and none is made', async (t) => {
  const world = directWorld(t, temporaryDirectory(t));
  rmSync(world.data, { recursive: true });
  assert.deepEqual(await verifyPacks(ALL, world.runtime()), { ok: true, packs: [] });
  assert.equal(existsSync(world.data), false);
});

test('a release that another process replaces meanwhile is looked at where it is then', async (t) => {
  const world = await worldOf(t);
  let moved = false;
  const reporter = rememberWarnings({
    ...silentReporter,
    activity: () => ({
      progress() {
        if (moved) return;
        moved = true;
        const path = release(world, 'core');
        inDatabase(world, `UPDATE release SET directory = directory || '-2' WHERE ref = 'core' AND version = '2.0.0'`);
        renameSync(path, `${path}-2`);
        rmSync(pathOf(world, 'packs/core'));
        symlinkSync(`../releases/core/${path.split('/').at(-1)}-2`, pathOf(world, 'packs/core'));
      },
      [Symbol.dispose]() {},
    }),
  });
  const { ok, packs } = await verifyPacks({ refs: ['core'], kept: false }, world.runtime({ reporter }));
  assert.ok(moved);
  assert.equal(ok, true, JSON.stringify(packs));
});
