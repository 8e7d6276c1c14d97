import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CliHarness,
  createCliHarness,
  installedPacks,
  type Running,
  storeContents,
} from '../../../support/cli.ts';
import { stalls, startHttpServer } from '../../../support/http/server.ts';
import { packArchive, packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** Where tests of packs say which processes they are. */
const signs = temporaryDirectory({ after });

/** The test of a pack that says that it runs, has a child of its own, and does not come to an end. */
function endlessTest(sign: string): string {
  return `sleep 300 &\necho $! > '${sign}.new' && mv '${sign}.new' '${sign}'\nwait`;
}

interface Interruption {
  readonly claim: string;
  /** Begins an installation and waits until it is where it will not get out of by itself. */
  readonly begin: (harness: CliHarness, ...flags: string[]) => Promise<Begun>;
}

interface Begun extends Running {
  /** A process that must not outlive it. */
  readonly grandchild: number | undefined;
}

let runs = 0;

const INTERRUPTIONS: readonly Interruption[] = [
  {
    claim: 'while the tests of a pack run',
    begin: async (harness, ...flags) => {
      const sign = join(signs, String(++runs));
      writeFiles(join(harness.directory, 'endless'), packFiles({ ref: 'endless', test: endlessTest(sign) }));
      const running = harness.start({}, 'pack', 'install', './endless', ...flags);
      await until(() => existsSync(sign));
      return { ...running, grandchild: Number(readFileSync(sign, 'utf8')) };
    },
  },
  {
    claim: 'while a server stalls in the middle of an archive',
    begin: async (harness, ...flags) => {
      const asked = stalled.requests.length;
      const running = harness.start({}, 'pack', 'install', stalled.url('/half.tar.gz'), ...flags);
      await until(() => stalled.requests.length > asked && bytesInStaging(harness) > 0);
      return { ...running, grandchild: undefined };
    },
  },
];

const archive = packArchive(packFiles({ ref: 'half' }));
const stalled = await startHttpServer({ after }, { '/half.tar.gz': stalls(archive.subarray(0, 100)) });

function bytesInStaging({ data }: CliHarness): number {
  const staged = join(data, 'staging');
  if (!existsSync(staged)) return 0;
  return readdirSync(staged, { recursive: true }).filter((path) => String(path).endsWith('.download')).length;
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 20_000, 'what was waited for did not come');
    await sleep(20);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A harness in which one pack is installed, and what its store holds. */
async function harnessWithPack(t: TestContext): Promise<{ harness: CliHarness; before: Record<string, string> }> {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'anchor'), packFiles({ ref: 'anchor' }));
  await harness.attune('pack', 'install', './anchor');
  return { harness, before: storeContents(harness) };
}

for (const { claim, begin } of INTERRUPTIONS) {
  test(`after kill -9 ${claim} the next command finds the store as it was`, async (t) => {
    const { harness, before } = await harnessWithPack(t);
    const { child, ended, grandchild } = await begin(harness);
    child.kill('SIGKILL');
    await ended;
    // Nobody was left to end it.
    if (grandchild !== undefined && isRunning(grandchild)) process.kill(grandchild);
    assert.notDeepEqual(storeContents(harness), before);
    assert.deepEqual(await installedPacks(harness), ['anchor 1.0.0']);
    assert.deepEqual(storeContents(harness), before);
  });

  test(`Ctrl-C ${claim} is status 130, a JSON error, and leaves nothing`, async (t) => {
    const { harness, before } = await harnessWithPack(t);
    const { child, ended, grandchild } = await begin(harness, '--json');
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    assert.equal(status, 130);
    const { error } = JSON.parse(stdout);
    assert.equal(error.code, 'INTERRUPTED');
    assert.equal(error.exit_code, 130);
    assert.deepEqual(storeContents(harness), before);
    if (grandchild !== undefined) await until(() => !isRunning(grandchild));
    assert.deepEqual(await installedPacks(harness), ['anchor 1.0.0']);
  });
}

test('a person who presses Ctrl-C reads that nothing was changed', async (t) => {
  const { harness } = await harnessWithPack(t);
  const { child, ended } = await INTERRUPTIONS[1]!.begin(harness);
  child.kill('SIGINT');
  const { status, stdout, stderr } = await ended;
  assert.equal(status, 130);
  assert.equal(stdout, '');
  assert.match(stderr, /Error: Interrupted\.\nHint: Nothing was changed/);
});

test('a reader sees the store as it was while an installation is under way', async (t) => {
  const { harness, before } = await harnessWithPack(t);
  const { child, ended } = await INTERRUPTIONS[0]!.begin(harness);
  assert.deepEqual(await installedPacks(harness), ['anchor 1.0.0']);
  const during = storeContents(harness);
  for (const path of Object.keys(before)) assert.equal(during[path], before[path]);
  assert.ok(
    Object.keys(during).some((path) => path.startsWith('staging/')),
    'what is alive was taken away',
  );
  child.kill('SIGINT');
  await ended;
});
