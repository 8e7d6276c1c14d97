// biome-ignore-all lint/suspicious/noTemplateCurlyInString: settings.yaml refers to variables in this form
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createCliHarness } from '../support/cli.ts';
import { printedCommands, runInShell } from '../support/printed-commands.ts';

const CONTENT = `# mine
pack_registry:
  cache_ttl: 60 # short
  indices:
    - { name: official, url: "https://user:secret@h.example/i.json", headers: { Authorization: plain, X-Token: "\${TOKEN}" } }
  mirrors:
    "https://github.com/": /mnt/github
keep_releases: 4
`;

function withSettings(t: Parameters<typeof createCliHarness>[0], content: string | null = CONTENT) {
  const harness = createCliHarness(t);
  const file = join(harness.config, 'settings.yaml');
  if (content !== null) writeFileSync(file, content);
  return { harness, file, read: () => readFileSync(file, 'utf8') };
}

test('config list: states for every setting whether it comes from the file, the environment or the defaults', async (t) => {
  const { harness, file } = withSettings(t);
  const listed = async (variables: Record<string, string>) => {
    const { status, document } = await harness.jsonWith(variables, 'config', 'list');
    assert.equal(status, 0);
    assert.deepEqual([document.config_file, document.exists], [file, true]);
    return (key: string) => document.settings.find((one: { key: string }) => one.key === key);
  };
  const find = await listed({});
  assert.deepEqual(find('pack_registry.cache_ttl'), {
    key: 'pack_registry.cache_ttl',
    value: 60,
    source: 'file',
    line: 3,
  });
  assert.deepEqual(find('downloads.attempts'), { key: 'downloads.attempts', value: 3, source: 'default' });
  assert.equal(find('pack_registry.indices').source, 'file');
  const overridden = (await listed({ ATTUNE_REGISTRY_INDICES: '/other.json' }))('pack_registry.indices');
  assert.deepEqual([overridden.source, overridden.variable], ['environment', 'ATTUNE_REGISTRY_INDICES']);
  assert.deepEqual(
    overridden.value.map(({ url }: { url: string }) => url),
    ['/other.json'],
  );
});

test('config list: prints a table and no secrets', async (t) => {
  const { harness } = withSettings(t);
  const { status, stdout } = await harness.attune('config', 'list');
  assert.equal(status, 0);
  assert.match(stdout, /^KEY +VALUE +FROM\n/m);
  assert.match(stdout, /^pack_registry\.cache_ttl +60 +settings\.yaml:3$/m);
  assert.match(stdout, /^downloads\.attempts +3 +default$/m);
  assert.match(stdout, /\$\{TOKEN\}/);
  assert.doesNotMatch(stdout, /secret|plain/);
});

const VALUES: readonly { key: string; stdout: string }[] = [
  { key: 'pack_registry.cache_ttl', stdout: '60\n' },
  { key: 'pack_registry.enabled', stdout: 'true\n' },
  { key: 'min_release_age', stdout: 'off\n' },
  { key: 'limits.redirects', stdout: '5\n' },
  { key: 'pack_registry.mirrors', stdout: 'https://github.com/: /mnt/github\n' },
  { key: 'pack_registry.mirrors.https://github.com/', stdout: '/mnt/github\n' },
  { key: 'pack_registry.indices.official.url', stdout: 'https://h.example/i.json\n' },
  { key: 'pack_registry.indices.0.priority', stdout: '100\n' },
  { key: 'pack_registry.indices.official.headers.Authorization', stdout: '***\n' },
  { key: 'testing.wheels', stdout: '[]\n' },
  { key: 'downloads', stdout: 'attempts: 3\ncache_bytes: 1073741824\nconnect_timeout: 15\n' },
];

describe('config get: prints the value alone, and lists and mappings as YAML', () => {
  for (const { key, stdout } of VALUES) {
    test(key, async (t) => {
      const run = await withSettings(t).harness.attune('config', 'get', key);
      assert.deepEqual([run.status, run.stdout, run.stderr], [0, stdout, '']);
    });
  }
});

const CHANGES: readonly { claim: string; args: string[]; from: string; to: string }[] = [
  {
    claim: 'set replaces a number and keeps the comments',
    args: ['set', 'pack_registry.cache_ttl', '5'],
    from: 'cache_ttl: 60 # short',
    to: 'cache_ttl: 5 # short',
  },
  {
    claim: 'set writes true as a truth value',
    args: ['set', 'pack_registry.allow_http', 'true'],
    from: 'keep_releases',
    to: '  allow_http: true\nkeep_releases',
  },
  {
    claim: 'set adds a mirror',
    args: ['set', 'pack_registry.mirrors.https://gitlab.com/', '/mnt/gitlab'],
    from: 'keep_releases',
    to: '    https://gitlab.com/: /mnt/gitlab\nkeep_releases',
  },
  {
    claim: 'set disables a registry by its name',
    args: ['set', 'pack_registry.indices.official.enabled', 'false'],
    from: ' } }\n',
    to: ' }, enabled: false }\n',
  },
  {
    claim: 'unset removes a setting',
    args: ['unset', 'keep_releases'],
    from: 'keep_releases: 4\n',
    to: '',
  },
  {
    claim: 'unset removes a mirror',
    args: ['unset', 'pack_registry.mirrors.https://github.com/'],
    from: '    "https://github.com/": /mnt/github\n',
    to: '',
  },
];

describe('config: an edit changes the setting alone', () => {
  for (const { claim, args, from, to } of CHANGES) {
    test(claim, async (t) => {
      const { harness, read } = withSettings(t);
      const dry = await harness.json('config', ...args, '--dry-run');
      assert.deepEqual([dry.status, dry.document.dry_run, dry.document.changed], [0, true, true]);
      assert.equal(read(), CONTENT);
      const { status, document } = await harness.json('config', ...args);
      assert.deepEqual([status, document.success, document.changed], [0, true, true]);
      assert.equal(read(), CONTENT.replace(from, to));
      const again = await harness.json('config', ...args);
      assert.deepEqual([again.status, again.document.changed], [0, false]);
      assert.equal((await harness.attune('config', 'list')).status, 0);
    });
  }
});

const REFUSALS: readonly { claim: string; args: string[]; message: RegExp; hint: RegExp }[] = [
  {
    claim: 'an unknown key in get',
    args: ['get', 'pack_registry.cache_tll'],
    message: /^Unknown setting 'pack_registry\.cache_tll'\.$/,
    hint: /pack_registry\.cache_ttl/,
  },
  {
    claim: 'an unknown key in set',
    args: ['set', 'nope', '1'],
    message: /Unknown setting/,
    hint: /attune config list/,
  },
  { claim: 'an unknown key in unset', args: ['unset', 'nope'], message: /Unknown setting/, hint: /attune config list/ },
  {
    claim: 'a part of a setting that the file does not have',
    args: ['get', 'pack_registry.mirrors.https://x/'],
    message: /Unknown setting/,
    hint: /pack_registry\.mirrors/,
  },
  {
    claim: 'a text in place of a number',
    args: ['set', 'keep_releases', 'many'],
    message: /^'many' is not a valid value of keep_releases: expected a number/,
    hint: /attune config get keep_releases/,
  },
  { claim: 'a number out of range', args: ['set', 'keep_releases', '0'], message: /must be 1 or more/, hint: /get/ },
  { claim: 'a fraction', args: ['set', 'keep_releases', '1.5'], message: /must be a whole number/, hint: /get/ },
  { claim: 'an empty value', args: ['set', 'keep_releases', ''], message: /expected a number/, hint: /get/ },
  { claim: 'null', args: ['set', 'keep_releases', 'null'], message: /expected a number/, hint: /get/ },
  {
    claim: 'YAML with a tag',
    args: ['set', 'keep_releases', '!!js/undefined x'],
    message: /expected a number/,
    hint: /./,
  },
  {
    claim: 'an unknown field of a registry',
    args: ['set', 'pack_registry.indices.official.prority', '1'],
    message: /unknown key, did you mean 'priority'/,
    hint: /get/,
  },
  {
    claim: 'a list of registries without names',
    args: ['set', 'pack_registry.indices', '[{url: x}]'],
    message: /not a valid value of pack_registry\.indices/,
    hint: /get/,
  },
  {
    claim: 'a required field of a registry in unset',
    args: ['unset', 'pack_registry.indices.official.url'],
    message: /not a valid configuration/,
    hint: /Correct/,
  },
];

describe('config: a mistake exits 3 and leaves the file unchanged:', () => {
  for (const { claim, args, message, hint } of REFUSALS) {
    test(claim, async (t) => {
      const { harness, read } = withSettings(t);
      const { status, document } = await harness.json('config', ...args);
      assert.equal(status, 3);
      assert.equal(document.error.code, 'INVALID_CONFIG');
      assert.match(document.error.message, message);
      assert.match(document.error.hint, hint);
      for (const command of printedCommands(document.error.hint))
        assert.equal((await runInShell(harness, command)).status, 0, command);
      assert.equal(read(), CONTENT);
    });
  }
});

test('config unset: a setting that is not set exits 0 and creates no file', async (t) => {
  const { harness, file } = withSettings(t, null);
  const { status, stdout } = await harness.attune('config', 'unset', 'keep_releases');
  assert.equal(status, 0);
  assert.equal(stdout, `keep_releases is not set in ${file}\n`);
  assert.ok(!existsSync(file));
});

test('config set: creates a file that only its owner can read, and reports what it wrote', async (t) => {
  const { harness, file, read } = withSettings(t, null);
  const { status, stdout } = await harness.attune('config', 'set', 'pack_registry.cache_ttl', '5');
  assert.deepEqual([status, stdout], [0, `✓ Set pack_registry.cache_ttl to 5 in ${file}\n`]);
  assert.equal(read(), 'pack_registry:\n  cache_ttl: 5\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('config set: repairs the one invalid value of a file, and config list reports it before', async (t) => {
  const { harness, read } = withSettings(t, 'keep_releases: many\n');
  assert.equal((await harness.attune('config', 'list')).status, 3);
  assert.equal((await harness.attune('config', 'set', 'keep_releases', '3')).status, 0);
  assert.equal(read(), 'keep_releases: 3\n');
});

test('config set: an error elsewhere in the file is reported with its line', async (t) => {
  const { harness, read } = withSettings(t, 'nope: 1\n');
  const { status, document } = await harness.json('config', 'set', 'keep_releases', '3');
  assert.equal(status, 3);
  assert.match(document.error.message, /settings\.yaml:1:1 nope: unknown key/);
  assert.equal(read(), 'nope: 1\n');
});

test('config set: warns about a secret in plain text and does not print it', async (t) => {
  const { harness } = withSettings(t);
  const key = 'pack_registry.indices.official.headers.X-Api-Key';
  const { status, stdout, stderr } = await harness.attune('config', 'set', key, 'hunter2');
  assert.equal(status, 0);
  assert.match(stderr, /The secret in the header 'X-Api-Key' of the registry 'official' is stored .* in plain text/);
  assert.doesNotMatch(stdout + stderr, /hunter2/);
});

test('config set: warns if the environment replaces the setting', async (t) => {
  const { harness } = withSettings(t);
  const args = ['config', 'set', 'pack_registry.indices.official.priority', '3'];
  const { stderr } = await harness.attuneWith({ ATTUNE_REGISTRY_INDICES: '/x.json' }, ...args);
  assert.match(stderr, /ATTUNE_REGISTRY_INDICES is set and replaces the registries/);
});

test('config path: prints the path alone, also if the file does not exist or cannot be read', async (t) => {
  const { harness, file } = withSettings(t, null);
  assert.deepEqual(await harness.attune('config', 'path'), { status: 0, stdout: `${file}\n`, stderr: '' });
  assert.deepEqual((await harness.json('config', 'path')).document, { path: file, exists: false });
  execFileSync('mkfifo', [file]);
  assert.equal((await harness.attune('config', 'path')).stdout, `${file}\n`);
  assert.equal((await harness.attune('config', 'get', 'keep_releases')).status, 3);
});

test('config: two processes that change settings at the same time lose no change', async (t) => {
  const { harness } = withSettings(t, null);
  const settings = ['keep_releases', 'downloads.attempts', 'pack_registry.cache_ttl', 'testing.processes'];
  const runs = await Promise.all(settings.map((key) => harness.attune('config', 'set', key, '9')));
  assert.deepEqual(
    runs.map(({ status }) => status),
    [0, 0, 0, 0],
  );
  for (const key of settings) assert.equal((await harness.attune('config', 'get', key)).stdout, '9\n');
});
