import { join } from 'node:path';
import type { Inputs } from './inputs.ts';

/** A command line that runs concurrently with others. */
export interface ConcurrentOperation {
  readonly name: string;
  args(inputs: Inputs): readonly string[];
  /** It reads the store in one query: its output must be that of a serial order, too. */
  readonly comparesOutput?: true;
  /** It uses another cache directory, as another user or a container does. */
  readonly usesOtherCache?: true;
}

const fixed = (...args: readonly string[]): ConcurrentOperation => ({ name: args.join(' '), args: () => args });
const withInputs = (name: string, args: (inputs: Inputs) => readonly string[]): ConcurrentOperation => ({ name, args });
const source = ['--archive-url', 'https://packs.example/x.tar.gz', '--archive-checksum', `sha256:${'5'.repeat(64)}`];

const installDirectory = (name: string, ...flags: readonly string[]) =>
  withInputs(['pack install', `./${name}`, ...flags].join(' '), ({ directory }) => [
    ...['pack', 'install', join(directory, name), ...flags],
  ]);
const updateIndex = (name: string, ...flags: readonly string[]) =>
  withInputs(['pack index-update', `./${name}`, ...flags].join(' '), ({ directory }) => [
    ...['pack', 'index-update', join(directory, name), '--index', 'index.json', ...flags, ...source],
  ]);

/** The commands that write, clean up, or inspect the store, the environments, an index, or the configuration. */
export const OPERATIONS: readonly ConcurrentOperation[] = [
  fixed('pack', 'install', 'lonely'),
  fixed('pack', 'install', 'branch'),
  fixed('pack', 'install', 'twig'),
  fixed('pack', 'install', 'picky'),
  installDirectory('tested'),
  withInputs('pack install GIT', ({ repository }) => ['pack', 'install', `git+file://${repository}`]),
  installDirectory('demo-changed', '--force'),
  fixed('pack', 'install', 'base@1.0.0', '--force'),
  installDirectory('python', '--env', '--force'),
  fixed('pack', 'upgrade', 'tool'),
  fixed('pack', 'rollback', 'base', '--to', '1.0.0'),
  fixed('pack', 'uninstall', 'tool', '--yes'),
  fixed('pack', 'uninstall', 'base', '--with-dependents', '--yes'),
  fixed('pack', 'uninstall', 'python', '--yes'),
  fixed('pack', 'autoremove', '--yes'),
  fixed('pack', 'sync', 'attune.lock', '--yes'),
  fixed('pack', 'lock'),
  fixed('pack', 'repair', '--yes'),
  fixed('pack', 'verify'),
  { ...fixed('pack', 'list', '--json'), comparesOutput: true },
  fixed('pack', 'pin', 'base', 'top'),
  fixed('pack', 'unpin', 'demo'),
  withInputs('pack test ./python --env', ({ directory }) => ['pack', 'test', join(directory, 'python'), '--env']),
  withInputs('pack test ./python-changed --env', ({ directory }) => [
    ...['pack', 'test', join(directory, 'python-changed'), '--env'],
  ]),
  fixed('doctor'),
  fixed('doctor', '--fix'),
  fixed('cache', 'prune', '--all'),
  fixed('cache', 'prune', '--envs', '--all'),
  fixed('cache', 'prune', '--releases', '--all'),
  fixed('db', 'backup', 'new.db'),
  fixed('db', 'restore', 'backup.db', '--yes'),
  updateIndex('demo', '--update'),
  updateIndex('tested'),
  { ...updateIndex('extra'), name: 'pack index-update ./extra (other cache)', usesOtherCache: true },
  withInputs('registry add other', ({ directory }) => [
    'registry',
    'add',
    'other',
    join(directory, 'other', 'index.json'),
  ]),
  withInputs('registry add third', ({ directory }) => [
    'registry',
    'add',
    'third',
    join(directory, 'third', 'index.json'),
  ]),
];

/** @throws Error if there is no such operation */
export function operationNamed(name: string): ConcurrentOperation {
  const found = OPERATIONS.find((operation) => operation.name === name);
  if (found === undefined)
    throw new Error(`'${name}' is not an operation: ${OPERATIONS.map(({ name }) => name).join(', ')}`);
  return found;
}
