// biome-ignore-all lint/suspicious/noTemplateCurlyInString: settings.yaml refers to variables in this form
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import { AttuneError } from '../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import type { Environment } from '../../src/platform/environment.ts';
import { configFile } from '../../src/platform/paths.ts';
import { temporaryDirectory } from '../support/temporary.ts';

function environment(variables: Environment['variables'] = {}): Environment {
  return {
    variables,
    workingDirectory: '/',
    homeDirectory: '/',
    hostName: 'host',
    userName: 'user',
    windows: false,
    processId: 1,
    arguments: [],
  };
}

/** Reads the configuration from a `settings.yaml` with this text; `undefined` means that there is no file. */
function read(t: TestContext, text: string | undefined, variables: Environment['variables'] = {}) {
  const directory = temporaryDirectory(t);
  const paths = { data: join(directory, 'data'), cache: join(directory, 'cache'), config: directory };
  if (text !== undefined) writeFileSync(configFile(paths), text);
  return readConfig(paths, environment(variables));
}

async function rejection(t: TestContext, text: string): Promise<AttuneError> {
  try {
    await read(t, text);
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('it was accepted');
}

describe('readConfig', () => {
  const defaults = {
    registries: {
      enabled: true,
      indices: [],
      mirrors: {},
      cacheTtlMs: 3_600_000,
      allowHttp: false,
      timeoutMs: 30_000,
    },
    downloads: { connectTimeoutMs: 15_000, attempts: 3, cacheBytes: 1_073_741_824 },
    keepReleases: 2,
    minReleaseAgeMs: undefined,
    testing: { wheels: [], limits: { memoryBytes: 2_147_483_648, cpuSeconds: 600, processes: 256 } },
    limits: DEFAULT_LIMITS,
  };

  for (const [claim, text] of [
    ['all values are defaults without a file', undefined],
    ['all values are defaults with an empty file', ''],
    ['all values are defaults with a file of comments', '# nothing\n'],
    ['all values are defaults with empty sections', 'pack_registry:\nlimits:\ntesting:\n'],
    ['all values are defaults with empty lists', 'pack_registry:\n  indices:\n  mirrors:\n'],
  ] as const) {
    test(claim, async (t) => assert.deepEqual(await read(t, text), defaults));
  }

  test('every documented key is read', async (t) => {
    const text = `
pack_registry:
  enabled: true
  indices:
    - { name: official, url: "https://index.example/index.json", priority: 1, enabled: true, headers: { Authorization: "Bearer \${TOKEN}" } }
    - name: local
      url: ./index.yaml
  mirrors:
    "https://github.com/": "file:///mnt/mirror/github/"
  cache_ttl: 60
  allow_http: true
  timeout: 5
  max_index_bytes: 1000
downloads: { connect_timeout: 3, attempts: 1, cache_bytes: 0 }
keep_releases: 5
min_release_age: 7d
testing: { wheels: [/mnt/wheels, ~/wheels], memory_bytes: 268435456, cpu_seconds: 30, processes: 64 }
`;
    assert.deepEqual(await read(t, text), {
      registries: {
        enabled: true,
        indices: [
          {
            name: 'official',
            url: 'https://index.example/index.json',
            priority: 1,
            enabled: true,
            headers: { Authorization: 'Bearer ${TOKEN}' },
          },
          { name: 'local', url: './index.yaml', priority: 100, enabled: true, headers: {} },
        ],
        mirrors: { 'https://github.com/': 'file:///mnt/mirror/github/' },
        cacheTtlMs: 60_000,
        allowHttp: true,
        timeoutMs: 5000,
      },
      downloads: { connectTimeoutMs: 3000, attempts: 1, cacheBytes: 0 },
      keepReleases: 5,
      minReleaseAgeMs: 7 * 24 * 3600 * 1000,
      testing: {
        wheels: ['/mnt/wheels', '~/wheels'],
        limits: { memoryBytes: 268_435_456, cpuSeconds: 30, processes: 64 },
      },
      limits: { ...DEFAULT_LIMITS, indexBytes: 1000 },
    });
  });

  test('each limit has a key', async (t) => {
    const keys = [
      'archive_bytes',
      'unpacked_bytes',
      'file_bytes',
      'entries',
      'path_component_bytes',
      'path_bytes',
      'compression_ratio',
      'ratio_free_bytes',
      'index_bytes',
      'yaml_bytes',
      'yaml_aliased_nodes',
      'redirects',
    ];
    const text = `limits:\n${keys.map((key, position) => `  ${key}: ${position + 10}\n`).join('')}`;
    assert.deepEqual(
      Object.values((await read(t, text)).limits),
      keys.map((_, position) => position + 10),
    );
  });

  test('setting one limit leaves the others at their defaults', async (t) => {
    assert.deepEqual((await read(t, 'limits: { redirects: 0 }')).limits, { ...DEFAULT_LIMITS, redirects: 0 });
  });

  test('the smaller of the two index sizes is used', async (t) => {
    const indexBytes = async (ownBytes: number, limit: number) =>
      (await read(t, `pack_registry: { max_index_bytes: ${ownBytes} }\nlimits: { index_bytes: ${limit} }`)).limits
        .indexBytes;
    assert.equal(await indexBytes(10, 20), 10);
    assert.equal(await indexBytes(20, 10), 10);
  });

  test('the index size may exceed the default', async (t) => {
    assert.equal((await read(t, 'pack_registry: { max_index_bytes: 999999999 }')).limits.indexBytes, 999_999_999);
  });

  for (const [text, want] of [
    ['off', undefined],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['0d', 0],
  ] as const) {
    test(`min_release_age may be ${text}`, async (t) =>
      assert.equal((await read(t, `min_release_age: ${text}`)).minReleaseAgeMs, want));
  }
});

describe('ATTUNE_REGISTRY_INDICES', () => {
  const file = 'pack_registry: { indices: [{ name: official, url: "https://a.example/" }], timeout: 5 }';

  test('the variable replaces the indices, in priority order, and nothing else', async (t) => {
    const { registries } = await read(t, file, {
      ATTUNE_REGISTRY_INDICES: 'https://b.example/i.json, ./local.yaml,,/srv/i.json ,',
    });
    assert.deepEqual(registries.indices, [
      { name: 'index-1', url: 'https://b.example/i.json', priority: 1, enabled: true, headers: {} },
      { name: 'index-2', url: './local.yaml', priority: 2, enabled: true, headers: {} },
      { name: 'index-3', url: '/srv/i.json', priority: 3, enabled: true, headers: {} },
    ]);
    assert.equal(registries.timeoutMs, 5000);
  });

  test('an empty variable is ignored', async (t) => {
    assert.equal((await read(t, file, { ATTUNE_REGISTRY_INDICES: ' ' })).registries.indices[0]?.name, 'official');
  });
});

describe('readConfig: settings.yaml is rejected', () => {
  const rows: { claim: string; text: string; want: RegExp }[] = [
    { claim: 'an unknown key', text: 'a: 1', want: /settings\.yaml:1:1 a: unknown key$/m },
    {
      claim: 'a misspelled key, with a suggestion',
      text: '\nkeep_release: 2',
      want: /settings\.yaml:2:1 keep_release: unknown key, did you mean 'keep_releases'\?$/m,
    },
    {
      claim: 'a misspelled key in a section',
      text: 'pack_registry:\n  cache_tll: 1',
      want: /:2:3 pack_registry\.cache_tll: unknown key, did you mean 'cache_ttl'\?$/m,
    },
    {
      claim: 'a misspelled key in an index',
      text: 'pack_registry:\n  indices:\n    - name: a\n      url: b\n      prioritty: 1',
      want: /:5:7 pack_registry\.indices\[0\]\.prioritty: unknown key, did you mean 'priority'\?$/m,
    },
    {
      claim: 'a misspelled limit',
      text: 'limits:\n  archive_byte: 1',
      want: /:2:3 limits\.archive_byte: unknown key, did you mean 'archive_bytes'\?$/m,
    },
    {
      claim: 'a limit in camel case',
      text: 'limits: { archiveBytes: 1 }',
      want: /limits\.archiveBytes: unknown key, did you mean 'archive_bytes'\?$/m,
    },
    {
      claim: 'verify_checksums, which does not exist',
      text: 'pack_registry: { verify_checksums: false }',
      want: /verify_checksums: unknown key$/m,
    },
    {
      claim: 'a quoted number',
      text: 'pack_registry: { timeout: "5" }',
      want: /timeout: expected a number but found the string "5"$/m,
    },
    {
      claim: 'a fractional timeout',
      text: 'pack_registry: { timeout: 0.5 }',
      want: /timeout: must be a whole number$/m,
    },
    { claim: 'a timeout of zero', text: 'pack_registry: { timeout: 0 }', want: /timeout: must be 1 or more$/m },
    { claim: 'a negative limit', text: 'limits: { entries: -1 }', want: /limits\.entries: must be 0 or more$/m },
    {
      claim: 'an infinite limit',
      text: 'limits: { entries: .inf }',
      want: /limits\.entries: must be a whole number$/m,
    },
    { claim: 'keep_releases of zero', text: 'keep_releases: 0', want: /keep_releases: must be 1 or more$/m },
    {
      claim: 'a memory limit below the minimum',
      text: 'testing: { memory_bytes: 1024 }',
      want: /testing\.memory_bytes: must be 16777216 or more$/m,
    },
    {
      claim: 'an age without a unit',
      text: 'min_release_age: 7 days',
      want: /min_release_age: must be off, or a time such as/m,
    },
    {
      claim: 'yes in place of true',
      text: 'pack_registry: { allow_http: yes }',
      want: /allow_http: expected true or false but found the string "yes"/m,
    },
    {
      claim: 'a list in place of a mapping',
      text: 'pack_registry: []',
      want: /pack_registry: expected a mapping but found a list$/m,
    },
    { claim: 'a document that is a list', text: '- a', want: /:1:1: expected a mapping but found a list$/m },
    {
      claim: 'an index without a URL',
      text: 'pack_registry: { indices: [{ name: a }] }',
      want: /indices\[0\]\.url: is missing$/m,
    },
    {
      claim: 'an index without a name',
      text: 'pack_registry: { indices: [{ url: a }] }',
      want: /indices\[0\]\.name: is missing$/m,
    },
    {
      claim: 'an empty URL',
      text: 'pack_registry: { indices: [{ name: a, url: "" }] }',
      want: /url: must not be empty$/m,
    },
    {
      claim: 'a name with spaces',
      text: 'pack_registry: { indices: [{ name: a b, url: c }] }',
      want: /name: must be letters/m,
    },
    {
      claim: 'two indices with the same name',
      text: 'pack_registry:\n  indices:\n    - { name: a, url: b }\n    - { name: a, url: c }',
      want: /:4:7 pack_registry\.indices\[1\]: the name 'a' is already used by another index$/m,
    },
    {
      claim: 'a header that is a number',
      text: 'pack_registry: { indices: [{ name: a, url: b, headers: { X: 1 } }] }',
      want: /headers\.X: expected a string but found the number 1/m,
    },
    {
      claim: 'a header of two lines',
      text: 'pack_registry: { indices: [{ name: a, url: b, headers: { X: "1\\r\\nY: 2" } }] }',
      want: /headers\.X: must be one line$/m,
    },
    {
      claim: 'a header with a colon in its name',
      text: 'pack_registry: { indices: [{ name: a, url: b, headers: { "X:": "1" } }] }',
      want: /'X:' is not a valid header name$/m,
    },
    {
      claim: 'a mirror for a prefix that is not a URL',
      text: 'pack_registry: { mirrors: { github.com: "file:///m/" } }',
      want: /'github\.com' is not the beginning of a URL$/m,
    },
    {
      claim: 'a mirror at a relative path',
      text: 'pack_registry: { mirrors: { "https://github.com/": "./m" } }',
      want: /must be a URL or the absolute path of a directory$/m,
    },
  ];
  for (const { claim, text, want } of rows) {
    test(`because of ${claim}`, async (t) => {
      const error = await rejection(t, text);
      assert.equal(error.code, 'INVALID_CONFIG');
      assert.match(error.message, want);
    });
  }

  test('because of several problems, which are reported together', async (t) => {
    const { message } = await rejection(
      t,
      'pack_registry:\n  timout: 1\n  enabled: maybe\nkeep_releases: 0\nother: 1\n',
    );
    assert.deepEqual(
      message
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/.*settings\.yaml:/, '')),
      [
        "2:3 pack_registry.timout: unknown key, did you mean 'timeout'?",
        '3:3 pack_registry.enabled: expected true or false but found the string "maybe"',
        '4:1 keep_releases: must be 1 or more',
        '5:1 other: unknown key',
      ],
    );
  });

  test('because it is not YAML, with the line', async (t) => {
    const error = await rejection(t, 'a: [\n');
    assert.equal(error.family, 'INVALID');
    assert.match(error.message, /settings\.yaml:\d+:\d+/);
  });

  test('because of a duplicate key', async (t) => {
    assert.match(
      (await rejection(t, 'keep_releases: 2\nkeep_releases: 3\n')).message,
      /:2:1 keep_releases: duplicate key/,
    );
  });

  test('because it is a directory', async (t) => {
    const directory = temporaryDirectory(t);
    mkdirSync(join(directory, 'settings.yaml'));
    await assert.rejects(() => readConfig({ data: '', cache: '', config: directory }, environment()), {
      code: 'INVALID_PATH',
    });
  });
});

test('readConfig: the file is not written, and variables are not expanded', async (t) => {
  const directory = temporaryDirectory(t);
  const paths = { data: '', cache: '', config: directory };
  const text = 'pack_registry: { indices: [{ name: a, url: "https://${USER}@a.example/" }] }\n';
  writeFileSync(configFile(paths), text);
  const config = await readConfig(paths, environment({ USER: 'secret' }));
  assert.equal(config.registries.indices[0]?.url, 'https://${USER}@a.example/');
  assert.equal(readFileSync(configFile(paths), 'utf8'), text);
});
