import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../../../src/cli/text/display-width.ts';
import { programCommand } from '../../support/attune.ts';
import { type CliHarness, createCliHarness } from '../../support/cli.ts';
import { stalls, startHttpServer } from '../../support/http/server.ts';
import { packArchive, packFiles, sha256Of, writeRegistry } from '../../support/registry/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

type Handler = ReturnType<typeof stalls>;

/** The util-linux program that runs a command on a pseudo-terminal. */
const SCRIPT_PROGRAM = 'script';
const skip = !/util-linux/.test(spawnSync(SCRIPT_PROGRAM, ['--version'], { encoding: 'utf8' }).stdout ?? '');

const compileCache = temporaryDirectory({ after });
const COLUMNS = 60;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Sends a chunk every fifty milliseconds, and the last one after the release. */
function slowly(content: Uint8Array, chunks: number, released: Promise<void>): Handler {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': content.length });
    const size = Math.ceil(content.length / chunks);
    for (let start = 0; start < content.length; start += size) {
      if (start + size >= content.length) await released;
      response.write(content.subarray(start, start + size));
      await sleep(50);
    }
    response.end();
  };
}

/** Creates an archive with incompressible content. */
function largePack(ref: string): Buffer {
  return packArchive(packFiles({ ref, files: { 'data.txt': randomBytes(150_000).toString('hex') } }));
}

const [one, two] = [largePack('one'), largePack('two')];

interface SlowRegistry {
  readonly index: string;
  url(path: string): string;
  /** Completes the downloads. */
  release(): void;
}

/** Starts a registry whose two packs download slowly and not completely before they are released. */
async function startSlowRegistry(t: TestContext): Promise<SlowRegistry> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const server = await startHttpServer(t, {
    '/one.tar.gz': slowly(one, 36, released),
    '/two.tar.gz': slowly(two, 44, released),
    '/stalled.tar.gz': stalls(one.subarray(0, 100)),
  });
  const index = writeRegistry(temporaryDirectory(t), [
    { ref: 'one', sources: [{ type: 'archive', url: server.url('/one.tar.gz'), checksum: sha256Of(one) }] },
    { ref: 'two', sources: [{ type: 'archive', url: server.url('/two.tar.gz'), checksum: sha256Of(two) }] },
  ]);
  return { index, url: server.url, release };
}

interface TerminalRun {
  readonly status: number | null;
  /** Everything written to the terminal, with control sequences. */
  readonly output: string;
}

interface RunningTerminal {
  readonly child: ChildProcess;
  readonly ended: Promise<TerminalRun>;
  readonly output: () => string;
}

/** Runs a command line on a pseudo-terminal of a fixed size. `BACKGROUND` is a shell command to run next to it. */
function runOnTerminal(
  harness: CliHarness,
  variables: Readonly<Record<string, string>>,
  ...args: string[]
): RunningTerminal {
  const command = [...programCommand(), ...args].map((arg) => `'${arg}'`).join(' ');
  const child = spawn(
    SCRIPT_PROGRAM,
    ['-qefc', `stty cols ${COLUMNS} rows 20; eval "$BACKGROUND"; exec ${command}`, '/dev/null'],
    {
      cwd: harness.directory,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        LANG: 'C.UTF-8',
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        NODE_COMPILE_CACHE: compileCache,
        HOME: dirname(harness.data),
        ATTUNE_DATA_DIR: harness.data,
        ATTUNE_CACHE_DIR: join(dirname(harness.data), 'cache'),
        ATTUNE_CONFIG_DIR: harness.config,
        ...variables,
      },
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<TerminalRun>((resolve) => child.once('close', (status) => resolve({ status, output })));
  return { child, ended, output: () => output };
}

const BEGIN_UPDATE = '\u001b[?2026h';
const END_UPDATE = '\u001b[?2026l';

/** Separates the frames of the display, which are synchronized updates, from the permanent lines. */
function parseOutput(output: string): { frames: string[]; permanent: string } {
  const [first = '', ...others] = output.split(BEGIN_UPDATE).map((part) => part.split(END_UPDATE));
  const text = (part: string | undefined) => stripVTControlCharacters(part ?? '').replaceAll('\r', '');
  return {
    frames: others.map(([frame]) => text(frame)),
    permanent: text(first[0]) + others.map(([, rest]) => text(rest)).join(''),
  };
}

function assertFramesFit(frames: readonly string[]): void {
  for (const line of frames.join('\n').split('\n')) assert.ok(widthOf(line) < COLUMNS, line);
}

const TWO_BARS = /^\S Download.*one\.tar\.gz +━+─+ +\d+%.*\n {2}Download.*two\.tar\.gz +━+─+ +\d+%/;
const TIME_LEFT = /one\.tar\.gz .*\d% {2}\d+:\d\d left/;

/** Waits until one frame of the display matches each expression. */
async function waitForFrames({ child, output }: RunningTerminal, ...expressions: RegExp[]): Promise<void> {
  const areShown = () => {
    const { frames } = parseOutput(output());
    return expressions.every((expression) => frames.some((frame) => expression.test(frame)));
  };
  await waitFor(() => child.exitCode !== null || areShown(), output);
  assert.ok(areShown(), output());
}

const WITHOUT_DISPLAY: readonly {
  readonly claim: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}[] = [
  { claim: 'in CI', variables: { CI: 'true' } },
  { claim: 'on a dumb terminal', variables: { TERM: 'dumb' } },
  { claim: 'with NO_COLOR', variables: { NO_COLOR: '1' } },
  { claim: 'with --no-color', flags: ['--no-color'] },
  { claim: 'with --quiet', flags: ['--quiet'] },
  { claim: 'with --json', flags: ['--json'] },
];

suite('live display on a terminal', { skip, concurrency: 3 }, () => {
  test('install: two concurrent downloads have a bar each and leave no trace', async (t) => {
    const { index, release } = await startSlowRegistry(t);
    const variables = { ATTUNE_REGISTRY_INDICES: index };
    const began = performance.now();
    const running = runOnTerminal(createCliHarness(t), variables, 'pack', 'install', 'one', 'two', '--jobs', '2');
    await waitForFrames(running, TWO_BARS, TIME_LEFT);
    release();
    const { status, output } = await running.ended;
    const seconds = (performance.now() - began) / 1000;
    assert.equal(status, 0, output);
    const { frames } = parseOutput(output);
    assertFramesFit(frames);
    // Ten frames per second, and one more for each permanent line and each new step.
    assert.ok(frames.length < seconds * 10 + 20, `${frames.length} frames in ${seconds} s`);
    assert.ok(output.lastIndexOf(SHOW_CURSOR) > output.lastIndexOf(HIDE_CURSOR));
    const afterwards = output.slice(output.lastIndexOf(END_UPDATE));
    assert.match(stripVTControlCharacters(afterwards), /^✓ Pack 'one' installed successfully/);
  });

  test('install --verbose: permanent lines are not interrupted by the display', async (t) => {
    const { index, url, release } = await startSlowRegistry(t);
    const variables = { ATTUNE_REGISTRY_INDICES: index };
    const args = ['pack', 'install', 'one', 'two', '--jobs', '2', '--verbose'];
    const running = runOnTerminal(createCliHarness(t), variables, ...args);
    await waitForFrames(running, TWO_BARS);
    release();
    const { permanent } = parseOutput((await running.ended).output);
    const lines = permanent.split('\n');
    for (const ref of ['one', 'two']) {
      assert.ok(lines.includes(`Installing pack from: ${ref} 1.0.0 (index-1)`), permanent);
      assert.match(permanent, new RegExp(`^Downloading ${url(`/${ref}.tar.gz`)}: 100%, \\d+/\\d+ KiB`, 'm'));
    }
  });

  test('install: Ctrl-C during a download restores the cursor and exits 130', async (t) => {
    const { url } = await startSlowRegistry(t);
    const running = runOnTerminal(createCliHarness(t), {}, 'pack', 'install', url('/stalled.tar.gz'));
    await waitForFrames(running, /Download/);
    running.child.stdin?.write('\u0003');
    const { status, output } = await running.ended;
    assert.equal(status, 130, output);
    assert.ok(output.lastIndexOf(SHOW_CURSOR) > output.lastIndexOf(HIDE_CURSOR));
    assert.match(parseOutput(output).permanent, /Error: Interrupted\.\nHint: Nothing was changed/);
  });

  test('install: an error during a download restores the cursor', async (t) => {
    const { url } = await startSlowRegistry(t);
    const { ended } = runOnTerminal(createCliHarness(t), {}, 'pack', 'install', url('/none.tar.gz'));
    const { status, output } = await ended;
    assert.equal(status, 9, output);
    assert.ok(output.includes(HIDE_CURSOR));
    assert.ok(output.lastIndexOf(SHOW_CURSOR) > output.lastIndexOf(HIDE_CURSOR));
  });

  test('install: a terminal that loses its size does not end the installation', async (t) => {
    const { index, release } = await startSlowRegistry(t);
    const harness = createCliHarness(t);
    const [begin, done] = [join(harness.directory, 'begin'), join(harness.directory, 'done')];
    const running = runOnTerminal(
      harness,
      {
        ATTUNE_REGISTRY_INDICES: index,
        BACKGROUND: `(until [ -e ${begin} ]; do sleep 0.05; done; stty cols 0 rows 0 </dev/tty; : >${done}) &`,
      },
      'pack',
      'install',
      'one',
      'two',
    );
    await waitForFrames(running, TWO_BARS);
    writeFileSync(begin, '');
    await waitFor(() => existsSync(done), running.output);
    release();
    const { status, output } = await running.ended;
    assert.equal(status, 0, output);
    assert.match(output, /Pack 'two' installed successfully/);
  });

  for (const { claim, variables = {}, flags = [] } of WITHOUT_DISPLAY) {
    test(`install: the display is off ${claim}`, async (t) => {
      const harness = createCliHarness(t);
      const { status, output } = await runOnTerminal(harness, variables, 'pack', 'install', './none', ...flags).ended;
      assert.equal(status, 4, output);
      assert.ok(!output.includes(HIDE_CURSOR), output);
      assert.deepEqual(parseOutput(output).frames, []);
    });
  }
});
