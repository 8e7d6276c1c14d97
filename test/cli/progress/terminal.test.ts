import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../../../src/cli/text/display-width.ts';
import { type Harness, programCommand } from '../../support/attune.ts';
import { createCliHarness } from '../../support/cli.ts';
import { stalls, startHttpServer } from '../../support/http/server.ts';
import { packArchive, packFiles, sha256Of, writeRegistry } from '../../support/registry/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

type Handler = ReturnType<typeof stalls>;

/** Of util-linux: runs a command on a pseudo-terminal. */
const TERMINAL_MAKER = 'script';
const skip = !/util-linux/.test(spawnSync(TERMINAL_MAKER, ['--version'], { encoding: 'utf8' }).stdout ?? '');

const compileCache = temporaryDirectory({ after });
const COLUMNS = 60;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Sends its bytes in pieces, one every fifty milliseconds. */
function slowly(content: Uint8Array, pieces: number): Handler {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': content.length });
    const size = Math.ceil(content.length / pieces);
    for (let start = 0; start < content.length; start += size) {
      response.write(content.subarray(start, start + size));
      await sleep(50);
    }
    response.end();
  };
}

/** Of a size that no compression takes away. */
function largePack(ref: string): Buffer {
  return packArchive(packFiles({ ref, files: { 'data.txt': randomBytes(150_000).toString('hex') } }));
}

const [one, two] = [largePack('one'), largePack('two')];
const server = await startHttpServer(
  { after },
  { '/one.tar.gz': slowly(one, 36), '/two.tar.gz': slowly(two, 44), '/stalled.tar.gz': stalls(one.subarray(0, 100)) },
);
const index = writeRegistry(temporaryDirectory({ after }), [
  { ref: 'one', sources: [{ type: 'archive', url: server.url('/one.tar.gz'), checksum: sha256Of(one) }] },
  { ref: 'two', sources: [{ type: 'archive', url: server.url('/two.tar.gz'), checksum: sha256Of(two) }] },
]);

interface Seen {
  readonly status: number | null;
  /** All that came to the terminal, as it came. */
  readonly output: string;
}

interface Watched {
  readonly child: ChildProcess;
  readonly ended: Promise<Seen>;
  readonly output: () => string;
}

/** Runs a command line on a terminal of its own, whose size is set before the program looks at it. */
function watch(harness: Harness, variables: Readonly<Record<string, string>>, ...words: string[]): Watched {
  const command = [...programCommand(), ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn(
    TERMINAL_MAKER,
    ['-qefc', `stty cols ${COLUMNS} rows 20; eval "$SHRINK"; exec ${command}`, '/dev/null'],
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
        ATTUNE_REGISTRY_INDICES: index,
        ...variables,
      },
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<Seen>((resolve) => child.once('close', (status) => resolve({ status, output })));
  return { child, ended, output: () => output };
}

const BEGIN_UPDATE = '\u001b[?2026h';
const END_UPDATE = '\u001b[?2026l';

/** What came to the terminal, apart: pictures stand between the marks of a synchronised update, the rest stays. */
function taken(output: string): { pictures: string[]; rest: string } {
  const [first = '', ...others] = output.split(BEGIN_UPDATE).map((part) => part.split(END_UPDATE));
  const text = (part: string | undefined) => stripVTControlCharacters(part ?? '').replaceAll('\r', '');
  return {
    pictures: others.map(([picture]) => text(picture)),
    rest: text(first[0]) + others.map(([, rest]) => text(rest)).join(''),
  };
}

function assertNothingWraps(pictures: readonly string[]): void {
  for (const line of pictures.join('\n').split('\n')) assert.ok(widthOf(line) < COLUMNS, line);
}

interface Plain {
  readonly claim: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
}

const PLAIN: readonly Plain[] = [
  { claim: 'in CI', variables: { CI: 'true' } },
  { claim: 'on a terminal that says that it is dumb', variables: { TERM: 'dumb' } },
  { claim: 'with NO_COLOR', variables: { NO_COLOR: '1' } },
  { claim: 'with --no-color', words: ['--no-color'] },
  { claim: 'with --quiet', words: ['--quiet'] },
  { claim: 'with --json', words: ['--json'] },
];

suite('on a terminal', { skip, concurrency: 3 }, () => {
  test('two packs that come slowly have a bar each, side by side, and leave no trace', async (t) => {
    const harness = createCliHarness(t);
    const began = performance.now();
    const { status, output } = await watch(harness, {}, 'pack', 'install', 'one', 'two', '--jobs', '2').ended;
    const seconds = (performance.now() - began) / 1000;
    assert.equal(status, 0, output);
    const { pictures } = taken(output);
    const bars = /^\S Download.*one\.tar\.gz +━+─+ +\d+%.*\n {2}Download.*two\.tar\.gz +━+─+ +\d+%/;
    assert.ok(
      pictures.some((picture) => bars.test(picture)),
      output,
    );
    assert.ok(
      pictures.some((picture) => /one\.tar\.gz .*\d% {2}0:0\d left/.test(picture)),
      'no picture says how long it takes',
    );
    assertNothingWraps(pictures);
    // One more for each line that stays and each step that begins.
    assert.ok(pictures.length < seconds * 10 + 20, `${pictures.length} pictures in ${seconds} s`);
    assert.ok(output.lastIndexOf(SHOW_CURSOR) > output.lastIndexOf(HIDE_CURSOR));
    const afterwards = output.slice(output.lastIndexOf(END_UPDATE));
    assert.match(stripVTControlCharacters(afterwards), /^✓ Pack 'one' installed successfully/);
  });

  test('lines that stay are whole', async (t) => {
    const harness = createCliHarness(t);
    const { output } = await watch(harness, {}, 'pack', 'install', 'one', 'two', '--jobs', '2', '--verbose').ended;
    const { rest } = taken(output);
    const lines = rest.split('\n');
    for (const ref of ['one', 'two']) {
      assert.ok(lines.includes(`Installing pack from: ${ref} 1.0.0 (index-1)`), rest);
      assert.match(rest, new RegExp(`^Downloading ${server.url(`/${ref}.tar.gz`)}: 100%, \\d+/\\d+ KiB`, 'm'));
    }
  });

  test('Ctrl-C while the spinner runs gives the cursor back', async (t) => {
    const { ended, child, output } = watch(createCliHarness(t), {}, 'pack', 'install', server.url('/stalled.tar.gz'));
    for (let waited = 0; !/Download/.test(taken(output()).pictures.at(-1) ?? '') && waited < 20_000; waited += 20)
      await sleep(20);
    child.stdin?.write('\u0003');
    const seen = await ended;
    assert.equal(seen.status, 130, seen.output);
    assert.ok(seen.output.lastIndexOf(SHOW_CURSOR) > seen.output.lastIndexOf(HIDE_CURSOR));
    assert.match(taken(seen.output).rest, /Error: Interrupted\.\nHint: Nothing was changed/);
  });

  test('an error while the spinner runs gives the cursor back', async (t) => {
    const { status, output } = await watch(createCliHarness(t), {}, 'pack', 'install', server.url('/none.tar.gz'))
      .ended;
    assert.equal(status, 9, output);
    assert.ok(output.includes(HIDE_CURSOR));
    assert.ok(output.lastIndexOf(SHOW_CURSOR) > output.lastIndexOf(HIDE_CURSOR));
  });

  test('a terminal that has no size any more ends nothing', async (t) => {
    const harness = createCliHarness(t);
    const shrink = { SHRINK: '(sleep 1; stty cols 0 rows 0 </dev/tty) &' };
    const { status, output } = await watch(harness, shrink, 'pack', 'install', 'one', 'two').ended;
    assert.equal(status, 0, output);
    assert.match(output, /Pack 'two' installed successfully/);
  });

  for (const { claim, variables = {}, words = [] } of PLAIN) {
    test(`nothing moves ${claim}`, async (t) => {
      const harness = createCliHarness(t);
      const { status, output } = await watch(harness, variables, 'pack', 'install', './none', ...words).ended;
      assert.equal(status, 4, output);
      assert.ok(!output.includes(HIDE_CURSOR), output);
      assert.deepEqual(taken(output).pictures, []);
    });
  }
});
