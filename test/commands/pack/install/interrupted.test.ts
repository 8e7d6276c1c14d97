import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
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
import { waitFor } from '../../../support/wait-for.ts';

/** The directory in which the tests of packs write marker files. */
const markers = temporaryDirectory({ after });

/** Returns a test script that starts a child, writes the child's process ID to the marker and never ends. */
function endlessTest(marker: string): string {
  return `sleep 300 &\necho $! > '${marker}.new' && mv '${marker}.new' '${marker}'\nwait`;
}

interface Interruption {
  readonly title: string;
  /** Starts an installation and waits until it blocks. */
  readonly start: (harness: CliHarness, ...flags: string[]) => Promise<StartedInstallation>;
}

interface StartedInstallation extends Running {
  /** A process that must end with the installation. */
  readonly grandchild: number | undefined;
}

let runs = 0;

const INTERRUPTIONS: readonly Interruption[] = [
  {
    title: 'while the tests of a pack run',
    start: async (harness, ...flags) => {
      const marker = join(markers, String(++runs));
      writeFiles(join(harness.directory, 'endless'), packFiles({ ref: 'endless', test: endlessTest(marker) }));
      const running = harness.start({}, 'pack', 'install', './endless', ...flags);
      await waitFor(() => existsSync(marker));
      return { ...running, grandchild: Number(readFileSync(marker, 'utf8')) };
    },
  },
  {
    title: 'while a server stalls in the middle of an archive',
    start: async (harness, ...flags) => {
      const before = stalled.requests.length;
      const running = harness.start({}, 'pack', 'install', stalled.url('/half.tar.gz'), ...flags);
      await waitFor(() => stalled.requests.length > before && downloadsInStaging(harness) > 0);
      return { ...running, grandchild: undefined };
    },
  },
];

const archive = packArchive(packFiles({ ref: 'half' }));
const stalled = await startHttpServer({ after }, { '/half.tar.gz': stalls(archive.subarray(0, 100)) });

function downloadsInStaging({ data }: CliHarness): number {
  const staged = join(data, 'staging');
  if (!existsSync(staged)) return 0;
  return readdirSync(staged, { recursive: true }).filter((path) => String(path).endsWith('.download')).length;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Creates a harness with one installed pack. */
async function harnessWithPack(t: TestContext): Promise<{ harness: CliHarness; before: Record<string, string> }> {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'anchor'), packFiles({ ref: 'anchor' }));
  await harness.attune('pack', 'install', './anchor');
  return { harness, before: storeContents(harness) };
}

for (const { title, start } of INTERRUPTIONS) {
  test(`install: after SIGKILL ${title} the next command restores the store`, async (t) => {
    const { harness, before } = await harnessWithPack(t);
    const { child, ended, grandchild } = await start(harness);
    child.kill('SIGKILL');
    await ended;
    // The killed process could not end it.
    if (grandchild !== undefined && isRunning(grandchild)) process.kill(grandchild);
    assert.notDeepEqual(storeContents(harness), before);
    assert.deepEqual(await installedPacks(harness), ['anchor 1.0.0']);
    assert.deepEqual(storeContents(harness), before);
  });

  test(`install: SIGINT ${title} exits 130 with a JSON error and leaves the store unchanged`, async (t) => {
    const { harness, before } = await harnessWithPack(t);
    const { child, ended, grandchild } = await start(harness, '--json');
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    assert.equal(status, 130);
    const { error } = JSON.parse(stdout);
    assert.equal(error.code, 'INTERRUPTED');
    assert.equal(error.exit_code, 130);
    assert.deepEqual(storeContents(harness), before);
    if (grandchild !== undefined) await waitFor(() => !isRunning(grandchild));
    assert.deepEqual(await installedPacks(harness), ['anchor 1.0.0']);
  });
}

test('install: SIGINT prints that nothing was changed', async (t) => {
  const { harness } = await harnessWithPack(t);
  const { child, ended } = await INTERRUPTIONS[1]!.start(harness);
  child.kill('SIGINT');
  const { status, stdout, stderr } = await ended;
  assert.equal(status, 130);
  assert.equal(stdout, '');
  assert.match(stderr, /Error: Interrupted\.\nHint: Nothing was changed/);
});

test('list: the store is unchanged for readers during an installation', async (t) => {
  const { harness, before } = await harnessWithPack(t);
  const { child, ended } = await INTERRUPTIONS[0]!.start(harness);
  assert.deepEqual(await installedPacks(harness), ['anchor 1.0.0']);
  const during = storeContents(harness);
  for (const path of Object.keys(before)) assert.equal(during[path], before[path]);
  assert.ok(
    Object.keys(during).some((path) => path.startsWith('staging/')),
    'the staging directory of the running installation was removed',
  );
  child.kill('SIGINT');
  await ended;
});
