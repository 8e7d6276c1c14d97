// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in settings.yaml
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { IndexSetting, RegistrySettings } from '../../../src/config/types.ts';
import { AttuneError } from '../../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemHttp } from '../../../src/platform/http/system-http.ts';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { IndexCaches } from '../../../src/registry/cache/index-caches.ts';
import { openRegistries } from '../../../src/registry/lookup/registries.ts';
import { bytes, type Handler, page, redirect, stalls, startHttpServer } from '../../support/http/server.ts';
import { entryOf, indexOf, sourceOf } from '../../support/registry/index.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

type Setting = Partial<IndexSetting> & { url: string };

interface Harness {
  settings?: Partial<RegistrySettings>;
  variables?: Record<string, string>;
  workingDirectory?: string;
  indexBytes?: number;
  /** Long by default, so that a busy machine causes no timeout. */
  timeoutMs?: number;
  offline?: boolean;
}

/** The caches of all tests; each test has a separate one. */
const caches: IndexCaches[] = [];
const cacheRoot = temporaryDirectory({ after });
after(() => {
  for (const cache of caches) cache[Symbol.dispose]();
});

function openCaches(): IndexCaches {
  const opened = new IndexCaches(join(cacheRoot, String(caches.length), 'indexes.db'), assert.fail);
  caches.push(opened);
  return opened;
}

function open(indices: readonly Setting[], harness: Harness = {}) {
  const { variables = {}, timeoutMs = 60_000 } = harness;
  const registries: RegistrySettings = {
    enabled: true,
    indices: indices.map((setting, position) => ({
      name: `r${position + 1}`,
      priority: 100,
      enabled: true,
      headers: {},
      ...setting,
    })),
    mirrors: {},
    cacheTtlMs: 0,
    allowHttp: false,
    timeoutMs,
    ...harness.settings,
  };
  const http = systemHttp({
    offline: harness.offline ?? false,
    allowPlain: false,
    timeoutMs,
    redirects: 5,
    variables,
  });
  const limits = { ...DEFAULT_LIMITS, ...(harness.indexBytes === undefined ? {} : { indexBytes: harness.indexBytes }) };
  const reporter = collectWarnings(silentReporter);
  const workingDirectory = harness.workingDirectory ?? '/';
  const { offline = false } = harness;
  const tools = {
    http,
    reporter,
    limits,
    variables,
    workingDirectory,
    offline,
    clock: systemClock,
    caches: openCaches(),
  };
  return openRegistries({ registries }, tools);
}

const json = (...packs: unknown[]) => JSON.stringify(indexOf(...packs));
const serve = (...packs: unknown[]): Handler => bytes(json(...packs), 'application/json');

async function errorOf(attempt: Promise<unknown>): Promise<AttuneError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('it should have failed');
}

/** Starts three registries: `a` is in the first two, `b` in the second, `slack` in the third. */
async function threeRegistries(t: TestContext) {
  const server = await startHttpServer(t, {
    '/1.json': serve(entryOf('a', { version: '1.0.0' })),
    '/2.json': serve(entryOf('a', { version: '2.0.0' }), entryOf('b')),
    '/3.json': serve(entryOf('slack')),
  });
  return { server, urls: ['/1.json', '/2.json', '/3.json'].map((path) => ({ url: server.url(path) })) };
}

describe('registries: priority', () => {
  const rows: { title: string; change: Partial<IndexSetting>[]; ref: string; want: string | undefined }[] = [
    { title: 'equal priorities use the order of the file', change: [], ref: 'a', want: 'r1 1.0.0' },
    {
      title: 'the lowest priority number comes first',
      change: [{ priority: 5 }, { priority: 1 }],
      ref: 'a',
      want: 'r2 2.0.0',
    },
    {
      title: 'a priority number may be negative',
      change: [{ priority: 0 }, { priority: -1 }],
      ref: 'a',
      want: 'r2 2.0.0',
    },
    { title: 'the first registry that has the ref is used', change: [], ref: 'b', want: 'r2 1.0.0' },
    { title: 'a disabled registry is skipped', change: [{ enabled: false }], ref: 'a', want: 'r2 2.0.0' },
    { title: 'an unknown ref is not found', change: [], ref: 'zzz', want: undefined },
    {
      title: 'the name of an inherited object property is not found',
      change: [],
      ref: 'constructor',
      want: undefined,
    },
  ];
  for (const { title, change, ref, want } of rows) {
    test(`registries: ${title}`, async (t) => {
      const { urls } = await threeRegistries(t);
      const found = await open(urls.map((url, position) => ({ ...url, ...change[position] }))).find(ref);
      assert.equal(found && `${found.registry.name} ${found.entry.version}`, want);
    });
  }

  test('registries: a chosen registry is the only one used, even if it is disabled', async (t) => {
    const { urls, server } = await threeRegistries(t);
    const registries = open(urls.map((url) => ({ ...url, enabled: false })));
    assert.equal((await registries.find('a', { registry: 'r2' }))?.entry.version, '2.0.0');
    assert.equal(await registries.find('b', { registry: 'r1' }), undefined);
    assert.deepEqual(server.requests, ['GET /2.json', 'GET /1.json']);
  });

  test('registries: later registries are not contacted once a pack is found', async (t) => {
    const { urls, server } = await threeRegistries(t);
    await open(urls).find('a');
    assert.deepEqual(server.requests, ['GET /1.json']);
  });

  test('registries: concurrent lookups download each index once', async (t) => {
    const { urls, server } = await threeRegistries(t);
    const registries = open(urls);
    await Promise.all([registries.find('a'), registries.find('zzz'), registries.get('b'), registries.find('slack')]);
    await registries.find('zzz');
    assert.deepEqual(server.requests.toSorted(), ['GET /1.json', 'GET /2.json', 'GET /3.json']);
  });
});

test('registries: a found pack lists the version of the entry first, then its releases', async (t) => {
  const release = {
    version: '0.9.0',
    install_sources: [sourceOf()],
    runtime_deps: [],
    dependencies: { packs: ['core'] },
    yanked: 'bad',
  };
  const server = await startHttpServer(t, { '/i.json': serve(entryOf('a', { releases: [release] })) });
  const found = await open([{ url: server.url('/i.json') }]).get('a');
  assert.deepEqual(
    found.versions.map(({ version, dependencies, yanked }) => ({ version, dependencies, yanked })),
    [
      { version: '1.0.0', dependencies: [], yanked: undefined },
      { version: '0.9.0', dependencies: ['core'], yanked: 'bad' },
    ],
  );
  assert.deepEqual(
    found.versions.map(({ release: { installSources } }) => installSources[0]?.url),
    ['https://packs.example/a.tgz', 'https://packs.example/a.tgz'],
  );
});

describe('registries: locations of an index', () => {
  const content = json(entryOf('a', { install_sources: [sourceOf({ url: '../packs/a b.tgz' })] }));

  /** Creates a directory that contains `reg/index.json`. */
  function directory(t: TestContext) {
    const root = temporaryDirectory(t);
    mkdirSync(join(root, 'reg'));
    writeFileSync(join(root, 'reg', 'index.json'), content);
    return { root, want: `${pathToFileURL(root).href}/packs/a%20b.tgz` };
  }
  const sourceUrl = async (registries: ReturnType<typeof open>) =>
    (await registries.get('a')).entry.installSources[0]?.url;

  test('registries: an index can be at a path relative to the working directory', async (t) => {
    const { root, want } = directory(t);
    assert.equal(await sourceUrl(open([{ url: 'reg/index.json' }], { workingDirectory: root })), want);
  });

  test('registries: an index can be at an absolute path', async (t) => {
    const { root, want } = directory(t);
    assert.equal(await sourceUrl(open([{ url: join(root, 'reg', 'index.json') }])), want);
  });

  test('registries: an index can be at a file URL', async (t) => {
    const { root, want } = directory(t);
    assert.equal(await sourceUrl(open([{ url: pathToFileURL(join(root, 'reg', 'index.json')).href }])), want);
  });

  test('registries: the path of an index can contain a variable', async (t) => {
    const { root, want } = directory(t);
    assert.equal(
      await sourceUrl(open([{ url: '${WHERE}/index.json' }], { variables: { WHERE: join(root, 'reg') } })),
      want,
    );
  });

  test('registries: an index can be at an http URL', async (t) => {
    const server = await startHttpServer(t, { '/reg/index': bytes(content) });
    assert.equal(await sourceUrl(open([{ url: server.url('/reg/index') }])), server.url('/packs/a%20b.tgz'));
  });

  test('registries: after a redirect, source URLs are relative to the configured URL', async (t) => {
    const server = await startHttpServer(t, {
      '/r/index.json': redirect('/deep/down/x.json'),
      '/deep/down/x.json': bytes(content),
    });
    assert.equal(await sourceUrl(open([{ url: server.url('/r/index.json') }])), server.url('/packs/a%20b.tgz'));
  });

  test('registries: with a mirror, source URLs are relative to the configured URL', async (t) => {
    const { root } = directory(t);
    const settings = { mirrors: { 'https://index.example/': join(root, 'reg') } };
    const registries = open([{ url: 'https://index.example/index.json' }], { settings });
    assert.equal(await sourceUrl(registries), 'https://index.example/packs/a%20b.tgz');
  });
});

describe('registries: source URLs', () => {
  const rows = [
    {
      title: 'an absolute source URL is unchanged',
      url: 'https://other.example/x.tgz',
      want: 'https://other.example/x.tgz',
    },
    {
      title: 'an scp-style source URL is unchanged',
      type: 'git',
      url: 'git@github.com:org/a.git',
      want: 'git@github.com:org/a.git',
    },
    {
      title: 'a source URL with a compound scheme is unchanged',
      type: 'git',
      url: 'git+ssh://git@h.example/a.git',
      want: 'git+ssh://git@h.example/a.git',
    },
    { title: 'a file name is relative to the index', url: 'a.tgz', want: '<origin>/reg/a.tgz' },
    { title: 'a source URL with a leading dot is relative to the index', url: './a.tgz', want: '<origin>/reg/a.tgz' },
    { title: 'an absolute path is relative to the origin', url: '/a.tgz', want: '<origin>/a.tgz' },
    { title: 'a source URL cannot leave the origin', url: '../../../a.tgz', want: '<origin>/a.tgz' },
    {
      title: 'variables in a source URL are not expanded',
      url: 'a-${TOKEN}.tgz',
      want: '<origin>/reg/a-$%7BTOKEN%7D.tgz',
    },
  ];
  for (const { title, type = 'archive', url, want } of rows) {
    test(`registries: ${title}`, async (t) => {
      const sources = [sourceOf({ type, url, ref: 'v1' })];
      const release = { version: '0.1.0', install_sources: sources, runtime_deps: [] };
      const entry = entryOf('a', { install_sources: sources, releases: [release] });
      const server = await startHttpServer(t, { '/reg/index.json': serve(entry) });
      const found = await open([{ url: server.url('/reg/index.json') }], { variables: { TOKEN: 'secret' } }).get('a');
      const expected = want.replace('<origin>', server.origin);
      assert.deepEqual(
        found.versions.map(({ release: { installSources } }) => installSources[0]?.url),
        [expected, expected],
      );
    });
  }
});

describe('registries: credentials', () => {
  const checked: Handler = (request, response) => {
    const { authorization, 'x-key': key } = request.headers;
    if (authorization === 'Bearer s3cret' && key === 'plain') serve(entryOf('a'))(request, response);
    else page(401, 'who are you', 'text/plain')(request, response);
  };
  const headers = { Authorization: 'Bearer ${TOKEN}', 'X-Key': 'plain' };

  test('registries: variables in headers are expanded', async (t) => {
    const server = await startHttpServer(t, { '/i.json': checked });
    const registries = open([{ url: server.url('/i.json'), headers }], { variables: { TOKEN: 's3cret' } });
    assert.equal((await registries.get('a')).entry.ref, 'a');
  });

  test('registries: an unset variable in a header stops the lookup and is named', async (t) => {
    const server = await startHttpServer(t, { '/i.json': checked });
    const error = await errorOf(open([{ url: server.url('/i.json'), headers }]).find('a'));
    assert.equal(error.code, 'INVALID_CONFIG');
    assert.match(error.message, /registry 'r1' .*\$\{TOKEN\} is not set/);
    assert.deepEqual(server.requests, []);
  });

  test('registries: an unset variable is ignored if the registry is not contacted', async (t) => {
    const { urls } = await threeRegistries(t);
    assert.ok(await open([...urls.slice(0, 1), { url: 'https://${UNSET}/', headers }]).find('a'));
  });

  test('registries: headers and credentials are not sent to a mirror', async (t) => {
    const seen: unknown[] = [];
    const server = await startHttpServer(t, {
      '/m/i.json': (request, response) => {
        seen.push(request.headers.authorization);
        serve(entryOf('a'))(request, response);
      },
    });
    const settings = { mirrors: { 'https://index.example/': server.url('/m/') } };
    await open([{ url: 'https://me:pw@index.example/i.json', headers }], { settings }).get('a');
    assert.deepEqual(seen, [undefined]);
  });

  test('registries: credentials and values of variables are not in messages and facts', async (t) => {
    const server = await startHttpServer(t, {});
    const url = `${server.origin.replace('//', '//me:hunter2@')}/\${PART}/i.json?key=\${KEY}`;
    const error = await errorOf(open([{ url }], { variables: { PART: 'p@rt one', KEY: 's3cret/key' } }).find('a'));
    assert.equal(error.code, 'NETWORK_HTTP_STATUS');
    const output = [error.message, error.hint, JSON.stringify(error.facts), String(error.cause)].join('\n');
    assert.doesNotMatch(output, /hunter2|s3cret|p@rt|p%40rt/);
    assert.match(output, /\$\{PART\}\/i\.json\?key=…/);
  });
});

describe('registries: an unreadable registry stops the lookup', () => {
  const rows: {
    title: string;
    handler: Handler;
    timeoutMs?: number;
    code: string;
    message: RegExp;
    hint?: RegExp;
  }[] = [
    {
      title: 'status 404',
      handler: page(404, 'Not Found'),
      code: 'NETWORK_HTTP_STATUS',
      message: /status 404 \(text\/html; charset=utf-8\)/,
      hint: /Check the URL/,
    },
    {
      title: 'status 403',
      handler: page(403, 'no'),
      code: 'NETWORK_HTTP_STATUS',
      message: /status 403/,
      hint: /'headers' in settings\.yaml/,
    },
    {
      title: 'status 503',
      handler: page(503, 'later', 'text/plain'),
      code: 'NETWORK_HTTP_STATUS',
      message: /status 503 \(text\/plain\)/,
      hint: /later/,
    },
    {
      title: 'status 204',
      handler: page(204, ''),
      code: 'NETWORK_HTTP_STATUS',
      message: /status 204/,
    },
    {
      title: 'a stalled response',
      handler: stalls('{'),
      // The headers and the first byte have to arrive in time.
      timeoutMs: 3000,
      code: 'NETWORK_TIMEOUT',
      message: /it stopped sending its response/,
    },
    {
      title: 'a web page',
      handler: page(200, '<html>Sign in'),
      code: 'INVALID_INDEX',
      message: /status 200, text\/html; charset=utf-8, 13 bytes[\s\S]*web page/,
    },
    {
      title: 'JSON that is not an index',
      handler: bytes('{"packs": 1}', 'application/json'),
      code: 'INVALID_INDEX',
      message: /packs: expected a list/,
    },
    {
      title: 'invalid JSON',
      handler: bytes('{', 'application/json'),
      code: 'INVALID_JSON',
      message: /as JSON/,
    },
    {
      title: 'an endless redirect',
      handler: redirect('/i.json'),
      code: 'NETWORK_REDIRECT',
      message: /redirects more than 5 times/,
    },
  ];
  for (const { title, handler, timeoutMs, code, message, hint } of rows) {
    test(`registries: ${title} stops the lookup with ${code}`, async (t) => {
      const server = await startHttpServer(t, { '/i.json': handler, '/2.json': serve(entryOf('a')) });
      const harness = timeoutMs === undefined ? {} : { timeoutMs };
      const indices = [{ url: server.url('/i.json') }, { url: server.url('/2.json') }];
      const error = await errorOf(open(indices, harness).find('a'));
      assert.equal(error.code, code);
      assert.match(error.message, /^Cannot read the registry 'r1' \(/);
      assert.match(error.message, message);
      if (hint) assert.match(error.hint ?? '', hint);
      assert.match(error.hint ?? '', /--registry\.$/);
      assert.equal(error.facts['registry'], 'r1');
      assert.ok(!server.requests.includes('GET /2.json'));
    });
  }

  test('registries: a refused connection stops the lookup with NETWORK_UNREACHABLE', async () => {
    const error = await errorOf(open([{ url: 'http://127.0.0.1:1/i.json' }]).find('a'));
    assert.equal(error.code, 'NETWORK_UNREACHABLE');
  });

  test('registries: --offline without a copy stops the lookup with NETWORK_OFFLINE', async () => {
    const error = await errorOf(open([{ url: 'https://index.example/i.json' }], { offline: true }).find('a'));
    assert.equal(error.code, 'NETWORK_OFFLINE');
  });

  test('registries: plain http stops the lookup with NETWORK_REFUSED', async () => {
    const error = await errorOf(open([{ url: 'http://index.example/i.json' }]).find('a'));
    assert.equal(error.code, 'NETWORK_REFUSED');
  });

  test('registries: a missing file stops the lookup with NOT_FOUND_PATH', async (t) => {
    const error = await errorOf(open([{ url: 'i.json' }], { workingDirectory: temporaryDirectory(t) }).find('a'));
    assert.equal(error.code, 'NOT_FOUND_PATH');
    assert.match(error.message, /registry 'r1'/);
  });

  test('registries: an unsupported URL stops the lookup with INVALID_CONFIG', async () => {
    for (const url of [
      'ftp://index.example/i.json',
      'ssh://h/i.json',
      'https://',
      'file://other-host/i.json',
      'file:///a%2fb',
    ]) {
      assert.equal((await errorOf(open([{ url }]).find('a'))).code, 'INVALID_CONFIG', url);
    }
  });

  test('registries: a file above the size limit stops the lookup with INVALID_INDEX', async (t) => {
    const root = temporaryDirectory(t);
    writeFileSync(join(root, 'i.json'), json(entryOf('a')));
    const error = await errorOf(open([{ url: 'i.json' }], { workingDirectory: root, indexBytes: 100 }).find('a'));
    assert.equal(error.code, 'INVALID_INDEX');
    assert.match(error.hint ?? '', /max_index_bytes/);
  });

  test('registries: an endless response stops the lookup at the size limit', async (t) => {
    let sent = 0;
    const endless: Handler = (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed) {
          sent += 1000;
          if (!response.write(Buffer.alloc(1000, 0x20))) break;
        }
      };
      response.on('drain', more);
      more();
    };
    const server = await startHttpServer(t, { '/i.json': endless });
    const error = await errorOf(open([{ url: server.url('/i.json') }], { indexBytes: 10_000 }).find('a'));
    assert.equal(error.code, 'INVALID_INDEX');
    assert.match(error.message, /more than 10000 bytes/);
    assert.ok(sent < 50_000_000);
  });

  test('registries: a later or disabled registry that is unreadable does not stop the lookup', async (t) => {
    const { urls } = await threeRegistries(t);
    const broken = { url: 'http://127.0.0.1:1/i.json' };
    assert.ok(await open([...urls, broken]).find('a'));
    assert.ok(await open([{ ...broken, enabled: false }, ...urls]).find('a'));
    assert.ok(await open([{ ...broken, priority: 200 }, ...urls]).find('a'));
  });
});

describe('registries: packs that are not found', () => {
  test('registries: the error for an unknown pack names the registries and similar refs', async (t) => {
    const { urls } = await threeRegistries(t);
    const error = await errorOf(open(urls).get('slakc'));
    assert.equal(error.code, 'NOT_FOUND_PACK');
    assert.equal(error.message, "There is no pack 'slakc' in any of the registries 'r1', 'r2', 'r3'.");
    assert.equal(error.hint, "Did you mean 'slack'?");
    assert.deepEqual(error.facts, { ref: 'slakc', registries: ['r1', 'r2', 'r3'], near: ['slack'] });
  });

  test('registries: the error for an unknown pack without similar refs suggests a search', async (t) => {
    const { urls } = await threeRegistries(t);
    const error = await errorOf(open(urls.slice(0, 1)).get('kubernetes'));
    assert.equal(error.message, "There is no pack 'kubernetes' in the registry 'r1'.");
    assert.match(error.hint ?? '', /attune pack search kubernetes'\. .* write \.\/kubernetes/);
  });

  const rows: { title: string; indices: Setting[]; settings?: Partial<RegistrySettings>; why: RegExp }[] = [
    { title: 'no registry is configured', indices: [], why: /no registry is configured/ },
    {
      title: 'registries are disabled',
      indices: [{ url: 'a' }],
      settings: { enabled: false },
      why: /registries are disabled \(pack_registry\.enabled/,
    },
    {
      title: 'every registry is disabled',
      indices: [{ url: 'a', enabled: false }],
      why: /every configured registry is disabled/,
    },
  ];
  for (const { title, indices, settings = {}, why } of rows) {
    test(`registries: a required pack fails with NOT_FOUND_REGISTRY if ${title}`, async () => {
      const error = await errorOf(open(indices, { settings }).get('a'));
      assert.equal(error.code, 'NOT_FOUND_REGISTRY');
      assert.match(error.message, why);
      assert.match(
        error.hint ?? '',
        /attune registry add NAME URL' .*pack_registry\.indices in settings\.yaml.*ATTUNE_REGISTRY_INDICES/,
      );
      assert.equal(await open(indices, { settings }).find('a'), undefined);
    });
  }

  test('registries: the error for an unknown registry names the configured ones and suggests one', async () => {
    const registries = open([
      { url: 'x', name: 'official' },
      { url: 'y', name: 'local' },
    ]);
    const error = await errorOf(registries.find('a', { registry: 'offical' }));
    assert.equal(error.code, 'NOT_FOUND_REGISTRY');
    assert.equal(error.message, "There is no registry 'offical'; configured: 'official', 'local'.");
    assert.equal(error.hint, "Did you mean 'official'?");
  });
});
