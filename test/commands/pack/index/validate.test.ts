import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { FIXTURES } from '../../../support/attune.ts';
import { createCliHarness } from '../../../support/cli.ts';
import { createRepository } from '../../../support/git/repository.ts';
import { startGitServer } from '../../../support/git/server.ts';
import { bytes, type Handler, page, redirect, stalls, startHttpServer } from '../../../support/http/server.ts';
import { entryOf, indexOf, sourceOf } from '../../../support/registry/index.ts';
import {
  gitSource,
  packArchive,
  packFiles,
  type SourceDocument,
  sha256Of,
  writeRegistry,
} from '../../../support/registry/server.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const PUBLIC_INDEX = join(FIXTURES, 'registry', 'public-index.json');

const harness = createCliHarness({ after });

/** Writes a file to the working directory and returns its name. */
function write(content: unknown, name = `${randomUUID()}.json`): string {
  writeFileSync(
    join(harness.directory, name),
    typeof content === 'string' ? content : JSON.stringify(content, null, 2),
  );
  return name;
}

interface Diagnostic {
  readonly severity: string;
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

test('index-validate: the public index is valid under both profiles without warnings', async () => {
  for (const profile of ['standard', 'local']) {
    const { status, document, stderr } = await harness.json(
      'pack',
      'index-validate',
      PUBLIC_INDEX,
      '--profile',
      profile,
    );
    assert.deepEqual(
      { status, document, stderr },
      {
        status: 0,
        document: { valid: true, index: PUBLIC_INDEX, profile, packs: 44, errors: 0, warnings: 0, diagnostics: [] },
        stderr: '',
      },
    );
  }
});

test('index-validate: an invalid index exits 3 and prints the report', async () => {
  const name = write(indexOf(entryOf('b', { version: '1' }), entryOf('a', { keywords: ['y', 'x'] })));
  const { status, document, stderr } = await harness.json('pack', 'index-validate', name);
  assert.equal(status, 3);
  assert.match(
    stderr,
    /^Error: \S+ is not valid \(local\): 1 error, 2 warnings\. The first error is in line 11: .*\n$/,
  );
  const { diagnostics, ...head } = document;
  assert.deepEqual(head, { valid: false, index: name, profile: 'local', packs: 2, errors: 1, warnings: 2 });
  assert.deepEqual(diagnostics[0], {
    severity: 'error',
    code: 'invalid-version',
    path: '/packs/0/version',
    line: 11,
    column: 7,
    message: "packs[0].version: '1' is not a semantic version such as 1.2.0 (pack 'b')",
    fix: 'Write three numbers, such as 1.2.0.',
  });
  assert.deepEqual(
    diagnostics.map(({ code }: Diagnostic) => code),
    ['invalid-version', 'unsorted-refs', 'unsorted-list'],
  );
});

test('index-validate: text output has one line for each finding with location and fix, then the verdict', async () => {
  const name = write(indexOf(entryOf('a', { keywords: ['y', 'x'] }), entryOf('b', { version: '1' })), 'two.json');
  const { status, stdout, stderr } = await harness.attune('pack', 'index-validate', name);
  assert.deepEqual({ status, stderr }, { status: 3, stderr: '' });
  assert.equal(
    stdout,
    `two.json:16:9: warning: packs[0].keywords[1]: 'x' is out of order: the list is not sorted (pack 'a') [unsorted-list]
    Sort the list.
two.json:45:7: error: packs[1].version: '1' is not a semantic version such as 1.2.0 (pack 'b') [invalid-version]
    Write three numbers, such as 1.2.0.
✗ two.json is not valid (local): 1 error, 1 warning
`,
  );
});

test('index-validate: warnings alone exit 0', async () => {
  const name = write(indexOf(entryOf('b'), entryOf('a')));
  const { status, stdout } = await harness.attune('pack', 'index-validate', name);
  assert.equal(status, 0);
  assert.match(stdout, /warning: .*\n.*\n✓ .* is valid \(local\): 2 packs, 0 errors, 1 warning\n$/);
});

test('index-validate: an unparsable document yields a report and exits 3', async () => {
  for (const text of ['{"packs": [', '[]', '<html>', '']) {
    const { status, document } = await harness.json('pack', 'index-validate', write(text));
    assert.deepEqual([status, document.valid, document.errors > 0], [3, false, true], text);
  }
});

test('index-validate: accepts an index in YAML', async () => {
  const name = write(
    `registry_name: A
registry_url: https://a.example
version: "1.0"
last_updated: "2026-08-22T01:53:58Z"
packs:
  - { ref: A, label: x, description: '', version: 1.0.0, author: x, license: MIT, keywords: [], runtime_deps: [],
      install_sources: [{ type: archive, url: "https://a.example/a.tgz", checksum: "sha256:${'0'.repeat(64)}" }],
      contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] } }
`,
    'index.yaml',
  );
  const { document } = await harness.json('pack', 'index-validate', name);
  assert.deepEqual(
    document.diagnostics.map(({ code, line, column }: { code: string; line: number; column: number }) => [
      code,
      line,
      column,
    ]),
    [['invalid-ref', 6, 7]],
  );
});

test('index-validate: escapes control sequences of the index', async () => {
  const { stdout } = await harness.attune('pack', 'index-validate', write(indexOf(entryOf('\u001b[2Ja\u0007'))));
  assert.match(stdout, /\\u001b\[2Ja\\u0007/);
  assert.ok(!stdout.includes('\u001b') && !stdout.includes('\u0007'));
});

describe('index-validate with an unreadable index', () => {
  const rows: { claim: string; args: string[]; status: number; code: string }[] = [
    { claim: 'a missing path', args: ['nowhere.json'], status: 4, code: 'NOT_FOUND_PATH' },
    { claim: 'a directory', args: ['.'], status: 3, code: 'INVALID_PATH' },
    { claim: 'an unknown URL scheme', args: ['ftp://a.example/i.json'], status: 3, code: 'INVALID_CONFIG' },
    {
      claim: 'a URL with --offline',
      args: ['https://a.example/i', '--offline'],
      status: 9,
      code: 'NETWORK_OFFLINE',
    },
    { claim: 'an unknown profile', args: [PUBLIC_INDEX, '--profile', 'mine'], status: 2, code: 'USAGE' },
    { claim: '--jobs 0', args: [PUBLIC_INDEX, '--jobs', '0'], status: 2, code: 'USAGE' },
  ];
  for (const { claim, args, status, code } of rows) {
    test(`index-validate: ${claim} exits ${status} without a report`, async () => {
      const run = await harness.json('pack', 'index-validate', ...args);
      assert.deepEqual([run.status, run.document.error.code], [status, code]);
    });
  }

  test('index-validate: a 404 response exits 9 without a report', async (t) => {
    const server = await startHttpServer(t, {});
    const run = await harness.json('pack', 'index-validate', server.url('/index.json'));
    assert.deepEqual([run.status, run.document.error.code], [9, 'NETWORK_HTTP_STATUS']);
    assert.match(run.document.error.message, /404/);
  });
});

test('index-validate: relative sources are resolved against the index URL before redirects', async (t) => {
  const archive = packArchive(packFiles({ ref: 'demo' }));
  const source = sourceOf({ url: 'archives/demo.tgz', checksum: sha256Of(archive) });
  const index = JSON.stringify(indexOf(entryOf('demo', { install_sources: [source] })));
  const server = await startHttpServer(t, {
    '/registry/index.json': redirect('/elsewhere/i'),
    '/elsewhere/i': bytes(index),
    '/registry/archives/demo.tgz': bytes(archive),
  });
  const url = server.url('/registry/index.json').replace('//', '//me:hunter2@');
  const { status, document } = await harness.json('pack', 'index-validate', url, '--check-sources');
  assert.deepEqual([status, document.sources], [0, { checked: 1, right: 1, wrong: 0, unreachable: 0 }]);
  assert.doesNotMatch(JSON.stringify(document), /hunter2/);
});

describe('index-validate --check-sources', () => {
  const good = packFiles({ ref: 'demo' });
  const archive = packArchive(good);
  const other = packArchive(packFiles({ ref: 'demo', version: '2.0.0' }));
  const empty = packArchive({ 'README.md': 'Nothing here\n' });
  const right = (url: string, content = archive): SourceDocument => ({
    type: 'archive',
    url,
    checksum: sha256Of(content),
  });

  /** Returns an index with an entry `demo` that has the given sources. */
  const indexWith = (sources: readonly SourceDocument[]) => indexOf(entryOf('demo', { install_sources: sources }));

  test('index-validate --check-sources: classifies each source and caches nothing', async (t) => {
    const repository = createRepository(t, good);
    const root = temporaryDirectory(t);
    repository.bareCopy(join(root, 'demo.git'));
    const git = await startGitServer(t, root);
    const http = await startHttpServer(t, {
      '/good.tgz': bytes(archive),
      '/changed.tgz': bytes(other),
      '/page.tgz': page(200, '<html>Sign in</html>'),
      '/other.tgz': bytes(other),
      '/empty.tgz': bytes(empty),
      '/text.tgz': bytes('no archive'),
      '/stalled.tgz': stalls(archive.subarray(0, 100)),
      '/broken.tgz': page(503, 'Later'),
      '/gone.tgz': page(410, 'Gone'),
    });
    const head = repository.head();
    const rows: [SourceDocument, string | undefined][] = [
      [right(http.url('/good.tgz')), undefined],
      [gitSource(`${git.url}/demo.git`, head, good), undefined],
      [gitSource(`${git.url}/demo.git`, 'main', good), undefined],
      [gitSource(repository.path, head, good), undefined],
      [right(http.url('/changed.tgz')), 'source-checksum'],
      [right(http.url('/page.tgz')), 'source-checksum'],
      [gitSource(`${git.url}/demo.git`, head, packFiles({ ref: 'demo', version: '1.0.1' })), 'source-checksum'],
      [right(http.url('/other.tgz'), other), 'source-identity'],
      [right(http.url('/empty.tgz'), empty), 'source-invalid'],
      [right(http.url('/text.tgz'), Buffer.from('no archive')), 'source-invalid'],
      [right(http.url('/missing.tgz')), 'source-missing'],
      [right(http.url('/gone.tgz')), 'source-missing'],
      [right('archives/missing.tgz'), 'source-missing'],
      [gitSource(`${git.url}/demo.git`, 'v9', good), 'source-missing'],
      [right(http.url('/stalled.tgz')), 'source-unreachable'],
      [right(http.url('/broken.tgz')), 'source-unreachable'],
      [right('http://127.0.0.1:1/a.tgz'), 'source-unreachable'],
      [right('http://packs.invalid/a.tgz'), 'source-unreachable'],
    ];
    const own = createCliHarness(t);
    writeFileSync(join(own.config, 'settings.yaml'), 'pack_registry: { timeout: 3 }\n');
    writeFileSync(join(own.directory, 'index.json'), JSON.stringify(indexWith(rows.map(([source]) => source))));
    const args = ['pack', 'index-validate', 'index.json', '--check-sources', '--jobs', '8'];
    const { status, document } = await own.json(...args);
    assert.equal(status, 3);
    const byPath = new Map<string, Diagnostic>(document.diagnostics.map((one: Diagnostic) => [one.path, one]));
    for (const [index, [{ url }, want]] of rows.entries()) {
      const diagnostic = byPath.get(`/packs/0/install_sources/${index}`);
      assert.equal(diagnostic?.code, want, `${url}: ${diagnostic?.message}`);
      assert.equal(diagnostic?.severity, want && 'error');
    }
    assert.equal(byPath.size, rows.filter(([, want]) => want).length);
    assert.deepEqual(document.sources, { checked: 18, right: 4, wrong: 10, unreachable: 4 });
    assert.deepEqual([document.errors, document.warnings], [14, 0]);
    const page200 = byPath.get('/packs/0/install_sources/5');
    assert.match(page200?.message ?? '', /HTTP status 200, text\/html.*20 bytes/);
    assert.match(page200?.fix ?? '', /instead of an archive/);
    assert.deepEqual(readdirSync(own.data), []);
    assert.deepEqual(readdirSync(join(dirname(own.data), 'tmp')), []);
  });

  test('index-validate --check-sources: prints progress and a summary', async (t) => {
    const http = await startHttpServer(t, { '/good.tgz': bytes(archive) });
    const name = write(indexWith([right(http.url('/good.tgz')), right(http.url('/missing.tgz'))]));
    const args = ['pack', 'index-validate', name, '--check-sources', '--jobs', '1'];
    const { status, stdout, stderr } = await harness.attune(...args);
    assert.equal(status, 3);
    assert.match(stderr, /^1\/2 demo 1\.0\.0: \S+\/good\.tgz matches the index$/m);
    assert.match(stderr, /^2\/2 demo 1\.0\.0: \S+\/missing\.tgz does not exist$/m);
    assert.match(stdout, /^✗ Sources: 1\/2 valid, 1 invalid, 0 unreachable$/m);
    assert.doesNotMatch(stdout, /1\/2 demo/);
    assert.equal((await harness.attune(...args, '--quiet')).stderr, '');
  });

  test('index-validate --check-sources: verifies earlier releases and weak checksums', async () => {
    const directory = join(harness.directory, 'releases');
    mkdirSync(directory);
    const index = writeRegistry(directory, [
      { ref: 'demo', version: '2.0.0' },
      { ref: 'demo', version: '1.0.0' },
    ]);
    assert.equal((await harness.json('pack', 'index-validate', index, '--check-sources')).document.sources.right, 2);
    const damaged = JSON.parse(readFileSync(index, 'utf8'));
    damaged.packs[0].install_sources[0].checksum = `md5:${'0'.repeat(32)}`;
    damaged.packs[0].releases[0].version = '1.1.0';
    writeFileSync(index, JSON.stringify(damaged));
    const { document } = await harness.json('pack', 'index-validate', index, '--check-sources');
    assert.deepEqual(
      document.diagnostics.map(({ code, path }: Diagnostic) => [code, path]),
      [
        ['source-checksum', '/packs/0/install_sources/0'],
        ['weak-checksum', '/packs/0/install_sources/0/checksum'],
        ['source-identity', '/packs/0/releases/0/install_sources/0'],
      ],
    );
  });

  test('index-validate --check-sources: downloads at most --jobs sources concurrently', async (t) => {
    let open = 0;
    let most = 0;
    let remaining = 7;
    const waiting: (() => void)[] = [];
    // Responses are held back until three requests are open or the last one has arrived, and then a little longer, so
    // that a request beyond the limit would be counted.
    const slow: Handler = (request, response) => {
      open += 1;
      remaining -= 1;
      most = Math.max(most, open);
      waiting.push(() => {
        open -= 1;
        bytes(archive)(request, response);
      });
      if (open === 3 || remaining === 0) setTimeout(() => waiting.splice(0).forEach((respond) => void respond()), 50);
    };
    const paths = ['/1', '/2', '/3', '/4', '/5', '/6', '/7'];
    const http = await startHttpServer(t, Object.fromEntries(paths.map((path) => [path, slow])));
    const own = createCliHarness(t);
    writeFileSync(
      join(own.directory, 'index.json'),
      JSON.stringify(indexWith(paths.map((path) => right(http.url(path))))),
    );
    const { document } = await own.json('pack', 'index-validate', 'index.json', '--check-sources', '--jobs', '3');
    assert.equal(document.sources.right, 7);
    assert.equal(most, 3);
  });

  test('index-validate --check-sources --offline: verifies local sources and opens no connection', async (t) => {
    const http = await startHttpServer(t, { '/good.tgz': bytes(archive) });
    writeFileSync(join(harness.directory, 'demo.tgz'), archive);
    const file = pathToFileURL(join(harness.directory, 'demo.tgz')).href;
    const name = write(indexWith([right(http.url('/good.tgz')), right(file)]));
    const { document } = await harness.json('pack', 'index-validate', name, '--check-sources', '--offline');
    assert.deepEqual(document.sources, { checked: 2, right: 1, wrong: 0, unreachable: 1 });
    assert.deepEqual(http.requests, []);
  });

  test('index-validate --check-sources: runs no tests of a pack', async (t) => {
    const proof = join(temporaryDirectory(t), 'ran');
    const directory = join(harness.directory, 'testing');
    mkdirSync(directory);
    const index = writeRegistry(directory, [{ ref: 'demo', test: `touch ${proof}; exit 1` }]);
    assert.equal((await harness.json('pack', 'index-validate', index, '--check-sources')).status, 0);
    assert.deepEqual(readdirSync(dirname(proof)), []);
  });
});
