import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import manifest from '../../../oclif.manifest.json' with { type: 'json' };
import { createRepository } from '../git/repository.ts';
import { bytes, startHttpServer } from '../http/server.ts';
import { packFiles, writeRegistry } from '../registry/server.ts';
import { writeFiles } from '../store.ts';

/** What packs and registries are made from; nobody writes there, so all machines share it. */
export interface Inputs {
  readonly directory: string;
  /** An index with three packs that need each other, each in two versions, and one by itself. */
  readonly index: string;
  /** The same behind a server. */
  readonly served: string;
  /** A git repository with a pack. */
  readonly repository: string;
}

/** A command line that changes something, and how a machine gets ready for it. */
export interface Operation {
  /** As the table of docs/reliability.md calls it. */
  readonly name: string;
  readonly words: (inputs: Inputs) => readonly string[];
  /** Files of the machine, and command lines that come before. */
  readonly files?: (inputs: Inputs) => Readonly<Record<string, string>>;
  readonly before?: (inputs: Inputs) => readonly (readonly string[])[];
  /** What somebody then writes into files of the machine. */
  readonly spoil?: Readonly<Record<string, string>>;
  /** The exit status of a second attempt where the first one was killed after it counted; 0 where it is left out. */
  readonly again?: number;
}

const VERSIONS = ['2.0.0', '1.0.0'];
const TOWER = ['install', 'top@1.0.0', 'middle@1.0.0', 'base@1.0.0'];
const DIGEST = `sha256:${'5'.repeat(64)}`;

interface Cleaner {
  after(clean: () => void | Promise<void>): void;
}

export async function makeInputs(test: Cleaner, directory: string): Promise<Inputs> {
  const packs = VERSIONS.flatMap((version) => [
    { ref: 'base', version },
    { ref: 'middle', version, needs: ['base'] },
    { ref: 'top', version, needs: ['middle'] },
  ]);
  const index = writeRegistry(join(directory, 'registry'), [...packs, { ref: 'lonely' }]);
  const pack = (name: string, plan: Parameters<typeof packFiles>[0]) =>
    writeFiles(join(directory, name), packFiles(plan));
  pack('tested', { ref: 'tested', test: 'exit 0', files: { 'lib/deep/down/one.txt': 'one', 'lib/two.txt': 'two' } });
  pack('demo', { ref: 'demo' });
  pack('demo-changed', { ref: 'demo', files: { 'lib/more.txt': 'more' } });
  writeRegistry(join(directory, 'other'), [{ ref: 'other' }, { ref: 'demo', version: '0.9.0' }]);
  const { path: repository } = createRepository(test, packFiles({ ref: 'tracked', files: { 'lib/one.txt': 'one' } }));
  return { directory, index, served: await serve(test, dirname(index)), repository };
}

/** @returns the address of the `index.json` in a directory */
async function serve(test: Cleaner, directory: string): Promise<string> {
  const names = ['index.json', ...readdirSync(join(directory, 'archives')).map((name) => `archives/${name}`)];
  const routes = names.map((name) => [`/${name}`, bytes(readFileSync(join(directory, name)))]);
  const server = await startHttpServer(test, Object.fromEntries(routes));
  return server.url('/index.json');
}

const configOf = (url: string) => ({
  'config/config.yaml': `# kept\npack_registry:\n  indices:\n    - { name: main, url: "${url}" }\n`,
});
const registryOf = ({ index }: Inputs) => configOf(index);
const indexOf = ({ directory }: Inputs) => ({
  'work/index.json': readFileSync(join(directory, 'other', 'index.json'), 'utf8'),
});
const source = ['--archive-url', 'https://packs.example/demo-1.0.0.tar.gz', '--archive-checksum', DIGEST];

const ALL: readonly Operation[] = [
  {
    name: 'pack install: a set from a registry, the first of all',
    files: registryOf,
    words: () => ['pack', 'install', 'top'],
    again: 5,
  },
  {
    name: 'pack install: from a server',
    files: ({ served }) => configOf(served),
    before: () => [['pack', 'install', 'lonely']],
    words: () => ['pack', 'install', 'middle'],
    again: 5,
  },
  {
    name: 'pack install: a git repository',
    words: ({ repository }) => ['pack', 'install', `git+file://${repository}`],
    again: 5,
  },
  {
    name: 'pack install: a directory with tests',
    before: ({ directory }) => [['pack', 'install', join(directory, 'demo')]],
    words: ({ directory }) => ['pack', 'install', join(directory, 'tested')],
    again: 5,
  },
  {
    name: 'pack install --force: other content of the same version',
    before: ({ directory }) => [['pack', 'install', join(directory, 'demo')]],
    words: ({ directory }) => ['pack', 'install', join(directory, 'demo-changed'), '--force'],
  },
  {
    name: 'pack upgrade: a set with its dependencies',
    files: registryOf,
    before: () => [['pack', ...TOWER]],
    words: () => ['pack', 'upgrade'],
  },
  {
    name: 'pack rollback',
    files: registryOf,
    before: () => [
      ['pack', ...TOWER],
      ['pack', 'upgrade'],
    ],
    words: () => ['pack', 'rollback', 'base', '--to', '1.0.0'],
  },
  {
    name: 'pack uninstall: with what needs it',
    files: registryOf,
    before: () => [
      ['pack', ...TOWER],
      ['pack', 'upgrade'],
    ],
    words: () => ['pack', 'uninstall', 'base', '--with-dependents', '--yes'],
    again: 4,
  },
  {
    name: 'pack autoremove',
    files: registryOf,
    before: () => [
      ['pack', 'install', 'top'],
      ['pack', 'uninstall', 'top', '--yes'],
    ],
    words: () => ['pack', 'autoremove', '--yes'],
  },
  {
    name: 'pack repair',
    files: ({ served }) => configOf(served),
    before: () => [['pack', 'install', 'top']],
    spoil: { 'data/packs/base/pack.yaml': 'spoiled', 'data/packs/base/actions/run.yaml': 'spoiled' },
    words: () => ['pack', 'repair', '--yes'],
  },
  {
    name: 'pack pin',
    files: registryOf,
    before: () => [['pack', ...TOWER]],
    words: () => ['pack', 'pin', 'base', 'top'],
  },
  {
    name: 'pack sync: some go, some come',
    files: registryOf,
    before: ({ directory }) => [
      ['pack', 'install', 'top'],
      ['pack', 'lock'],
      ['pack', 'uninstall', 'middle', '--with-dependents', '--yes'],
      ['pack', 'install', join(directory, 'demo')],
    ],
    words: () => ['pack', 'sync', 'attune.lock', '--yes'],
  },
  {
    name: 'pack sync: a list of packs without a lock',
    files: (inputs) => ({ ...registryOf(inputs), 'work/attune.packs.yaml': 'packs: [middle]\n' }),
    words: () => ['pack', 'sync', 'attune.packs.yaml', '--yes'],
  },
  {
    name: 'pack lock',
    files: registryOf,
    before: () => [
      ['pack', 'install', 'lonely'],
      ['pack', 'lock'],
      ['pack', 'install', 'base'],
    ],
    words: () => ['pack', 'lock'],
  },
  {
    name: 'pack index-update: a new index',
    words: ({ directory }) => [
      'pack',
      'index-update',
      join(directory, 'demo'),
      ...updateWords(),
      '--create',
      ...source,
    ],
  },
  {
    name: 'pack index-update --update',
    files: indexOf,
    words: ({ directory }) => [
      'pack',
      'index-update',
      join(directory, 'demo'),
      ...updateWords(),
      '--update',
      ...source,
    ],
  },
  {
    name: 'pack index-merge',
    files: (inputs) => ({ ...indexOf(inputs), 'work/merged.json': '{}\n' }),
    words: ({ index }) => ['pack', 'index-merge', 'index.json', index, '--output', 'merged.json', '--force'],
  },
  {
    name: 'registry add: the first one',
    words: ({ index }) => ['registry', 'add', 'main', index],
    again: 5,
  },
  {
    name: 'registry add: one more',
    files: registryOf,
    words: ({ directory }) => ['registry', 'add', 'other', join(directory, 'other', 'index.json')],
    again: 5,
  },
  {
    name: 'registry remove',
    files: registryOf,
    words: () => ['registry', 'remove', 'main'],
    again: 4,
  },
  {
    name: 'registry refresh',
    files: registryOf,
    words: () => ['registry', 'refresh'],
  },
  {
    name: 'cache prune --all',
    files: ({ served }) => configOf(served),
    before: () => [['pack', 'install', 'top']],
    words: () => ['cache', 'prune', '--all'],
  },
  {
    name: 'db restore',
    files: registryOf,
    before: () => [
      ['pack', ...TOWER],
      ['db', 'backup', 'backup.db'],
      ['pack', 'pin', 'base'],
    ],
    words: () => ['db', 'restore', 'backup.db', '--yes'],
  },
];

function updateWords(): readonly string[] {
  return ['--index', 'index.json', '--registry-name', 'Test', '--registry-url', 'https://index.example'];
}

/** All that this attune has. */
export const OPERATIONS = ALL.filter(({ words }) => {
  const [topic, command] = words({ directory: '', index: '', served: '', repository: '' });
  return Object.hasOwn(manifest.commands, `${topic}:${command}`);
});

/** Puts files in place on a machine. */
export function placeFiles(files: Readonly<Record<string, string>>, root: string): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
