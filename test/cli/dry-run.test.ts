import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MANIFEST_COMMANDS } from '../../src/cli/oclif/manifest.ts';
import { contentsOf, createCliHarness } from '../support/cli.ts';
import { packFiles, writeRegistry } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { listingOf } from '../support/users.ts';

/** The commands without `--dry-run`, which change neither the store nor files of the user nor the configuration. */
const READERS = [
  ...['cache:info', 'complete', 'completion', 'config:get', 'config:list', 'config:path'],
  ...['licenses', 'registry:list', 'schema', 'version'],
  ...['pack:checksum', 'pack:history', 'pack:index-entry', 'pack:index-validate', 'pack:list', 'pack:outdated'],
  ...['pack:search', 'pack:show', 'pack:tree', 'pack:verify'],
  // Writes to the cache only.
  'registry:refresh',
  // Records test runs only.
  'pack:test',
];

const SOURCE = ['--git-url', 'https://git.example/local.git', '--git-ref', 'a'.repeat(40)];
const ARCHIVE = ['--archive-dir', 'dist', '--archive-url', 'https://packs.example/{ref}-{version}.tar.gz'];
const NEW_INDEX = ['--create', '--registry-name', 'A', '--registry-url', 'https://a.example'];

const COMMAND_LINES: readonly { readonly args: readonly string[]; readonly text: RegExp }[] = [
  { args: ['pack', 'install', './local'], text: /^Would change 1 pack:\n {2}install local 1\.0\.0/m },
  { args: ['pack', 'upgrade', 'base'], text: /^Would change 1 pack:\n {2}upgrade base 1\.1\.0 -> 1\.2\.0/m },
  { args: ['pack', 'rollback', 'base'], text: /^Would roll pack 'base' back from 1\.1\.0 to 1\.0\.0$/m },
  { args: ['pack', 'pin', 'base'], text: /^Would pin pack 'base' at 1\.1\.0$/m },
  { args: ['pack', 'unpin', 'middle'], text: /^Would unpin pack 'middle' 1\.0\.0$/m },
  { args: ['pack', 'uninstall', 'extra'], text: /^Would uninstall 1 pack:\n {2}extra 1\.0\.0$/m },
  { args: ['pack', 'autoremove'], text: /^Would uninstall 1 pack:\n {2}leaf 1\.0\.0$/m },
  { args: ['pack', 'sync', 'attune.lock'], text: /^Would change 1 pack and leave 3 unchanged\n {2}uninstall extra/m },
  { args: ['pack', 'lock'], text: /^Would write attune\.lock: 4 packs$/m },
  { args: ['pack', 'lock', 'base', '--output', 'other.lock'], text: /^Would write other\.lock: 1 pack$/m },
  { args: ['pack', 'repair'], text: /^Would repair leaf 1\.0\.0/m },
  {
    args: ['pack', 'index-update', '--index', 'new.json', ...NEW_INDEX, './local', ...SOURCE],
    text: /^Pack 'local' would be added to new\.json$/m,
  },
  {
    args: ['pack', 'index-update', '--index', 'registry/index.json', './local', ...SOURCE],
    text: /^Pack 'local' would be added to registry\/index\.json$/m,
  },
  {
    args: ['pack', 'index-merge', '--output', 'merged.json', 'registry/index.json'],
    text: /^Would merge 1 index file into merged\.json$/m,
  },
  {
    args: ['pack', 'archive', './local'],
    text: /^✓ Pack 'local' 1\.0\.0 would be packed into local-1\.0\.0\.tar\.gz$/m,
  },
  { args: ['pack', 'create', 'fresh'], text: /^✓ Pack 'fresh' 0\.1\.0 would be created in fresh$/m },
  {
    args: ['pack', 'publish', './released', '--index', 'registry/index.json', ...ARCHIVE],
    text: /^✓ Pack 'released' 0\.1\.0 would be published in registry\/index\.json$/m,
  },
  { args: ['registry', 'add', 'more', 'registry/index.json'], text: /^Would add registry 'more'$/m },
  {
    args: ['registry', 'remove', 'local'],
    text: /^Would remove registry 'local' from \S+settings\.yaml; 4 installed/m,
  },
  { args: ['config', 'set', 'pack_registry.cache_ttl', '60'], text: /^Would set pack_registry\.cache_ttl to 60 in /m },
  { args: ['config', 'unset', 'pack_registry.indices'], text: /^Would remove pack_registry\.indices /m },
  { args: ['db', 'backup'], text: /^Would copy the database to \S+\/backups\/\S+$/m },
  { args: ['db', 'backup', 'other.db'], text: /^Would copy the database to \S+\/other\.db$/m },
  { args: ['db', 'restore', 'copy.db'], text: /^Would restore the database from \S+\/copy\.db$/m },
  { args: ['doctor', '--fix', '--offline'], text: /^Would repair permissions: /m },
  { args: ['cache', 'prune', '--all'], text: /^Would/m },
];

const harness = createCliHarness({ after });

/** Returns every file of the store, the user and the configuration, with its content, mode, owner and time. */
function everything() {
  const { data, directory, config } = harness;
  // A dry run may create and remove a private directory in `staging`, which changes only the time of that directory.
  const listed = (root: string) => listingOf(root).filter((line) => !/ staging /.test(line));
  return [data, directory, config].map((root) => [contentsOf(root), listed(root)]);
}

before(async () => {
  const index = writeRegistry(join(harness.directory, 'registry'), [
    { ref: 'base', version: '1.2.0' },
    { ref: 'base', version: '1.1.0' },
    { ref: 'base', version: '1.0.0' },
    { ref: 'middle' },
    { ref: 'extra' },
    { ref: 'leaf' },
    { ref: 'top', dependencies: ['leaf'] },
  ]);
  writeFiles(join(harness.directory, 'local'), packFiles({ ref: 'local' }));
  const setup = [
    ['pack', 'create', 'released'],
    ['registry', 'add', 'local', index],
    ['pack', 'install', 'base@1.0.0', 'middle', 'top'],
    ['pack', 'upgrade', 'base@1.1.0'],
    ['pack', 'uninstall', 'top', '--yes'],
    ['pack', 'lock'],
    ['pack', 'install', 'extra'],
    ['pack', 'pin', 'middle'],
    ['db', 'backup', 'copy.db'],
  ];
  for (const args of setup) {
    const { status, stderr } = await harness.attune(...args);
    assert.equal(status, 0, stderr);
  }
  writeFileSync(join(harness.data, 'packs', 'leaf', 'pack.yaml'), 'changed');
  chmodSync(harness.data, 0o777);
});

describe('--dry-run', () => {
  for (const { args, text } of COMMAND_LINES) {
    test(`${args.join(' ')}: --dry-run prints what would happen and changes no byte`, async () => {
      const unchanged = everything();
      const run = await harness.attune(...args, '--dry-run');
      const { document } = await harness.json(...args, '--dry-run');
      assert.match(run.stdout, text);
      assert.equal(document.dry_run, true);
      assert.equal('success' in document, false);
      assert.deepEqual(everything(), unchanged);
    });
  }

  test('--dry-run: every command that is not listed as a reader has the flag and is tried', () => {
    const commands = Object.values(MANIFEST_COMMANDS) as { id: string; flags: Record<string, unknown> }[];
    const withFlag = commands.filter(({ flags }) => 'dry-run' in flags).map(({ id }) => id);
    const tried = new Set(
      COMMAND_LINES.map(({ args: [first, second] }) => (first === 'doctor' ? first : `${first}:${second}`)),
    );
    // Belongs to `pack check --fix`: test/checking/fix.test.ts.
    tried.add('pack:check');
    assert.deepEqual(
      withFlag.filter((id) => !tried.has(id)),
      [],
    );
    assert.deepEqual([...withFlag, ...READERS].sort(), commands.map(({ id }) => id).sort());
  });

  test('--dry-run: fails like the command itself', async () => {
    const failing: readonly (readonly [status: number, ...args: string[]])[] = [
      [4, 'pack', 'pin', 'unknown'],
      [4, 'pack', 'rollback', 'middle'],
      [4, 'pack', 'lock', '--output', 'missing/attune.lock'],
      [5, 'db', 'backup', 'copy.db'],
      [5, 'pack', 'index-merge', '--output', 'copy.db', 'registry/index.json'],
      [4, 'pack', 'index-update', '--index', 'none.json', './local', ...SOURCE],
      [5, 'registry', 'add', 'local', 'registry/index.json'],
      [4, 'registry', 'add', 'none', 'none.json'],
      [4, 'registry', 'remove', 'none'],
    ];
    for (const [status, ...args] of failing) {
      const real = await harness.json(...args);
      const dry = await harness.json(...args, '--dry-run');
      assert.deepEqual([real.status, dry.status, dry.document.error.code], [status, status, real.document.error.code]);
    }
  });
});
