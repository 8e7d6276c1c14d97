import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { COMMAND_TOPICS } from '../../src/cli/text/suggested-commands.ts';
import { COMMANDS } from '../../src/index.ts';
import { PROJECT } from '../support/attune.ts';
import { createCliHarness } from '../support/cli.ts';
import { printedCommands, runInShell, snapshotOf } from '../support/printed-commands.ts';
import { packFiles, writeRegistry } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.0.0' },
  { ref: 'app', version: '2.0.0', dependencies: ['base@^2'] },
  { ref: 'app', version: '1.0.0', dependencies: ['base@^1'] },
  { ref: 'strict', version: '1.0.0', dependencies: ['base@^1'] },
  { ref: 'tool', version: '1.0.0', dependencies: ['base@^2'] },
  { ref: 'lone', version: '2.0.0' },
  { ref: 'lone', version: '1.0.0' },
]);
const other = writeRegistry(join(registry, 'other'), [{ ref: 'lone', version: '3.0.0' }]);

interface Situation {
  readonly claim: string;
  /** The files of `src/` whose suggestions the situation prints. */
  readonly files: readonly string[];
  /** The files in the working directory. */
  readonly work?: Readonly<Record<string, string>>;
  /** The content of settings.yaml instead of the registry of all situations. */
  readonly registries?: readonly string[];
  /** Command lines that lead to the situation; each has to succeed. */
  readonly before?: readonly string[];
  /** A pack of which a file is changed, or all files are removed. */
  readonly damages?: string;
  readonly removes?: string;
  /** The version of `damages`, if it is not the installed one. */
  readonly damagedVersion?: string;
  /** The command line that prints suggestions. */
  readonly command: string;
  /** The registries for `command` and the printed command lines, if they differ from those before. */
  readonly later?: readonly string[];
  /** The printed command lines without `--data-dir`, without those that have a placeholder. */
  readonly prints: readonly string[];
}

const local = (ref: string, version: string, dependencies: readonly string[] = []) =>
  Object.fromEntries(
    Object.entries(packFiles({ ref, version, dependencies })).map(([path, content]) => [`${ref}/${path}`, content]),
  );

const SITUATIONS: readonly Situation[] = [
  {
    claim: 'another version is installed, and an upgrade and --force are possible',
    files: ['operations/install/refused-request.ts'],
    before: ['install lone@1.0.0'],
    command: 'install lone@2.0.0',
    prints: ['attune pack upgrade lone@2.0.0'],
  },
  {
    claim: 'another version is installed, and a dependent is upgraded with it',
    files: ['operations/install/refused-request.ts'],
    before: ['install app@1.0.0'],
    command: 'install base@2.0.0',
    prints: ['attune pack upgrade base@2.0.0'],
  },
  {
    claim: 'another version is installed, and a dependent forbids an upgrade and --force',
    files: ['operations/install/refused-request.ts'],
    before: ['install strict'],
    command: 'install base@2.0.0',
    prints: [],
  },
  {
    claim: 'another version is installed and pinned',
    files: ['operations/install/already-installed.ts'],
    before: ['install lone@1.0.0', 'pin lone'],
    command: 'install lone@2.0.0',
    prints: ['attune pack unpin lone'],
  },
  {
    claim: 'a pinned pack is named in an upgrade',
    files: ['operations/install/already-installed.ts'],
    before: ['install lone@1.0.0', 'pin lone'],
    command: 'upgrade lone',
    prints: ['attune pack unpin lone'],
  },
  {
    claim: 'a dependency of the requested pack is installed in an older version',
    files: ['operations/install/conflict-hint.ts'],
    before: ['install base@1.0.0'],
    command: 'install tool',
    prints: ['attune pack upgrade base@2.0.0'],
  },
  {
    claim: 'a dependency of the requested pack is pinned',
    files: ['resolver/pubgrub/explanation/no-solution.ts'],
    before: ['install base@1.0.0', 'pin base'],
    command: 'install tool',
    prints: ['attune pack unpin base'],
  },
  {
    claim: 'a dependency is installed in a version that another pack needs',
    files: ['operations/install/conflict-hint.ts'],
    before: ['install strict'],
    command: 'install tool',
    prints: [],
  },
  {
    claim: 'the newest version of the requested pack is not chosen because of what is installed',
    files: ['operations/install/refused-request.ts'],
    before: ['install base@1.0.0'],
    command: 'install app --dry-run',
    prints: ['attune pack upgrade base@2.0.0'],
  },
  {
    claim: 'the newest version of the requested pack was not chosen because of what is installed',
    files: ['operations/install/refused-request.ts'],
    before: ['install base@1.0.0'],
    command: 'install app',
    prints: ['attune pack upgrade base@2.0.0'],
  },
  {
    claim: 'a registry that takes precedence has a pack of the same name',
    files: ['operations/upgrade/plan-upgrade.ts'],
    registries: [index],
    before: ['install lone@1.0.0'],
    later: [other, index],
    command: 'upgrade lone --dry-run',
    prints: ['attune pack upgrade lone --registry first'],
  },
  {
    claim: 'a pack to be upgraded is not installed',
    files: ['operations/upgrade/upgrade-request.ts'],
    command: 'upgrade lone',
    prints: ['attune pack install lone'],
  },
  {
    claim: 'a pack to be unpinned is not installed',
    files: ['operations/installed/not-installed.ts'],
    command: 'unpin missing-pack',
    prints: ['attune pack list'],
  },
  {
    claim: 'the history of a pack is empty',
    files: ['operations/installed/read-history.ts'],
    command: 'history missing-pack',
    prints: ['attune pack history'],
  },
  {
    claim: 'the history has the installation of a pack with its dependency',
    files: ['operations/installed/undo-command.ts'],
    before: ['install app@1.0.0'],
    command: 'history',
    prints: ['attune pack uninstall app --yes', 'attune pack uninstall base app --yes'],
  },
  {
    claim: 'the history has the installation of a pack that a later one depends on',
    files: ['operations/installed/undo-command.ts'],
    before: ['install base@1.0.0', 'install strict'],
    command: 'history',
    prints: ['attune pack uninstall strict --yes'],
  },
  {
    claim: 'the history has an upgrade of two packs that depend on each other',
    files: ['operations/installed/undo-command.ts'],
    before: ['install app@1.0.0', 'upgrade'],
    command: 'history',
    prints: [
      'attune pack upgrade app@1.0.0 base@1.0.0',
      'attune pack upgrade base@1.0.0 app@1.0.0',
      'attune pack uninstall app --yes',
      'attune pack uninstall base app --yes',
    ],
  },
  {
    claim: 'the history has an upgrade, a pin and an unpin',
    files: ['operations/installed/undo-command.ts'],
    before: ['install lone@1.0.0', 'upgrade lone', 'pin lone', 'unpin lone', 'pin lone'],
    command: 'history',
    prints: ['attune pack unpin lone', 'attune pack rollback lone', 'attune pack uninstall lone --yes'],
  },
  {
    claim: 'the history has the removal of two local packs, of which one needs the other',
    files: ['operations/installed/undo-command.ts'],
    work: { ...local('lower', '1.0.0'), ...local('upper', '1.0.0', ['lower']) },
    before: ['install ./lower ./upper', 'uninstall lower upper --yes'],
    command: 'history',
    prints: ['attune pack install WORK/lower WORK/upper', 'attune pack install WORK/upper WORK/lower'],
  },
  {
    claim: 'a rollback succeeded',
    files: ['cli/views/pack/rollback.ts'],
    before: ['install lone@1.0.0', 'upgrade lone'],
    command: 'rollback lone',
    prints: ['attune pack rollback lone', 'attune pack pin lone'],
  },
  {
    claim: 'an uninstallation leaves a dependency that no pack needs',
    files: ['cli/views/pack/uninstall.ts'],
    before: ['install app@1.0.0'],
    command: 'uninstall app --yes',
    prints: ['attune pack autoremove --yes'],
  },
  {
    claim: 'the lock of a pack list does not exist',
    files: ['operations/lock/sync-target.ts'],
    work: { 'my list.yaml': 'packs: [lone]\n' },
    command: "sync 'my list.yaml' --locked",
    prints: ["attune pack lock 'my list.yaml' --output attune.lock"],
  },
  {
    claim: 'a lock is out of date',
    files: ['operations/lock/sync-target.ts'],
    work: { 'attune.packs.yaml': 'packs: [lone, base]\n' },
    before: ['lock lone'],
    command: 'sync attune.packs.yaml --locked',
    prints: ['attune pack lock attune.packs.yaml --output attune.lock'],
  },
  {
    claim: 'there is no lock file',
    files: ['operations/lock/lock-io.ts'],
    command: 'sync attune.lock',
    prints: ['attune pack lock'],
  },
  {
    claim: 'a path is to be locked',
    files: ['operations/lock/lock-packs.ts'],
    command: 'lock ./lone',
    prints: ['attune pack lock'],
  },
  {
    claim: 'files of an installed pack were changed',
    files: ['cli/views/pack/verify.ts'],
    before: ['install lone@1.0.0'],
    damages: 'lone',
    command: 'verify',
    prints: ['attune pack repair lone --yes'],
  },
  {
    claim: 'the tests of an installed pack cannot run because its files are missing',
    files: ['operations/test/locate-pack.ts'],
    before: ['install lone@1.0.0'],
    removes: 'lone',
    command: 'test lone',
    prints: ['attune pack repair lone --yes'],
  },
  {
    claim: 'the release to roll back to was changed',
    files: ['operations/installed/confirm-release.ts'],
    before: ['install lone@1.0.0', 'upgrade lone'],
    damages: 'lone',
    damagedVersion: '1.0.0',
    command: 'rollback lone',
    prints: ['attune pack show lone'],
  },
  {
    claim: 'no pack matches a search',
    files: ['cli/views/pack/search.ts'],
    command: 'search zebra',
    prints: ['attune registry list'],
  },
  {
    claim: 'no registry has a pack',
    files: ['registry/lookup/errors.ts'],
    command: 'install zebra',
    prints: ['attune pack search zebra'],
  },
  {
    claim: 'the command line has a typing error',
    files: ['cli/oclif/usage-error.ts'],
    command: 'instal lone',
    prints: ['attune pack install lone'],
  },
  {
    claim: 'no test run of a pack is recorded',
    files: ['cli/views/test/history.ts'],
    work: local('lone', '1.0.0'),
    before: ['install ./lone'],
    command: 'test lone --history',
    prints: ['attune pack test lone'],
  },
];

for (const situation of SITUATIONS) {
  test(`hints: every printed command succeeds when ${situation.claim}`, async (t) => {
    const harness = createCliHarness(t);
    const data = join(harness.directory, '..', 'other data');
    const option = `--data-dir '${data}'`;
    const configure = (urls: readonly string[]) =>
      writeFiles(harness.config, {
        'settings.yaml': JSON.stringify({
          pack_registry: {
            indices: urls.map((url, i) => ({ name: ['first', 'second'][i], url, priority: i })),
          },
        }),
      });
    configure(situation.registries ?? [index]);
    writeFiles(harness.directory, situation.work ?? {});
    for (const line of situation.before ?? []) {
      const { status, stderr } = await runInShell(harness, `attune pack ${line} ${option}`);
      assert.equal(status, 0, `${line}: ${stderr}`);
    }
    if (situation.later) {
      configure(situation.later.map((url) => url));
      // The names of registries identify them, so the first registry keeps its name.
      const indices = situation.later.map((url, i) => ({ name: i === 0 ? 'newer' : 'first', url, priority: i }));
      writeFiles(harness.config, { 'settings.yaml': JSON.stringify({ pack_registry: { indices } }) });
    }
    damage(data, situation);
    const { stdout, stderr } = await runInShell(harness, `attune pack ${situation.command} ${option}`);
    const commands = printedCommands(stdout + stderr);
    const expected = situation.prints.map((line) =>
      line
        .replace('attune ', `attune ${option} `)
        .replaceAll('WORK', harness.directory)
        .replace('--registry first', '--registry newer'),
    );
    assert.deepEqual(commands.toSorted(), expected.toSorted(), stdout + stderr);
    const restore = snapshotOf(data);
    for (const command of commands) {
      restore();
      const run = await runInShell(harness, command);
      assert.equal(run.status, 0, `${command}: ${run.stderr}`);
    }
  });
}

/** Changes or removes the files of a release. */
function damage(data: string, { damages, damagedVersion = '', removes }: Situation): void {
  const releases = join(data, 'releases', damages ?? removes ?? '');
  if (removes !== undefined) rmSync(releases, { recursive: true });
  if (damages === undefined) return;
  const [release = ''] = readdirSync(releases).filter((name) => name.startsWith(damagedVersion));
  writeFileSync(join(releases, release, 'actions', 'run.yaml'), 'changed');
}

/** Files whose suggestions no situation of this test prints, with the reason. */
const OTHER_FILES: Readonly<Record<string, string>> = {
  'cli/command-line/flag-hints.ts': 'test/docs/other-tools.test.ts runs what is suggested for the flags of other tools',
  'cli/command-line/spellings.ts':
    'test/docs/other-tools.test.ts runs what is suggested for the spellings of other tools',
  'cli/completion/shells/bash.ts': 'the description of the script; test/cli/completion/shells.test.ts runs it',
  'cli/completion/shells/fish.ts': 'the description of the script; test/cli/completion/shells.test.ts runs it',
  'cli/completion/shells/powershell.ts': 'the description of the script; test/cli/completion/shells.test.ts runs it',
  'cli/completion/shells/zsh.ts': 'the description of the script; test/cli/completion/shells.test.ts runs it',
  'cli/views/cache.ts': 'test/operations/cache/prune-cache.test.ts removes retained releases',
  'cli/views/db.ts': 'test/commands/db.test.ts restores the backup',
  'cli/views/licenses.ts': 'a placeholder: the name of a component',
  'cli/views/pack/list.ts': 'a placeholder: the source of a pack',
  'cli/views/pack/tree/tree.ts': 'a placeholder: the source of a pack',
  'operations/doctor/checks/database.ts': 'test/operations/doctor/run-doctor.test.ts applies --fix',
  'operations/doctor/checks/dependencies.ts': 'test/commands/doctor.test.ts runs what it suggests',
  'operations/doctor/checks/files.ts': 'test/commands/doctor.test.ts runs what it suggests',
  'operations/doctor/checks/disk.ts': 'a full disk is not created by this test',
  'operations/doctor/checks/file-owners.ts': 'needs another user: test/reliability/stores-after-sudo.slow.test.ts',
  'operations/doctor/checks/group-sharing.ts': 'needs another user: test/reliability/shared-stores.slow.test.ts',
  'operations/doctor/checks/permissions.ts': 'test/operations/doctor/run-doctor.test.ts applies --fix',
  'operations/doctor/checks/runtimes.ts': 'the name of the command, not a suggestion',
  'operations/doctor/checks/store.ts': 'test/operations/doctor/run-doctor.test.ts applies --fix',
  'operations/doctor/checks/write-access.ts': 'test/operations/doctor/run-doctor.test.ts applies --fix',
  'cli/views/registry.ts': 'a placeholder: the URL of a registry',
  'cli/views/authoring/create.ts': 'test/commands/pack/create.test.ts tests what it creates',
  'cli/views/pack/show.ts': 'test/commands/pack/show.test.ts shows a pack that is listed and not installed',
  'operations/archive/archive-pack.ts': 'a defect of attune: an archive that it does not read back',
  'operations/check/rule-levels.ts': 'a list of all rules, which never fails',
  'operations/create/scaffold/ci.ts': 'a pipeline for CI; test/commands/pack/create.test.ts runs its commands',
  'operations/create/scaffold/scaffold.ts':
    'the README of a new pack; test/commands/pack/create.test.ts tests the pack',
  'operations/publish/change-index.ts': 'the name of the command, not a suggestion',
  'operations/publish/check-release.ts': 'attune pack check, which fails for the same errors',
  'operations/publish/release-tests.ts': 'attune pack test, which fails like the tests of the release',
  'packs/tree/old-checksum.ts': 'a placeholder: the index and the directory of the pack',
  'config/settings.ts': 'test/commands/config.test.ts runs the suggestions',
  'operations/settings/change-setting.ts': 'test/commands/config.test.ts runs the suggestions',
  'operations/about/list-licenses.ts': 'test/bin/build/licenses.test.ts: the licenses exist in a build only',
  'operations/database/restore-database.ts': 'test/commands/db.test.ts repairs the packs that it names',
  'operations/database/rebuild-store.ts': 'attune doctor, which reports what it finds by its exit status',
  'operations/install/test-gate.ts': 'attune pack test, which fails like the tests of the installation',
  'operations/installed/rollback-pack.ts': 'a placeholder: the source of another version',
  'operations/lock/streamed-input.ts': 'the name of the command, not a suggestion',
  'operations/lock/stage-locked.ts': 'a placeholder: the URL of a registry',
  'operations/registries/add-registry.ts': 'test/commands/registry.test.ts removes registries',
  'operations/repair/restore-tree.ts': 'the source of a release is gone; an upgrade may have nothing to do',
  'operations/upgrade/branch-tips.ts': 'test/commands/pack/upgrade-git.test.ts runs what it suggests',
  'operations/upgrade/bound-source.ts': 'a placeholder: the name of a registry',
  'operations/upgrade/outdated-packs.ts': 'a placeholder: a range',
  'packs/lock/lock-file.ts': 'a placeholder: the lock file',
  'registry/editing/yaml/edit.ts': 'a placeholder: the output file',
  'registry/lookup/invalid-entries.ts': 'a placeholder: the index',
  'registry/index/codes.ts': 'placeholders: the index and the directory of the pack',
  'store/foreign-file.ts': 'needs another user: test/reliability/stores-after-sudo.slow.test.ts',
  'store/database/database-errors.ts': 'test/commands/db.test.ts restores the backup as the error suggests',
  'store/releases/reconcile.ts': 'attune doctor, which reports what it finds by its exit status',
  'store/releases/replace-tree.ts': 'a change by another process at the same time',
};

describe('hints: the table of situations', () => {
  test('hints: the topics of all commands are recognized in suggestions', () => {
    const topics = new Set(Object.keys(COMMANDS).map((id) => id.split(':')[0] ?? ''));
    topics.delete('complete');
    assert.deepEqual(
      [...topics].filter((topic) => !COMMAND_TOPICS.includes(topic)),
      [],
    );
  });

  test('hints: every file of the sources that suggests a command has a situation or a reason', () => {
    const command = new RegExp(`attune (?:${COMMAND_TOPICS.join('|')})\\b`);
    const sources = join(PROJECT, 'src');
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const suggesting = files.filter((path) =>
      readFileSync(join(sources, path), 'utf8')
        .split('\n')
        .some((line) => !/^\s*(?:\*|\/\*|\/\/)/.test(line) && command.test(line)),
    );
    const covered = new Set([...SITUATIONS.flatMap((one) => one.files), ...Object.keys(OTHER_FILES)]);
    assert.deepEqual(suggesting.filter((path) => !covered.has(path)).sort(), []);
  });
});
