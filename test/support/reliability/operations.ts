import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import manifest from '../../../oclif.manifest.json' with { type: 'json' };
import { createRepository } from '../git/repository.ts';
import { bytes, startHttpServer } from '../http/server.ts';
import { packFiles, writeRegistry } from '../registry/server.ts';
import { writeFiles } from '../store.ts';

/** The packs and registries that operations use. They are read-only and shared by all machines. */
export interface Inputs {
  readonly directory: string;
  /** An index with a chain of three packs in two versions each, and an independent one. */
  readonly index: string;
  /** The URL of the same index on a server. */
  readonly served: string;
  /** A git repository with a pack. */
  readonly repository: string;
}

/** A command line that changes something, and the preparation of a machine for it. */
export interface Operation {
  /** The name in the table of docs/reliability.md. */
  readonly name: string;
  readonly args: (inputs: Inputs) => readonly string[];
  /** Files of the machine, and command lines to run before the operation. */
  readonly files?: (inputs: Inputs) => Readonly<Record<string, string>>;
  readonly before?: (inputs: Inputs) => readonly (readonly string[])[];
  /** File contents that are written after the preparing commands, to damage packs. */
  readonly damage?: Readonly<Record<string, string>>;
  /** The exit status of a repetition after a kill that followed the commit; 0 by default. */
  readonly repeatStatus?: number;
}

const VERSIONS = ['2.0.0', '1.0.0'];
const CHAIN = ['install', 'top@1.0.0', 'middle@1.0.0', 'base@1.0.0'];
const DIGEST = `sha256:${'5'.repeat(64)}`;

interface Cleaner {
  after(clean: () => void | Promise<void>): void;
}

export async function makeInputs(test: Cleaner, directory: string): Promise<Inputs> {
  const packs = VERSIONS.flatMap((version) => [
    { ref: 'base', version },
    { ref: 'middle', version, dependencies: ['base'] },
    { ref: 'top', version, dependencies: ['middle'] },
  ]);
  const index = writeRegistry(join(directory, 'registry'), [...packs, { ref: 'single' }]);
  const pack = (name: string, plan: Parameters<typeof packFiles>[0]) =>
    writeFiles(join(directory, name), packFiles(plan));
  pack('tested', { ref: 'tested', test: 'exit 0', files: { 'lib/deep/down/one.txt': 'one', 'lib/two.txt': 'two' } });
  pack('demo', { ref: 'demo' });
  pack('demo-changed', { ref: 'demo', files: { 'lib/more.txt': 'more' } });
  writeRegistry(join(directory, 'other'), [{ ref: 'other' }, { ref: 'demo', version: '0.9.0' }]);
  const { path: repository } = createRepository(test, packFiles({ ref: 'tracked', files: { 'lib/one.txt': 'one' } }));
  return { directory, index, served: await serve(test, dirname(index)), repository };
}

/** Serves a directory. @returns the URL of its `index.json` */
async function serve(test: Cleaner, directory: string): Promise<string> {
  const names = ['index.json', ...readdirSync(join(directory, 'archives')).map((name) => `archives/${name}`)];
  const routes = names.map((name) => [`/${name}`, bytes(readFileSync(join(directory, name)))]);
  const server = await startHttpServer(test, Object.fromEntries(routes));
  return server.url('/index.json');
}

const configOf = (url: string) => ({
  'config/settings.yaml': `# kept\npack_registry:\n  indices:\n    - { name: main, url: "${url}" }\n`,
});
const registryOf = ({ index }: Inputs) => configOf(index);
const indexOf = ({ directory }: Inputs) => ({
  'work/index.json': readFileSync(join(directory, 'other', 'index.json'), 'utf8'),
});
const source = ['--archive-url', 'https://packs.example/demo-1.0.0.tar.gz', '--archive-checksum', DIGEST];

const ALL: readonly Operation[] = [
  {
    name: 'pack install: several packs from a registry, in a new store',
    files: registryOf,
    args: () => ['pack', 'install', 'top'],
    repeatStatus: 5,
  },
  {
    name: 'pack install: from a server',
    files: ({ served }) => configOf(served),
    before: () => [['pack', 'install', 'single']],
    args: () => ['pack', 'install', 'middle'],
    repeatStatus: 5,
  },
  {
    name: 'pack install: a git repository',
    args: ({ repository }) => ['pack', 'install', `git+file://${repository}`],
    repeatStatus: 5,
  },
  {
    name: 'pack install: a directory with tests',
    before: ({ directory }) => [['pack', 'install', join(directory, 'demo')]],
    args: ({ directory }) => ['pack', 'install', join(directory, 'tested')],
    repeatStatus: 5,
  },
  {
    name: 'pack install --force: other content of the same version',
    before: ({ directory }) => [['pack', 'install', join(directory, 'demo')]],
    args: ({ directory }) => ['pack', 'install', join(directory, 'demo-changed'), '--force'],
  },
  {
    name: 'pack upgrade: packs with their dependencies',
    files: registryOf,
    before: () => [['pack', ...CHAIN]],
    args: () => ['pack', 'upgrade'],
  },
  {
    name: 'pack rollback',
    files: registryOf,
    before: () => [
      ['pack', ...CHAIN],
      ['pack', 'upgrade'],
    ],
    args: () => ['pack', 'rollback', 'base', '--to', '1.0.0'],
  },
  {
    name: 'pack uninstall: with dependents',
    files: registryOf,
    before: () => [
      ['pack', ...CHAIN],
      ['pack', 'upgrade'],
    ],
    args: () => ['pack', 'uninstall', 'base', '--with-dependents', '--yes'],
    repeatStatus: 4,
  },
  {
    name: 'pack autoremove',
    files: registryOf,
    before: () => [
      ['pack', 'install', 'top'],
      ['pack', 'uninstall', 'top', '--yes'],
    ],
    args: () => ['pack', 'autoremove', '--yes'],
  },
  {
    name: 'pack repair',
    files: ({ served }) => configOf(served),
    before: () => [['pack', 'install', 'top']],
    damage: { 'data/packs/base/pack.yaml': 'damaged', 'data/packs/base/actions/run.yaml': 'damaged' },
    args: () => ['pack', 'repair', '--yes'],
  },
  {
    name: 'pack pin',
    files: registryOf,
    before: () => [['pack', ...CHAIN]],
    args: () => ['pack', 'pin', 'base', 'top'],
  },
  {
    name: 'pack sync: removals and installations',
    files: registryOf,
    before: ({ directory }) => [
      ['pack', 'install', 'top'],
      ['pack', 'lock'],
      ['pack', 'uninstall', 'middle', '--with-dependents', '--yes'],
      ['pack', 'install', join(directory, 'demo')],
    ],
    args: () => ['pack', 'sync', 'attune.lock', '--yes'],
  },
  {
    name: 'pack sync: a list of packs without a lock',
    files: (inputs) => ({ ...registryOf(inputs), 'work/attune.packs.yaml': 'packs: [middle]\n' }),
    args: () => ['pack', 'sync', 'attune.packs.yaml', '--yes'],
  },
  {
    name: 'pack lock',
    files: registryOf,
    before: () => [
      ['pack', 'install', 'single'],
      ['pack', 'lock'],
      ['pack', 'install', 'base'],
    ],
    args: () => ['pack', 'lock'],
  },
  {
    name: 'pack index-update: a new index',
    args: ({ directory }) => ['pack', 'index-update', join(directory, 'demo'), ...updateArgs(), '--create', ...source],
  },
  {
    name: 'pack index-update --update',
    files: indexOf,
    args: ({ directory }) => ['pack', 'index-update', join(directory, 'demo'), ...updateArgs(), '--update', ...source],
  },
  {
    name: 'pack index-merge',
    files: (inputs) => ({ ...indexOf(inputs), 'work/merged.json': '{}\n' }),
    args: ({ index }) => ['pack', 'index-merge', 'index.json', index, '--output', 'merged.json', '--force'],
  },
  {
    name: 'registry add: the first registry',
    args: ({ index }) => ['registry', 'add', 'main', index],
    repeatStatus: 5,
  },
  {
    name: 'registry add: another registry',
    files: registryOf,
    args: ({ directory }) => ['registry', 'add', 'other', join(directory, 'other', 'index.json')],
    repeatStatus: 5,
  },
  {
    name: 'registry remove',
    files: registryOf,
    args: () => ['registry', 'remove', 'main'],
    repeatStatus: 4,
  },
  {
    name: 'registry refresh',
    files: registryOf,
    args: () => ['registry', 'refresh'],
  },
  {
    name: 'cache prune --all',
    files: ({ served }) => configOf(served),
    before: () => [['pack', 'install', 'top']],
    args: () => ['cache', 'prune', '--all'],
  },
  {
    name: 'db restore',
    files: registryOf,
    before: () => [
      ['pack', ...CHAIN],
      ['db', 'backup', 'backup.db'],
      ['pack', 'pin', 'base'],
    ],
    args: () => ['db', 'restore', 'backup.db', '--yes'],
  },
];

function updateArgs(): readonly string[] {
  return ['--index', 'index.json', '--registry-name', 'Test', '--registry-url', 'https://index.example'];
}

/** The operations whose commands exist in this version of attune. */
export const OPERATIONS = ALL.filter(({ args }) => {
  const [topic, command] = args({ directory: '', index: '', served: '', repository: '' });
  return Object.hasOwn(manifest.commands, `${topic}:${command}`);
});

/** Writes files below the directory of a machine. */
export function placeFiles(files: Readonly<Record<string, string>>, root: string): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
