// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in config.yaml
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { IndexSetting, RegistrySettings } from '../../../src/config/config.ts';
import { AttuneError } from '../../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemHttp } from '../../../src/platform/http/system-http.ts';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { IndexCaches } from '../../../src/registry/cache/index-cache.ts';
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
  offline?: boolean;
}

/** A cache of its own for each test: where it is kept is no matter here. */
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
  const variables = harness.variables ?? {};
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
    timeoutMs: 300,
    ...harness.settings,
  };
  const http = systemHttp({
    offline: harness.offline ?? false,
    allowPlain: false,
    timeoutMs: 300,
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

async function refusal(attempt: Promise<unknown>): Promise<AttuneError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('it should have been refused');
}

/** Three registries: `a` in the first two, `b` in the second, `c` in the third. */
async function three(t: TestContext) {
  const server = await startHttpServer(t, {
    '/1.json': serve(entryOf('a', { version: '1.0.0' })),
    '/2.json': serve(entryOf('a', { version: '2.0.0' }), entryOf('b')),
    '/3.json': serve(entryOf('slack')),
  });
  return { server, urls: ['/1.json', '/2.json', '/3.json'].map((path) => ({ url: server.url(path) })) };
}

describe('the registry that decides', () => {
  const rows: { claim: string; change: Partial<IndexSetting>[]; ref: string; want: string | undefined }[] = [
    { claim: 'is the first of the file where all have one priority', change: [], ref: 'a', want: 'r1 1.0.0' },
    {
      claim: 'is the one with the lowest number',
      change: [{ priority: 5 }, { priority: 1 }],
      ref: 'a',
      want: 'r2 2.0.0',
    },
    { claim: 'may have a negative number', change: [{ priority: 0 }, { priority: -1 }], ref: 'a', want: 'r2 2.0.0' },
    { claim: 'is the first that has the ref', change: [], ref: 'b', want: 'r2 1.0.0' },
    { claim: 'is never a disabled one', change: [{ enabled: false }], ref: 'a', want: 'r2 2.0.0' },
    { claim: 'is none where none has the ref', change: [], ref: 'zzz', want: undefined },
    {
      claim: 'is none for the name of something that every object has',
      change: [],
      ref: 'constructor',
      want: undefined,
    },
  ];
  for (const { claim, change, ref, want } of rows) {
    test(claim, async (t) => {
      const { urls } = await three(t);
      const found = await open(urls.map((url, position) => ({ ...url, ...change[position] }))).find(ref);
      assert.equal(found && `${found.registry.name} ${found.entry.version}`, want);
    });
  }

  test('is the one that is named, even a disabled one, and no other', async (t) => {
    const { urls, server } = await three(t);
    const registries = open(urls.map((url) => ({ ...url, enabled: false })));
    assert.equal((await registries.find('a', { registry: 'r2' }))?.entry.version, '2.0.0');
    assert.equal(await registries.find('b', { registry: 'r1' }), undefined);
    assert.deepEqual(server.requests, ['GET /2.json', 'GET /1.json']);
  });

  test('ends the search: those behind it are not asked', async (t) => {
    const { urls, server } = await three(t);
    await open(urls).find('a');
    assert.deepEqual(server.requests, ['GET /1.json']);
  });

  test('is read once, however often and at the same time it is asked', async (t) => {
    const { urls, server } = await three(t);
    const registries = open(urls);
    await Promise.all([registries.find('a'), registries.find('zzz'), registries.get('b'), registries.find('slack')]);
    await registries.find('zzz');
    assert.deepEqual(server.requests.toSorted(), ['GET /1.json', 'GET /2.json', 'GET /3.json']);
  });
});

test('what was found can be chosen from: the entry first, then its releases', async (t) => {
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

describe('an index can be at', () => {
  const content = json(entryOf('a', { install_sources: [sourceOf({ url: '../packs/a b.tgz' })] }));

  /** A directory with `reg/index.json` in it. */
  function directory(t: TestContext) {
    const root = temporaryDirectory(t);
    mkdirSync(join(root, 'reg'));
    writeFileSync(join(root, 'reg', 'index.json'), content);
    return { root, want: `${pathToFileURL(root).href}/packs/a%20b.tgz` };
  }
  const sourceUrl = async (registries: ReturnType<typeof open>) =>
    (await registries.get('a')).entry.installSources[0]?.url;

  test('a path relative to the working directory', async (t) => {
    const { root, want } = directory(t);
    assert.equal(await sourceUrl(open([{ url: 'reg/index.json' }], { workingDirectory: root })), want);
  });

  test('an absolute path', async (t) => {
    const { root, want } = directory(t);
    assert.equal(await sourceUrl(open([{ url: join(root, 'reg', 'index.json') }])), want);
  });

  test('a file URL', async (t) => {
    const { root, want } = directory(t);
    assert.equal(await sourceUrl(open([{ url: pathToFileURL(join(root, 'reg', 'index.json')).href }])), want);
  });

  test('a path with a variable in it', async (t) => {
    const { root, want } = directory(t);
    assert.equal(
      await sourceUrl(open([{ url: '${WHERE}/index.json' }], { variables: { WHERE: join(root, 'reg') } })),
      want,
    );
  });

  test('an http URL', async (t) => {
    const server = await startHttpServer(t, { '/reg/index': bytes(content) });
    assert.equal(await sourceUrl(open([{ url: server.url('/reg/index') }])), server.url('/packs/a%20b.tgz'));
  });

  test('the end of a redirect, and what is relative stays relative to where it was configured', async (t) => {
    const server = await startHttpServer(t, {
      '/r/index.json': redirect('/deep/down/x.json'),
      '/deep/down/x.json': bytes(content),
    });
    assert.equal(await sourceUrl(open([{ url: server.url('/r/index.json') }])), server.url('/packs/a%20b.tgz'));
  });

  test('a mirror, and what is relative stays relative to where it was configured', async (t) => {
    const { root } = directory(t);
    const settings = { mirrors: { 'https://index.example/': join(root, 'reg') } };
    const registries = open([{ url: 'https://index.example/index.json' }], { settings });
    assert.equal(await sourceUrl(registries), 'https://index.example/packs/a%20b.tgz');
  });
});

describe('the URL of a source in an index', () => {
  const rows = [
    { claim: 'that is absolute stays', url: 'https://other.example/x.tgz', want: 'https://other.example/x.tgz' },
    {
      claim: 'that is a path on another machine stays',
      url: 'git@github.com:org/a.git',
      want: 'git@github.com:org/a.git',
    },
    {
      claim: 'that says how to speak stays',
      url: 'git+ssh://git@h.example/a.git',
      want: 'git+ssh://git@h.example/a.git',
    },
    { claim: 'that is a name is beside the index', url: 'a.tgz', want: '<origin>/reg/a.tgz' },
    { claim: 'that begins with a dot is beside the index', url: './a.tgz', want: '<origin>/reg/a.tgz' },
    { claim: 'that is a path begins at the root', url: '/a.tgz', want: '<origin>/a.tgz' },
    { claim: 'cannot climb above the root', url: '../../../a.tgz', want: '<origin>/a.tgz' },
    { claim: 'is not expanded', url: 'a-${TOKEN}.tgz', want: '<origin>/reg/a-$%7BTOKEN%7D.tgz' },
  ];
  for (const { claim, url, want } of rows) {
    test(claim, async (t) => {
      const release = { version: '0.1.0', install_sources: [sourceOf({ url })], runtime_deps: [] };
      const entry = entryOf('a', { install_sources: [sourceOf({ url })], releases: [release] });
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

describe('credentials', () => {
  const checked: Handler = (request, response) => {
    const { authorization, 'x-key': key } = request.headers;
    if (authorization === 'Bearer s3cret' && key === 'plain') serve(entryOf('a'))(request, response);
    else page(401, 'who are you', 'text/plain')(request, response);
  };
  const headers = { Authorization: 'Bearer ${TOKEN}', 'X-Key': 'plain' };

  test('in headers are taken from the environment', async (t) => {
    const server = await startHttpServer(t, { '/i.json': checked });
    const registries = open([{ url: server.url('/i.json'), headers }], { variables: { TOKEN: 's3cret' } });
    assert.equal((await registries.get('a')).entry.ref, 'a');
  });

  test('that are not set stop the search, by name', async (t) => {
    const server = await startHttpServer(t, { '/i.json': checked });
    const error = await refusal(open([{ url: server.url('/i.json'), headers }]).find('a'));
    assert.equal(error.code, 'INVALID_CONFIG');
    assert.match(error.message, /registry 'r1' .*\$\{TOKEN\} is not set/);
    assert.deepEqual(server.requests, []);
  });

  test('that are not set do not matter where nobody asks the registry', async (t) => {
    const { urls } = await three(t);
    assert.ok(await open([...urls.slice(0, 1), { url: 'https://${UNSET}/', headers }]).find('a'));
  });

  test('are not sent to a mirror', async (t) => {
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

  test('in the user info or taken from variables are in no message and no fact', async (t) => {
    const server = await startHttpServer(t, {});
    const url = `${server.origin.replace('//', '//me:hunter2@')}/\${PART}/i.json?key=\${KEY}`;
    const error = await refusal(open([{ url }], { variables: { PART: 'p@rt one', KEY: 's3cret/key' } }).find('a'));
    assert.equal(error.code, 'NETWORK_HTTP_STATUS');
    const told = [error.message, error.hint, JSON.stringify(error.facts), String(error.cause)].join('\n');
    assert.doesNotMatch(told, /hunter2|s3cret|p@rt|p%40rt/);
    assert.match(told, /\$\{PART\}\/i\.json\?key=…/);
  });
});

describe('a registry that cannot be read stops the search', () => {
  const rows: { claim: string; handler: Handler; code: string; message: RegExp; hint?: RegExp }[] = [
    {
      claim: 'because the page is missing',
      handler: page(404, 'Not Found'),
      code: 'NETWORK_HTTP_STATUS',
      message: /status 404 \(text\/html; charset=utf-8\)/,
      hint: /Check the URL/,
    },
    {
      claim: 'because it wants credentials',
      handler: page(403, 'no'),
      code: 'NETWORK_HTTP_STATUS',
      message: /status 403/,
      hint: /'headers' in config\.yaml/,
    },
    {
      claim: 'because the server is broken',
      handler: page(503, 'later', 'text/plain'),
      code: 'NETWORK_HTTP_STATUS',
      message: /status 503 \(text\/plain\)/,
      hint: /later/,
    },
    {
      claim: 'because there is nothing in the answer',
      handler: page(204, ''),
      code: 'NETWORK_HTTP_STATUS',
      message: /status 204/,
    },
    {
      claim: 'because the server says nothing',
      handler: stalls('{'),
      code: 'NETWORK_TIMEOUT',
      message: /its answer stopped coming/,
    },
    {
      claim: 'because a web page is there',
      handler: page(200, '<html>Sign in'),
      code: 'INVALID_INDEX',
      message: /status 200, text\/html; charset=utf-8, 13 bytes[\s\S]*web page/,
    },
    {
      claim: 'because it is no index',
      handler: bytes('{"packs": 1}', 'application/json'),
      code: 'INVALID_INDEX',
      message: /packs: expected a list/,
    },
    {
      claim: 'because it is no JSON',
      handler: bytes('{', 'application/json'),
      code: 'INVALID_JSON',
      message: /as JSON/,
    },
    {
      claim: 'because it redirects for ever',
      handler: redirect('/i.json'),
      code: 'NETWORK_REDIRECT',
      message: /redirects more than 5 times/,
    },
  ];
  for (const { claim, handler, code, message, hint } of rows) {
    test(claim, async (t) => {
      const server = await startHttpServer(t, { '/i.json': handler, '/2.json': serve(entryOf('a')) });
      const error = await refusal(open([{ url: server.url('/i.json') }, { url: server.url('/2.json') }]).find('a'));
      assert.equal(error.code, code);
      assert.match(error.message, /^Cannot read the registry 'r1' \(/);
      assert.match(error.message, message);
      if (hint) assert.match(error.hint ?? '', hint);
      assert.match(error.hint ?? '', /--registry\.$/);
      assert.equal(error.facts['registry'], 'r1');
      assert.ok(!server.requests.includes('GET /2.json'));
    });
  }

  test('because nobody listens', async () => {
    const error = await refusal(open([{ url: 'http://127.0.0.1:1/i.json' }]).find('a'));
    assert.equal(error.code, 'NETWORK_UNREACHABLE');
  });

  test('because the network is forbidden', async () => {
    const error = await refusal(open([{ url: 'https://index.example/i.json' }], { offline: true }).find('a'));
    assert.equal(error.code, 'NETWORK_OFFLINE');
  });

  test('because plain http is refused', async () => {
    const error = await refusal(open([{ url: 'http://index.example/i.json' }]).find('a'));
    assert.equal(error.code, 'NETWORK_REFUSED');
  });

  test('because the file is missing', async (t) => {
    const error = await refusal(open([{ url: 'i.json' }], { workingDirectory: temporaryDirectory(t) }).find('a'));
    assert.equal(error.code, 'NOT_FOUND_PATH');
    assert.match(error.message, /registry 'r1'/);
  });

  test('because its address is of another kind', async () => {
    for (const url of [
      'ftp://index.example/i.json',
      'ssh://h/i.json',
      'https://',
      'file://other-host/i.json',
      'file:///a%2fb',
    ]) {
      assert.equal((await refusal(open([{ url }]).find('a'))).code, 'INVALID_CONFIG', url);
    }
  });

  test('because a file is too large', async (t) => {
    const root = temporaryDirectory(t);
    writeFileSync(join(root, 'i.json'), json(entryOf('a')));
    const error = await refusal(open([{ url: 'i.json' }], { workingDirectory: root, indexBytes: 100 }).find('a'));
    assert.equal(error.code, 'INVALID_INDEX');
    assert.match(error.hint ?? '', /max_index_bytes/);
  });

  test('because an answer does not end', async (t) => {
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
    const error = await refusal(open([{ url: server.url('/i.json') }], { indexBytes: 10_000 }).find('a'));
    assert.equal(error.code, 'INVALID_INDEX');
    assert.match(error.message, /more than 10000 bytes/);
    assert.ok(sent < 50_000_000);
  });

  test('but not where it comes after the one that decides, or is disabled', async (t) => {
    const { urls } = await three(t);
    const broken = { url: 'http://127.0.0.1:1/i.json' };
    assert.ok(await open([...urls, broken]).find('a'));
    assert.ok(await open([{ ...broken, enabled: false }, ...urls]).find('a'));
    assert.ok(await open([{ ...broken, priority: 200 }, ...urls]).find('a'));
  });
});

describe('a pack that has to be there', () => {
  test('and is not is told with the registries asked and what is near', async (t) => {
    const { urls } = await three(t);
    const error = await refusal(open(urls).get('slakc'));
    assert.equal(error.code, 'NOT_FOUND_PACK');
    assert.equal(error.message, "There is no pack 'slakc' in any of the registries 'r1', 'r2', 'r3'.");
    assert.equal(error.hint, "Did you mean 'slack'?");
    assert.deepEqual(error.facts, { ref: 'slakc', registries: ['r1', 'r2', 'r3'], near: ['slack'] });
  });

  test('is told how to be looked for where nothing is near', async (t) => {
    const { urls } = await three(t);
    const error = await refusal(open(urls.slice(0, 1)).get('kubernetes'));
    assert.equal(error.message, "There is no pack 'kubernetes' in the registry 'r1'.");
    assert.match(error.hint ?? '', /attune pack search kubernetes; .* write \.\/kubernetes/);
  });

  const rows: { claim: string; indices: Setting[]; settings?: Partial<RegistrySettings>; why: RegExp }[] = [
    { claim: 'nowhere, because nothing is configured', indices: [], why: /no registry is configured/ },
    {
      claim: 'nowhere, because all is switched off',
      indices: [{ url: 'a' }],
      settings: { enabled: false },
      why: /switched off \(pack_registry\.enabled/,
    },
    {
      claim: 'nowhere, because each is disabled',
      indices: [{ url: 'a', enabled: false }],
      why: /every configured registry is disabled/,
    },
  ];
  for (const { claim, indices, settings = {}, why } of rows) {
    test(claim, async () => {
      const error = await refusal(open(indices, { settings }).get('a'));
      assert.equal(error.code, 'NOT_FOUND_REGISTRY');
      assert.match(error.message, why);
      assert.match(
        error.hint ?? '',
        /attune registry add NAME URL .*pack_registry\.indices in config\.yaml.*ATTUNE_REGISTRY_INDICES/,
      );
      assert.equal(await open(indices, { settings }).find('a'), undefined);
    });
  }

  test('in a registry that there is not', async () => {
    const registries = open([
      { url: 'x', name: 'official' },
      { url: 'y', name: 'local' },
    ]);
    const error = await refusal(registries.find('a', { registry: 'offical' }));
    assert.equal(error.code, 'NOT_FOUND_REGISTRY');
    assert.equal(error.message, "There is no registry 'offical'; configured: 'official', 'local'.");
    assert.equal(error.hint, "Did you mean 'official'?");
  });
});
