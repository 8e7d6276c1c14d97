// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in settings.yaml have this form
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { type CliHarness, contentsOf, createCliHarness } from '../support/cli.ts';
import { bytes, guarded, inSequence, page, servedFile, startHttpServer } from '../support/http/server.ts';
import { entryOf, indexOf } from '../support/registry/index.ts';
import { writeRegistry } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';

const INDEX = JSON.stringify(indexOf(entryOf('core'), entryOf('slack')));
const OFFICIAL =
  '# mine\npack_registry:\n  cache_ttl: 60   # a minute\n  indices:\n    - { name: official, url: "<url>", priority: 1 }  # theirs\n';

function harnessWith(t: TestContext, config: string | undefined, url = ''): CliHarness {
  const harness = createCliHarness(t);
  if (config !== undefined) writeFiles(harness.config, { 'settings.yaml': config.replace('<url>', url) });
  return harness;
}

const configOf = ({ config }: CliHarness) => readFileSync(join(config, 'settings.yaml'), 'utf8');

suite('registry add', { concurrency: 2 }, () => {
  test('registry add: reads the index, then writes a private settings.yaml', async (t) => {
    const server = await startHttpServer(t, { '/i.json': bytes(INDEX) });
    const harness = harnessWith(t, undefined);
    const { status, document, stderr } = await harness.json('registry', 'add', 'house', server.url('/i.json'));
    assert.equal(status, 0, stderr);
    const path = join(harness.config, 'settings.yaml');
    assert.deepEqual(document, {
      success: true,
      name: 'house',
      url: server.url('/i.json'),
      priority: 100,
      enabled: true,
      packs: 2,
      config_file: path,
      warnings: [],
    });
    assert.equal(
      configOf(harness),
      `pack_registry:\n  indices:\n    - name: house\n      url: ${server.url('/i.json')}\n`,
    );
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o077, 0);
    const { document: list } = await harness.json('registry', 'list');
    assert.deepEqual(server.requests, ['GET /i.json']);
    assert.match(list.registries[0].fetched_at, /^20/);
    assert.deepEqual(
      { ...list.registries[0], fetched_at: '' },
      {
        name: 'house',
        url: server.url('/i.json'),
        priority: 100,
        enabled: true,
        packs: 2,
        fetched_at: '',
        status: 'fresh',
      },
    );
  });

  test('registry add: changes only its own lines of settings.yaml, also through a symbolic link', async (t) => {
    const server = await startHttpServer(t, { '/i.json': guarded('ada', 'pw', bytes(INDEX)) });
    const harness = harnessWith(t, undefined);
    const target = join(harness.directory, 'dotfiles.yaml');
    writeFileSync(target, OFFICIAL, { mode: 0o640 });
    symlinkSync(target, join(harness.config, 'settings.yaml'));
    const basic = Buffer.from('ada:pw').toString('base64');
    const flags = ['--priority', '-3', '--header', 'Authorization: Basic ${LOGIN}', '--header', 'X-Who: me'];
    const run = await harness.attuneWith({ LOGIN: basic }, 'registry', 'add', 'house', server.url('/i.json'), ...flags);
    assert.equal(run.status, 0, run.stderr);
    const written = `    - { name: house, url: ${server.url('/i.json')}, priority: -3, headers: { Authorization: "Basic \${LOGIN}", X-Who: me } }\n`;
    assert.equal(readFileSync(target, 'utf8'), OFFICIAL + written);
    assert.equal(statSync(target).mode & 0o777, 0o640);
    assert.match(run.stdout, /✓ Registry 'house' added\n {2}URL: http\S+\n {2}Priority: -3\n {2}Packs: 2\n/);
    assert.doesNotMatch(run.stderr, /Warning/);
  });

  test('registry add: writes a relative path as an absolute one', async (t) => {
    const harness = harnessWith(t, undefined);
    writeRegistry(join(harness.directory, 'reg'), [{ ref: 'demo' }]);
    assert.equal((await harness.attune('registry', 'add', 'here', 'reg/index.json')).status, 0);
    assert.match(configOf(harness), new RegExp(`url: ${join(harness.directory, 'reg', 'index.json')}\n`));
    const { document } = await harness.json('pack', 'search', 'demo');
    assert.deepEqual([document.results[0].ref, document.results[0].registry], ['demo', 'here']);
  });

  test('registry add: warns of secrets in settings.yaml and prints none of them', async (t) => {
    const server = await startHttpServer(t, { '/i.json': bytes(INDEX) });
    const harness = harnessWith(t, undefined);
    const url = server.url('/i.json').replace('//', '//ada:S3cret@');
    const run = await harness.attune('registry', 'add', 'house', url, '--header', 'X-Api-Key: S3cret');
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, /header 'X-Api-Key' .* write \$\{NAME\} instead/);
    assert.match(run.stderr, /login in the URL .* write \$\{NAME\}/);
    assert.doesNotMatch(run.stdout + run.stderr, /S3cret/);
    const listed = await harness.attune('registry', 'list');
    assert.doesNotMatch(listed.stdout + listed.stderr, /S3cret/);
    for (const [path, content] of Object.entries(contentsOf(dirname(harness.data)))) {
      if (path !== 'config/settings.yaml') assert.ok(!content.includes('S3cret'), path);
    }
  });

  const refusals: { claim: string; args: string[]; status: number; code: string; message?: RegExp }[] = [
    { claim: 'an existing name', args: ['official', '<url>'], status: 5, code: 'EXISTS_REGISTRY' },
    { claim: 'a name with a space', args: ['a b', '<url>'], status: 2, code: 'USAGE', message: /'a b'/ },
    { claim: 'a header without a value', args: ['x', '<url>', '--header', 'Auth'], status: 2, code: 'USAGE' },
    {
      claim: 'a header twice',
      args: ['x', '<url>', '--header', 'A: 1', '--header', 'a: 2'],
      status: 2,
      code: 'USAGE',
      message: /twice/,
    },
    { claim: 'an unsupported URL scheme', args: ['x', 'ftp://h/i'], status: 3, code: 'INVALID_CONFIG' },
    { claim: 'a page that is not an index', args: ['x', '<page>'], status: 3, code: 'INVALID_INDEX' },
    { claim: 'a missing page', args: ['x', '<missing>'], status: 9, code: 'NETWORK_HTTP_STATUS' },
    { claim: 'a missing path', args: ['x', 'nowhere.json'], status: 4, code: 'NOT_FOUND_PATH' },
    { claim: 'an empty path', args: ['x', ''], status: 2, code: 'USAGE' },
    { claim: 'an unset variable', args: ['x', '${WHERE}'], status: 3, code: 'INVALID_CONFIG', message: /\$\{WHERE\}/ },
    { claim: 'a URL with --offline', args: ['x', '<url>', '--offline'], status: 9, code: 'NETWORK_OFFLINE' },
    {
      claim: 'an unsupported URL scheme with --disabled --offline',
      args: ['x', 'ftp://h/i', '--disabled', '--offline'],
      status: 3,
      code: 'INVALID_CONFIG',
    },
  ];
  for (const { claim, args, status, code, message } of refusals) {
    test(`registry add: ${claim} exits ${status} and leaves settings.yaml unchanged`, async (t) => {
      const server = await startHttpServer(t, { '/i.json': bytes(INDEX), '/page': page(200, '<html>Sign in') });
      const harness = harnessWith(t, OFFICIAL, 'https://o.example/i.json');
      const before = configOf(harness);
      const paths: Record<string, string> = { '<url>': '/i.json', '<page>': '/page', '<missing>': '/none' };
      const resolved = args.map((arg) => (paths[arg] === undefined ? arg : server.url(paths[arg])));
      const run = await harness.json('registry', 'add', ...resolved);
      assert.deepEqual([run.status, run.document.error.code], [status, code], JSON.stringify(run.document));
      if (message) assert.match(run.document.error.message, message);
      assert.equal(configOf(harness), before);
    });
  }

  test('registry add: --disabled --offline adds a URL without a request', async (t) => {
    const harness = harnessWith(t, undefined);
    const { status, document } = await harness.json(
      'registry',
      'add',
      'later',
      'https://h.example/i',
      '--disabled',
      '--offline',
    );
    assert.deepEqual([status, document.packs, document.enabled], [0, null, false]);
    const { document: list } = await harness.json('registry', 'list');
    assert.deepEqual([list.registries[0].status, list.registries[0].packs], ['disabled', null]);
  });

  test('registry add: warns if ATTUNE_REGISTRY_INDICES replaces the configuration', async (t) => {
    const harness = harnessWith(t, undefined);
    const index = writeRegistry(harness.directory, [{ ref: 'demo' }]);
    const { document } = await harness.jsonWith({ ATTUNE_REGISTRY_INDICES: index }, 'registry', 'add', 'one', index);
    assert.match(document.warnings.join(), /ATTUNE_REGISTRY_INDICES is set and replaces/);
    const { document: list } = await harness.jsonWith({ ATTUNE_REGISTRY_INDICES: index }, 'registry', 'list');
    assert.deepEqual([list.registries[0].name, list.registries[0].status], ['index-1', 'local']);
  });

  test('registry add: concurrent runs lose no registry', async (t) => {
    const harness = harnessWith(t, '# mine\n');
    const index = writeRegistry(harness.directory, [{ ref: 'demo' }]);
    const names = ['a', 'b', 'c', 'd'];
    const runs = await Promise.all(names.map((name) => harness.attune('registry', 'add', name, index)));
    for (const { status, stderr } of runs) assert.equal(status, 0, stderr);
    const { document } = await harness.json('registry', 'list');
    assert.deepEqual(document.registries.map(({ name }: { name: string }) => name).toSorted(), names);
    assert.match(configOf(harness), /^# mine\n/);
  });
});

suite('registry list', () => {
  test('registry list: without registries, shows how to add one', async (t) => {
    const harness = harnessWith(t, undefined);
    assert.match((await harness.attune('registry', 'list')).stdout, /attune registry add NAME URL/);
    assert.deepEqual((await harness.json('registry', 'list')).document, { registries: [] });
  });

  test('registry list: shows the status of each registry in order of priority without a request', async (t) => {
    const server = await startHttpServer(t, { '/i.json': bytes(INDEX) });
    const harness = harnessWith(t, undefined);
    const local = writeRegistry(harness.directory, [{ ref: 'demo' }]);
    const index = (name: string, url: string, more = '') => `    - { name: ${name}, url: "${url}"${more} }\n`;
    const config = [
      'pack_registry:\n  indices:\n',
      index('last', server.url('/i.json?never'), ', priority: 200'),
      index('seen', server.url('/i.json')),
      index('off', 'https://off.example/i', ', enabled: false'),
      index('file', local),
      index('gone', join(harness.directory, 'gone.json')),
      index('unset', 'https://${HOST}/i'),
    ];
    writeFiles(harness.config, { 'settings.yaml': config.join('') });
    await harness.attune('registry', 'refresh', 'seen');
    const requestCount = server.requests.length;
    const { document } = await harness.json('registry', 'list');
    const registries = document.registries as { name: string; status: string; packs: number | null }[];
    assert.deepEqual(
      registries.map(({ name, status, packs }) => [name, status, packs]),
      [
        ['seen', 'fresh', 2],
        ['off', 'disabled', null],
        ['file', 'local', null],
        ['gone', 'missing', null],
        ['unset', 'unusable', null],
        ['last', 'never', null],
      ],
    );
    assert.equal(server.requests.length, requestCount);
    writeFiles(harness.config, { 'settings.yaml': `${config.join('')}  cache_ttl: 0\n` });
    const { document: stale } = await harness.json('registry', 'list');
    assert.equal(stale.registries[0].status, 'stale');
    const { stdout } = await harness.attune('registry', 'list');
    assert.match(stdout, /^NAME +PRIORITY +STATUS +PACKS +FETCHED +URL\nseen +100 +stale +2 +20\S+Z +http/);
  });
});

suite('registry remove', { concurrency: 2 }, () => {
  test('registry remove: removes only its lines and warns of packs installed from it', async (t) => {
    const harness = harnessWith(t, undefined);
    const index = writeRegistry(harness.directory, [{ ref: 'demo' }]);
    writeFiles(harness.config, { 'settings.yaml': OFFICIAL.replace('<url>', index) });
    assert.equal((await harness.attune('pack', 'install', 'demo')).status, 0);
    const { status, document } = await harness.json('registry', 'remove', 'official');
    assert.equal(status, 0);
    assert.deepEqual(document.bound, ['demo']);
    assert.match(document.warnings.join(), /installed from the registry 'official'.*: demo/);
    assert.equal(configOf(harness), '# mine\npack_registry:\n  cache_ttl: 60   # a minute\n  indices:\n');
    assert.equal((await harness.json('pack', 'list')).document.packs.length, 1);
  });

  test('registry remove: an unknown name exits 4 with a suggestion', async (t) => {
    const harness = harnessWith(t, OFFICIAL, 'https://o.example/i');
    const { status, document } = await harness.json('registry', 'remove', 'offical');
    assert.deepEqual([status, document.error.code], [4, 'NOT_FOUND_REGISTRY']);
    assert.equal(document.error.hint, "Did you mean 'official'?");
  });

  test('registry remove: does not create a missing settings.yaml', async (t) => {
    const harness = harnessWith(t, undefined);
    assert.equal((await harness.attune('registry', 'remove', 'x')).status, 4);
    assert.ok(!existsSync(join(harness.config, 'settings.yaml')));
  });
});

suite('registry refresh', { concurrency: 2 }, () => {
  test('registry refresh: queries all enabled registries and exits with the status of the first failure', async (t) => {
    const tagged = servedFile({ content: Buffer.from(INDEX), headers: { etag: '"x"' } });
    const server = await startHttpServer(t, {
      '/same': tagged,
      '/new': inSequence(bytes(INDEX), bytes(JSON.stringify(indexOf(entryOf('core'))))),
      '/page': page(200, '<html>'),
      '/off': bytes(INDEX),
    });
    const harness = harnessWith(t, undefined);
    const indices = ['page', 'missing', 'new', 'same'].map(
      (name) => `    - { name: ${name}, url: "${server.url(`/${name}`)}" }\n`,
    );
    const off = `    - { name: off, url: "${server.url('/off')}", enabled: false }\n`;
    writeFiles(harness.config, { 'settings.yaml': `pack_registry:\n  indices:\n${indices.join('')}${off}` });
    const run = async () => {
      const { status, document } = await harness.json('registry', 'refresh');
      assert.equal(status, 3);
      return document.registries as { name: string; status: string; packs: number | null; error?: { code: string } }[];
    };
    const row = ({ name, status, packs, error }: Awaited<ReturnType<typeof run>>[number]) => [
      name,
      status,
      packs,
      error?.code,
    ];
    const failed = [
      ['page', 'failed', null, 'INVALID_INDEX'],
      ['missing', 'failed', null, 'NETWORK_HTTP_STATUS'],
    ];
    assert.deepEqual((await run()).map(row), [
      ...failed,
      ['new', 'updated', 2, undefined],
      ['same', 'updated', 2, undefined],
    ]);
    assert.deepEqual((await run()).map(row), [
      ...failed,
      ['new', 'updated', 1, undefined],
      ['same', 'unchanged', 2, undefined],
    ]);
    assert.ok(!server.requests.includes('GET /off'));
    const named = await harness.json('registry', 'refresh', 'off');
    assert.deepEqual([named.status, named.document.registries[0].status], [0, 'updated']);
    const text = await harness.attune('registry', 'refresh');
    assert.match(text.stdout, /✗ page: Cannot read[\s\S]*✓ new: unchanged, 1 pack\n✓ same: unchanged, 2 packs\n$/);
  });

  test('registry refresh: --offline sends no request and exits 9', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(INDEX) });
    const harness = harnessWith(t, OFFICIAL, server.url('/i'));
    assert.equal((await harness.attune('registry', 'refresh')).status, 0);
    const { status, document } = await harness.json('registry', 'refresh', '--offline');
    assert.deepEqual([status, document.registries[0].error.code], [9, 'NETWORK_OFFLINE']);
    assert.equal(server.requests.length, 1);
  });

  test('registry refresh: two concurrent runs leave one complete index and do not block readers', async (t) => {
    const many = Array.from({ length: 2000 }, (_, index) => entryOf(`p${String(index).padStart(4, '0')}`));
    let requests = 0;
    const server = await startHttpServer(t, {
      '/i': (request, response) => {
        requests += 1;
        bytes(JSON.stringify({ ...indexOf(...many), registry_name: `Number ${requests}` }))(request, response);
      },
    });
    const harness = harnessWith(t, OFFICIAL, server.url('/i'));
    const runs = await Promise.all([
      harness.attune('registry', 'refresh'),
      harness.attune('registry', 'refresh'),
      harness.attune('pack', 'search', 'p0007'),
      harness.attune('registry', 'list'),
    ]);
    for (const { status, stderr } of runs) assert.equal(status, 0, stderr);
    const { document } = await harness.json('pack', 'search', 'p1999', '--offline');
    assert.equal(document.results.length, 1);
    assert.equal((await harness.json('registry', 'list')).document.registries[0].packs, 2000);
  });
});
