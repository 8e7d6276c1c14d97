import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import progressSchema from '../../../src/operations/about/progress.schema.json' with { type: 'json' };
import { createCliHarness } from '../../support/cli.ts';
import { startHttpServer } from '../../support/http/server.ts';
import { schemaValidator, undocumentedFields } from '../../support/json-schema.ts';
import { runInTmux, withoutTmux } from '../../support/processes/tmux.ts';
import { packArchive, packFiles, sha256Of, writeRegistry } from '../../support/registry/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A pack whose archive has more than 64 KiB. */
const demo = packArchive(packFiles({ ref: 'demo', files: { 'data.txt': randomBytes(50_000).toString('hex') } }));

interface HalfServer {
  readonly url: string;
  /** Sends the other half of the archive. */
  release(): void;
}

/** Starts a server that sends the first half of the archive at once, and the second half after the release. */
async function startHalfServer(t: TestContext): Promise<HalfServer> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const half = Math.ceil(demo.length / 2);
  const server = await startHttpServer(t, {
    '/demo.tar.gz': async (_, response) => {
      response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': demo.length });
      response.write(demo.subarray(0, half));
      await released;
      response.end(demo.subarray(half));
    },
  });
  return { url: server.url('/demo.tar.gz'), release };
}

/** Replaces what differs from run to run: the port, the frame of the spinner, the rate, the time left, the time. */
function normalized(screen: string): string {
  return screen
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/gm, '*')
    .replace(/ +[\d.]+ (?:[KM]i)?B\/s/g, '')
    .replace(/ +\d+:\d\d left/g, '')
    .replace(/"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g, '"at":"TIME"');
}

const NOTE = 'Installing pack from: http://127.0.0.1:PORT/demo.tar.gz (archive)';
const BAR = `* Downloading http://127.0.0.1:PORT/demo.tar.gz  ━━━━────   50%`;
const RECEIPT = "✓ Pack 'demo' installed successfully\n  Version: 1.0.0\n  ID: 1";
const LINES = [
  NOTE,
  'Downloading http://127.0.0.1:PORT/demo.tar.gz',
  'Unpacking http://127.0.0.1:PORT/demo.tar.gz',
  'Checking dependencies',
  'Installing',
  RECEIPT,
].join('\n');

interface ScreenClaim {
  readonly claim: string;
  readonly flags?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** What the screen shows while half of the archive has arrived, and at the end. */
  readonly during?: string;
  readonly after: string;
}

const withBar = { during: `${NOTE}\n${BAR}`, after: `${NOTE}\n${RECEIPT}` };

const SCREENS: readonly ScreenClaim[] = [
  { claim: 'a bar by default', ...withBar },
  { claim: 'a bar with bar in CI', flags: ['--progress', 'bar'], variables: { CI: 'true' }, ...withBar },
  { claim: 'a bar with bar and NO_COLOR', flags: ['--progress', 'bar'], variables: { NO_COLOR: '1' }, ...withBar },
  {
    claim: 'a bar without notes with bar and --quiet',
    flags: ['--progress', 'bar', '--quiet'],
    during: BAR,
    after: RECEIPT,
  },
  { claim: 'lines with plain', flags: ['--progress', 'plain'], after: LINES },
  { claim: 'lines with auto in CI', variables: { CI: 'true' }, after: LINES },
  {
    claim: 'lines with bar on a dumb terminal',
    flags: ['--progress', 'bar'],
    variables: { TERM: 'dumb' },
    after: LINES,
  },
  { claim: 'notes alone with none', flags: ['--progress', 'none'], after: `${NOTE}\n${RECEIPT}` },
  { claim: 'the result alone with none and --quiet', flags: ['--progress', 'none', '--quiet'], after: RECEIPT },
  {
    claim: 'one JSON object per line with json',
    flags: ['--progress', 'json'],
    after: [
      `{"event":"note","step":"${NOTE}","at":"TIME"}`,
      '{"event":"start","step":"Downloading http://127.0.0.1:PORT/demo.tar.gz","id":1,"at":"TIME"}',
      'PROGRESS',
      `{"event":"end","step":"Downloading http://127.0.0.1:PORT/demo.tar.gz","id":1,"bytes":${demo.length},"total":${demo.length},"at":"TIME"}`,
      '{"event":"step","step":"Unpacking http://127.0.0.1:PORT/demo.tar.gz","at":"TIME"}',
      '{"event":"step","step":"Checking dependencies","at":"TIME"}',
      '{"event":"step","step":"Installing","at":"TIME"}',
      RECEIPT,
    ].join('\n'),
  },
];

for (const { claim, flags = [], variables = {}, during, after } of SCREENS) {
  test(`progress: a terminal shows ${claim}`, { skip: withoutTmux }, async (t) => {
    const { url, release } = await startHalfServer(t);
    const size = { columns: 200, rows: 24, variables };
    const run = runInTmux(t, createCliHarness(t), size, 'pack', 'install', url, ...flags);
    if (during !== undefined) {
      let screen = '';
      // The screen is empty below the notes while the display is redrawn.
      await waitFor(() => {
        screen = run.screen();
        return screen.includes('50%');
      }, run.screen);
      assert.equal(normalized(screen).replace(/ +[\d.]+\/\d+ KiB$/m, ''), during);
    }
    release();
    assert.equal(await run.ended(), 0, run.screen());
    const screen = normalized(run.screen()).replace(/(?:\{"event":"progress".*\n)+/, 'PROGRESS\n');
    assert.equal(screen, after);
  });
}

test('progress: bar without a terminal prints lines', async (t) => {
  const { url, release } = await startHalfServer(t);
  release();
  const { status, stdout, stderr } = await createCliHarness(t).attune('pack', 'install', url, '--progress', 'bar');
  assert.deepEqual([status, stdout.trimEnd()], [0, RECEIPT]);
  assert.equal(`${normalized(stderr)}${RECEIPT}`, LINES);
});

interface ProgressLine {
  readonly event: string;
  readonly ref?: string;
  readonly step: string;
  readonly id?: number;
  readonly bytes?: number;
  readonly total?: number;
  readonly code?: string;
  readonly exit_code?: number;
}

/** Parses standard error, every line of which must be an event that the schema accepts. */
function parseEvents(stderr: string): ProgressLine[] {
  const errorsOf = schemaValidator(progressSchema);
  const events = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const event of events) assert.deepEqual(errorsOf(event), [], JSON.stringify(event));
  return events;
}

test('progress: json has events that the schema describes, with the pack and the bytes of each download', async (t) => {
  const { url, release } = await startHalfServer(t);
  release();
  const index = writeRegistry(temporaryDirectory(t), [
    { ref: 'demo', sources: [{ type: 'archive', url, checksum: sha256Of(demo) }] },
    { ref: 'tested', test: 'echo hello' },
  ]);
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
  const args = ['demo', 'tested', '--progress', 'json', '--json'];
  const { status, stdout, stderr } = await harness.attune('pack', 'install', ...args);
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).success, true);
  const events = parseEvents(stderr);
  const download = events.filter(({ step }) => step === `Downloading ${url}`);
  assert.deepEqual([download[0]?.event, download.at(-1)?.event], ['start', 'end']);
  assert.equal(new Set(download.map(({ id }) => id)).size, 1);
  assert.ok(download.every(({ ref }) => ref === 'demo'));
  assert.deepEqual([download.at(-1)?.bytes, download.at(-1)?.total], [demo.length, demo.length]);
  assert.ok(events.some(({ event, ref, step }) => event === 'start' && ref === 'tested' && /^Testing/.test(step)));
});

test('progress: json reports an error as an event, also when it is the result', async (t) => {
  const harness = createCliHarness(t);
  for (const flags of [[], ['--json']]) {
    const { status, stderr } = await harness.attune('pack', 'install', './none', '--progress', 'json', ...flags);
    const last = parseEvents(stderr).at(-1);
    assert.deepEqual([status, last?.event, last?.code, last?.exit_code], [4, 'error', 'NOT_FOUND_PATH', 4]);
  }
});

test('progress: json keeps names with control sequences and line breaks on one line', async (t) => {
  const harness = createCliHarness(t);
  const name = './a\u001b[2J\n\u009b2J\u202eb';
  const { stderr } = await harness.attune('pack', 'install', name, '--progress', 'json');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
  assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  assert.match(parseEvents(stderr).at(-1)?.step ?? '', /control character/);
});

test('progress: an unknown mode exits 2 and lists the modes', async (t) => {
  const { status, stderr } = await createCliHarness(t).attune('pack', 'list', '--progress', 'bars');
  assert.equal(status, 2);
  assert.match(stderr, /auto, bar, plain, json, none/);
});

test('progress: every field of the schema is documented', () => {
  assert.deepEqual(undocumentedFields(progressSchema), []);
});
