/**
 * Installs packs of the make of real ones from local archives in one plan, compared with `ansible-galaxy collection install`
 * of the same files. attune also parses every component, records every file in its database and waits until all files are
 * on the disk; ansible-galaxy verifies the checksums in each collection.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Contest } from '../compare.ts';
import { isAvailable } from '../measure.ts';
import { type Program, publishedProgram } from '../program.ts';
import { type GeneratedPacks, generatePacks } from './generate-packs.ts';

/** Another version gives other times; this one is pinned so that results can be compared. */
const ANSIBLE = 'ansible-core==2.19.14';

/** The maximum of attune's time divided by that of ansible-galaxy. */
const AIM = 1 / 3;

export const packsBench: Bench = {
  name: 'packs',
  tool: 'ansible-galaxy',
  sizes: [15],
  install: installGalaxy,
  open(directory) {
    const program = publishedProgram(directory, '');
    return (count, workspace, galaxy) => {
      const packs = join(workspace, 'packs');
      mkdirSync(packs);
      return [contest(generatePacks(packs, count, galaxy), workspace, program, galaxy)];
    };
  },
};

/**
 * Installs ansible-galaxy from PyPI into a private environment, unless it is on the PATH.
 * @returns the program, or `undefined` if PyPI cannot be reached
 */
function installGalaxy(directory: string): string | undefined {
  if (isAvailable('ansible-galaxy')) return 'ansible-galaxy';
  const environment = join(directory, 'ansible');
  const run = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  const installed =
    run('python3', '-m', 'venv', environment) &&
    run(join(environment, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check', ANSIBLE);
  return installed ? join(environment, 'bin', 'ansible-galaxy') : undefined;
}

function contest(
  { packs, collections, bytes }: GeneratedPacks,
  directory: string,
  program: Program,
  galaxy: string,
): Contest {
  const unpacked = join(directory, 'collections');
  // Removes the output of both programs before each run.
  const prepare = () => {
    const { ATTUNE_DATA_DIR, ATTUNE_CACHE_DIR } = program.env;
    for (const path of [unpacked, ATTUNE_DATA_DIR, ATTUNE_CACHE_DIR]) {
      if (path !== undefined) rmSync(path, { recursive: true, force: true });
    }
  };
  const install = ['collection', 'install', ...collections, '--collections-path', unpacked, '--offline', '--no-deps'];
  return {
    name: `install ${packs.length} archives`,
    bytes,
    attune: {
      command: [...program.command, 'pack', 'install', ...packs, '--skip-tests'],
      cwd: directory,
      env: program.env,
      prepare,
    },
    tool: {
      command: [galaxy, ...install],
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: directory, LC_ALL: 'C.UTF-8' },
      prepare,
    },
    aim: { timeRatio: AIM },
  };
}
