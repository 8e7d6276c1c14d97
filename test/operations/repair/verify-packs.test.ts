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
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { type DirectHarness, directHarness } from '../../support/direct-runtime.ts';
import { install, openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const ALL: VerifyRequest = { refs: [], kept: false };

/** Creates a harness with two versions of core, the second of them current, and net. */
async function harnessOf(t: TestContext): Promise<DirectHarness> {
  const harness = directHarness(t, temporaryDirectory(t));
  using store = openStore(harness.data);
  await install(store, 'core', '1.0.0');
  await install(store, 'core', '2.0.0');
  await install(store, 'net', '1.0.0');
  return harness;
}

const pathOf = ({ data }: DirectHarness, ...parts: string[]) => join(data, ...parts);

function inDatabase({ data }: DirectHarness, sql: string): void {
  const database = new Database(join(data, 'attune.db'));
  database.exec(sql);
  database.close();
}

/** Returns a line such as `core 2.0.0: changed pack.yaml; problem ...` for each release that is not intact. */
async function verdicts(harness: DirectHarness, request: VerifyRequest = ALL): Promise<string[]> {
  const { ok, packs } = await verifyPacks(request, harness.runtime());
  assert.equal(
    ok,
    packs.every((pack) => pack.ok),
  );
  return packs
    .filter((pack) => !pack.ok)
    .map(({ ref, version, details, problems }) => {
      const lines = [...details.map(({ path, difference }) => `${difference} ${path}`), ...problems];
      return `${ref} ${version}: ${lines.join('; ').replaceAll(harness.data, '<data>')}`;
    });
}

test('verify: a new installation is intact, including retained releases', async (t) => {
  const harness = await harnessOf(t);
  const { ok, packs } = await verifyPacks({ refs: [], kept: true }, harness.runtime());
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

test('verify: a difference has the recorded and the actual size, mode and checksum', async (t) => {
  const harness = await harnessOf(t);
  writeFileSync(pathOf(harness, 'packs/net/actions/run.yaml'), 'name: other\n');
  const { packs } = await verifyPacks({ refs: ['net'], kept: false }, harness.runtime());
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
  readonly damage: (harness: DirectHarness) => void;
  readonly request?: VerifyRequest;
  readonly want: readonly string[];
}

const release = ({ data }: DirectHarness, ref: string) => join(data, 'packs', readlinkSync(join(data, 'packs', ref)));

const ROWS: readonly Row[] = [
  {
    claim: 'a damaged retained release is not reported without --kept',
    damage: (harness) => inKept(harness, (kept) => rmSync(join(kept, 'pack.yaml'))),
    want: [],
  },
  {
    claim: 'a damaged retained release is reported with --kept',
    damage: (harness) => inKept(harness, (kept) => rmSync(join(kept, 'pack.yaml'))),
    request: { refs: [], kept: true },
    want: ['core 1.0.0: missing pack.yaml'],
  },
  {
    claim: 'only the requested packs are verified',
    damage: (harness) => {
      rmSync(pathOf(harness, 'packs/core/pack.yaml'));
      rmSync(pathOf(harness, 'packs/net/pack.yaml'));
    },
    request: { refs: ['net', 'net'], kept: false },
    want: ['net 1.0.0: missing pack.yaml'],
  },
  {
    claim: 'a missing release is reported with all its files',
    damage: (harness) => rmSync(release(harness, 'net'), { recursive: true }),
    want: ["net 1.0.0: missing actions/run.yaml; missing pack.yaml; '<data>/releases/net/NAME' is missing."],
  },
  {
    claim: 'a release that was replaced by a link is reported as missing',
    damage: (harness) => {
      const path = release(harness, 'net');
      renameSync(path, join(harness.work, 'copy'));
      symlinkSync(join(harness.work, 'copy'), path);
    },
    want: [
      "net 1.0.0: missing actions/run.yaml; missing pack.yaml; '<data>/releases/net/NAME' is not a directory but a link.",
    ],
  },
  {
    claim: 'a release whose parent directory was replaced by a link is reported as missing',
    damage: (harness) => {
      renameSync(pathOf(harness, 'releases/net'), join(harness.work, 'net'));
      symlinkSync(join(harness.work, 'net'), pathOf(harness, 'releases/net'));
    },
    want: [
      "net 1.0.0: missing actions/run.yaml; missing pack.yaml; '<data>/releases/net' is a link to another location.",
    ],
  },
  {
    claim: 'a link to a path outside of the store is reported and repaired',
    damage: (harness) => {
      rmSync(pathOf(harness, 'packs/net'));
      symlinkSync('/tmp', pathOf(harness, 'packs/net'));
    },
    want: ["net 1.0.0: '<data>/packs/net' pointed to '/tmp'; attune has repaired the link."],
  },
  {
    claim: 'a stale link of a killed command is repaired silently',
    damage: (harness) => {
      rmSync(pathOf(harness, 'packs/core'));
      rmSync(pathOf(harness, 'packs/net'));
      symlinkSync(readKept(harness), pathOf(harness, 'packs/core'));
    },
    want: [],
  },
  {
    claim: 'a directory in place of a link is reported',
    damage: (harness) => {
      rmSync(pathOf(harness, 'packs/net'));
      mkdirSync(pathOf(harness, 'packs/net'));
    },
    want: [
      "net 1.0.0: '<data>/packs/net' is not a link created by attune, so other programs do not find the pack there.",
    ],
  },
  {
    claim: 'a record that was changed together with its file is detected by the directory checksum',
    damage: (harness) => {
      const content = 'ref: net\nversion: 6.6.6\n';
      const digest = createHash('sha256').update(content).digest('hex');
      writeFileSync(pathOf(harness, 'packs/net/pack.yaml'), content);
      inDatabase(
        harness,
        `UPDATE file SET sha256 = '${digest}', size = ${content.length}
         WHERE path = 'pack.yaml' AND release_id = (SELECT release_id FROM pack WHERE ref = 'net')`,
      );
    },
    want: ['net 1.0.0: Each file matches its record, but DIGESTS'],
  },
  {
    claim: 'a changed directory checksum is reported',
    damage: (harness) =>
      inDatabase(harness, `UPDATE release SET checksum = 'sha256:${'0'.repeat(64)}' WHERE ref = 'net'`),
    want: ['net 1.0.0: Each file matches its record, but DIGESTS'],
  },
];

function readKept(harness: DirectHarness): string {
  const database = new Database(join(harness.data, 'attune.db'), { readonly: true });
  const directory = database
    .prepare("SELECT directory FROM release WHERE version = '1.0.0' AND ref = 'core'")
    .pluck()
    .get();
  database.close();
  return `../releases/${directory}`;
}

function inKept(harness: DirectHarness, damage: (path: string) => void): void {
  damage(join(harness.data, 'packs', readKept(harness)));
}

for (const { claim, damage, request, want } of ROWS) {
  test(`verify: ${claim}`, { skip: process.platform === 'win32' }, async (t) => {
    const harness = await harnessOf(t);
    damage(harness);
    const found = (await verdicts(harness, request)).map((line) =>
      line
        .replace(/releases\/net\/1\.0\.0-\w+/, 'releases/net/NAME')
        .replace(/the directory checksum is .*/, 'DIGESTS'),
    );
    assert.deepEqual(found, want);
  });
}

test('verify: changes no file of a damaged release', async (t) => {
  const harness = await harnessOf(t);
  writeFileSync(pathOf(harness, 'packs/net/extra'), 'x');
  const before = lstatSync(release(harness, 'net')).mtimeMs;
  await verdicts(harness);
  assert.equal(lstatSync(release(harness, 'net')).mtimeMs, before);
  assert.ok(existsSync(pathOf(harness, 'packs/net/extra')));
});

test('verify: refs that are not installed are all named', async (t) => {
  const harness = await harnessOf(t);
  await assert.rejects(verifyPacks({ refs: ['cor', 'net', 'zed'], kept: false }, harness.runtime()), {
    code: 'NOT_FOUND_PACK',
    message: "Packs 'cor', 'zed' are not installed.",
  });
});

test('verify: a missing store is intact and not created', async (t) => {
  const harness = directHarness(t, temporaryDirectory(t));
  rmSync(harness.data, { recursive: true });
  assert.deepEqual(await verifyPacks(ALL, harness.runtime()), { ok: true, packs: [] });
  assert.equal(existsSync(harness.data), false);
});

test('verify: a release that another process replaces during verification is verified again', async (t) => {
  const harness = await harnessOf(t);
  let moved = false;
  const reporter = collectWarnings({
    ...silentReporter,
    activity: () => ({
      progress() {
        if (moved) return;
        moved = true;
        const path = release(harness, 'core');
        inDatabase(
          harness,
          `UPDATE release SET directory = directory || '-2' WHERE ref = 'core' AND version = '2.0.0'`,
        );
        renameSync(path, `${path}-2`);
        rmSync(pathOf(harness, 'packs/core'));
        symlinkSync(`../releases/core/${path.split('/').at(-1)}-2`, pathOf(harness, 'packs/core'));
      },
      [Symbol.dispose]() {},
    }),
  });
  const { ok, packs } = await verifyPacks({ refs: ['core'], kept: false }, harness.runtime({ reporter }));
  assert.ok(moved);
  assert.equal(ok, true, JSON.stringify(packs));
});
