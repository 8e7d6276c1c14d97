/**
 * Installs a large pack from a local archive, compared with unpacking and hashing it with standard tools. attune's time
 * includes waiting until all files are on the disk, which the tools do not do.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Contest } from '../compare.ts';
import type { Task } from '../measure.ts';
import { type Program, publishedProgram } from '../program.ts';
import { generatePack } from './large-pack.ts';

const MEMORY = 160e6;
/** Limits above the size of the generated pack. */
const CONFIGURATION = 'limits: { archive_bytes: 1000000000, unpacked_bytes: 4000000000, entries: 200000 }\n';

export const archiveBench: Bench = {
  name: 'archive',
  tool: 'tar',
  // Megabytes of files. Memory must not grow with the size.
  sizes: [100, 300],
  open(directory) {
    const program = publishedProgram(directory, CONFIGURATION);
    return (megabytes, workspace) => contests(megabytes, workspace, program);
  },
};

function contests(megabytes: number, directory: string, program: Program): readonly Contest[] {
  const pack = join(directory, 'pack');
  const bytes = generatePack(pack, megabytes);
  const shell = (line: string): Task => ({
    command: ['sh', '-c', line],
    cwd: directory,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  const attune = (...args: string[]): Task => ({
    command: [...program.command, 'pack', ...args],
    cwd: directory,
    env: program.env,
  });
  const unpacked = join(directory, 'unpacked');
  // Removes the output of both programs before each run.
  const empty = () => {
    for (const path of [unpacked, String(program.env['ATTUNE_DATA_DIR'])])
      rmSync(path, { recursive: true, force: true });
    mkdirSync(unpacked);
  };
  const install = (archive: string, unpack: string, timeRatio: number): Contest => ({
    name: `install ${archive}, ${Math.round(statSync(join(directory, archive)).size / 1e6)} MB`,
    bytes,
    attune: { ...attune('install', `./${archive}`, '--skip-tests'), prepare: empty },
    tool: { ...shell(`${unpack} && sha256sum ${archive}`), prepare: empty },
    aim: { timeRatio, memoryBytes: MEMORY },
  });
  execFileSync('tar', ['-czf', 'pack.tar.gz', '-C', pack, '.'], { cwd: directory });
  const hasZip = createZip(pack, join(directory, 'pack.zip'));
  return [
    install('pack.tar.gz', 'tar -xzf pack.tar.gz -C unpacked', 1.3),
    ...(hasZip ? [install('pack.zip', 'unzip -q pack.zip -d unpacked', 1.6)] : []),
    {
      name: 'checksum of the directory',
      bytes,
      attune: attune('checksum', pack),
      tool: shell('cd pack && find . -type f | sort | xargs cat | sha256sum'),
      aim: { timeRatio: 0.6, memoryBytes: MEMORY },
    },
  ];
}

/** @returns false if zip or unzip is not available */
function createZip(pack: string, zip: string): boolean {
  if (spawnSync('zip', ['-v'], { stdio: 'ignore' }).status !== 0) return false;
  if (spawnSync('unzip', ['-v'], { stdio: 'ignore' }).status !== 0) return false;
  execFileSync('zip', ['-qr', zip, '.'], { cwd: pack });
  return true;
}
