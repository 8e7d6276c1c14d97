import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { contentsOf, createCliHarness } from '../support/cli.ts';
import { packFiles, writeRegistry } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.0.0' },
  { ref: 'app', version: '1.0.0', dependencies: ['base@^1'] },
  { ref: 'needs-two', dependencies: ['base@^2'] },
  { ref: 'needs-missing', dependencies: ['nowhere@^1'] },
  { ref: 'needs-invalid', dependencies: ['base@^^1'] },
  { ref: 'needs-runtime', runtimes: ['python3>=99'] },
  { ref: 'needs-program', runtimes: ['no-such-program>=1'] },
  { ref: 'bad-runtime', runtimes: ['python3>=banana'] },
  { ref: 'grown', version: '2.0.0', runtimes: ['python3>=99'] },
  { ref: 'grown', version: '1.0.0' },
  { ref: 'ring', dependencies: ['ring-two'] },
  { ref: 'ring-two', dependencies: ['ring'] },
  { ref: 'withdrawn', version: '1.1.0', yanked: 'it deletes too much' },
  { ref: 'weak', sources: [{ type: 'archive', url: 'archives/base-1.0.0.tar.gz', checksum: `md5:${'0'.repeat(32)}` }] },
]);

const attuneVersion = (version: string) =>
  packFiles({
    ref: 'mine',
    files: { 'pack.yaml': `ref: mine\nversion: 1.0.0\ndependencies: { attune_version: '${version}' }\n` },
  });
const local = (plan: Omit<Parameters<typeof packFiles>[0], 'ref'>) => packFiles({ ref: 'mine', ...plan });

const lockOf = (ref: string, version: string) =>
  JSON.stringify({
    lock_version: 1,
    packs: [{ ref, version, checksum: `sha256:${'0'.repeat(64)}`, requested: true, dependencies: [] }],
  });

interface Failure {
  readonly claim: string;
  /** The files of `./mine`. */
  readonly mine?: Readonly<Record<string, string>>;
  /** Further files in the working directory. */
  readonly work?: Readonly<Record<string, string>>;
  readonly before?: readonly string[];
  readonly command: string;
  readonly status: number;
  readonly message: RegExp;
}

const FAILURES: readonly Failure[] = [
  {
    claim: 'a local pack needs a newer runtime',
    mine: local({ runtimes: ['python3>=99'] }),
    command: 'install ./mine',
    status: 6,
    message: /python3>=99/,
  },
  {
    claim: 'a local pack has an invalid runtime constraint',
    mine: local({ runtimes: ['python3>=banana'] }),
    command: 'install ./mine',
    status: 6,
    message: /banana/,
  },
  {
    claim: 'a local pack needs a newer attune',
    mine: attuneVersion('>=99'),
    command: 'install ./mine',
    status: 6,
    message: /attune >=99/,
  },
  {
    claim: 'a local pack has an invalid attune_version',
    mine: attuneVersion('banana'),
    command: 'install ./mine',
    status: 3,
    message: /banana/,
  },
  {
    claim: 'a local pack depends on itself through a registry',
    mine: local({ dependencies: ['ring'] }),
    command: 'install ./mine',
    status: 6,
    message: /cycle/,
  },
  {
    claim: 'a local pack needs a missing pack',
    mine: local({ dependencies: ['nowhere'] }),
    command: 'install ./mine',
    status: 6,
    message: /nowhere/,
  },
  {
    claim: 'a local pack has another checksum',
    mine: local({}),
    command: `install ./mine --checksum sha256:${'0'.repeat(64)}`,
    status: 7,
    message: /sha256/,
  },
  {
    claim: 'a local pack is installed already',
    mine: local({}),
    before: ['install ./mine'],
    command: 'install ./mine',
    status: 5,
    message: /already installed/,
  },
  {
    claim: 'a pack of the registry needs a newer runtime',
    command: 'install needs-runtime',
    status: 6,
    message: /python3>=99/,
  },
  {
    claim: 'a pack of the registry needs a missing program',
    command: 'install needs-program',
    status: 6,
    message: /no-such-program/,
  },
  {
    claim: 'a pack of the registry has an invalid runtime constraint',
    command: 'install bad-runtime',
    status: 6,
    message: /banana/,
  },
  {
    claim: 'a pack of the registry needs a missing pack',
    command: 'install needs-missing',
    status: 6,
    message: /nowhere/,
  },
  {
    claim: 'a pack of the registry has an invalid dependency',
    command: 'install needs-invalid',
    status: 6,
    message: /\^\^1/,
  },
  { claim: 'packs of the registry depend on each other', command: 'install ring', status: 6, message: /cycle/ },
  { claim: 'all versions are yanked', command: 'install withdrawn', status: 4, message: /yanked/ },
  { claim: 'no version matches', command: 'install base@^9', status: 4, message: /No version/ },
  { claim: 'the checksum in the registry is weak', command: 'install weak', status: 3, message: /md5/ },
  {
    claim: 'an installed pack keeps a dependency in its version',
    before: ['install app'],
    command: 'install needs-two',
    status: 6,
    message: /base/,
  },
  {
    claim: 'another version is installed',
    before: ['install base@1.0.0'],
    command: 'install base@2.0.0',
    status: 5,
    message: /already installed/,
  },
  {
    claim: 'a pinned pack would be replaced',
    before: ['install base@1.0.0', 'pin base'],
    command: 'install base@2.0.0 --force',
    status: 6,
    message: /pinned/,
  },
  {
    claim: 'a pack to be upgraded is pinned',
    before: ['install base@1.0.0', 'pin base'],
    command: 'upgrade base',
    status: 6,
    message: /pinned/,
  },
  {
    claim: 'a dependent forbids an upgrade',
    before: ['install app'],
    command: 'upgrade base@2.0.0',
    status: 6,
    message: /base/,
  },
  {
    claim: 'the newer version needs a newer runtime',
    before: ['install grown@1.0.0'],
    command: 'upgrade grown',
    status: 6,
    message: /python3>=99/,
  },
  { claim: 'a pack to be upgraded is not installed', command: 'upgrade base', status: 4, message: /not installed/ },
  {
    claim: 'a pack to be uninstalled is needed',
    before: ['install app'],
    command: 'uninstall base --yes',
    status: 6,
    message: /app needs base/,
  },
  {
    claim: 'a pack to be uninstalled is not installed',
    command: 'uninstall base --yes',
    status: 4,
    message: /not installed/,
  },
  {
    claim: 'a listed pack needs a newer runtime',
    work: { 'attune.packs.yaml': 'packs: [needs-runtime]\n' },
    command: 'sync attune.packs.yaml',
    status: 6,
    message: /python3>=99/,
  },
  {
    claim: 'a listed pack is missing',
    work: { 'attune.packs.yaml': 'packs: [nowhere]\n' },
    command: 'sync attune.packs.yaml',
    status: 4,
    message: /nowhere/,
  },
  {
    claim: 'a locked pack, which is cached, needs a newer runtime',
    before: ['lock needs-runtime'],
    command: 'sync attune.lock',
    status: 6,
    message: /python3>=99/,
  },
  {
    claim: 'a locked version is not in its registry',
    work: { 'attune.lock': lockOf('base', '9.0.0') },
    command: 'sync attune.lock',
    status: 4,
    message: /base 9\.0\.0: the registry 'index-1' has the pack, but not this version/,
  },
  {
    claim: 'no registry has a locked pack',
    work: { 'attune.lock': lockOf('nowhere', '1.0.0') },
    command: 'sync attune.lock',
    status: 4,
    message: /nowhere 1\.0\.0: no registry has the pack/,
  },
  {
    claim: 'a pack to be repaired is not installed',
    command: 'repair base --yes',
    status: 4,
    message: /not installed/,
  },
];

/** Returns the contents of a data directory; an empty staging directory may remain. */
function filesOf(data: string): Record<string, string> {
  return Object.fromEntries(Object.entries(contentsOf(data)).filter(([path]) => path !== 'staging/'));
}

for (const { claim, mine = {}, work = {}, before = [], command, status, message } of FAILURES) {
  test(`dry run: fails like the real run when ${claim}, and changes nothing`, async (t) => {
    const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
    writeFiles(join(harness.directory, 'mine'), mine);
    writeFiles(harness.directory, work);
    for (const line of before) assert.equal((await harness.attune('pack', ...line.split(' '))).status, 0, line);
    const contents = [filesOf(harness.data), contentsOf(harness.directory)];
    const dry = await harness.attune('pack', ...command.split(' '), '--dry-run');
    assert.deepEqual([filesOf(harness.data), contentsOf(harness.directory)], contents);
    const real = await harness.attune('pack', ...command.split(' '));
    assert.deepEqual([dry.status, real.status], [status, status], `${dry.stderr}\n${real.stderr}`);
    assert.match(dry.stderr, message);
    assert.match(real.stderr, message);
  });
}

test('dry run: sync fails like the real run when the registry lists a newer runtime and the pack is not cached', async (t) => {
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
  for (const line of ['pack lock needs-runtime', 'cache prune --all']) {
    assert.equal((await harness.attune(...line.split(' '))).status, 0, line);
  }
  for (const flags of [['--dry-run'], []]) {
    const { status, stderr } = await harness.attune('pack', 'sync', 'attune.lock', ...flags);
    assert.deepEqual([status, /python3>=99/.test(stderr)], [6, true], stderr);
  }
  for (const flags of [['--dry-run'], []]) {
    const { status, stderr } = await harness.attune('pack', 'sync', 'attune.lock', '--skip-tests', ...flags);
    assert.equal(status, 0, stderr);
  }
});
