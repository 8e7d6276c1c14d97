/**
 * A large pack from an archive on this machine to its place in the store, beside the programs that everybody has: what
 * unpacks it and what hashes it. The store's promise to be on the disk before it says so is part of the time; the tools
 * make none.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Contest } from '../compare.ts';
import type { Task } from '../measure.ts';
import { type Program, publishedProgram } from '../program.ts';
import { generatePack } from './large-pack.ts';

const MEMORY = 160e6;
/** Above what is generated: the bench asks how long it takes, not whether it is let in. */
const CONFIGURATION = 'limits: { archive_bytes: 1000000000, unpacked_bytes: 4000000000, entries: 200000 }\n';

export const archiveBench: Bench = {
  name: 'archive',
  tool: 'tar',
  // Megabytes of files. Memory must not grow with them.
  sizes: [100, 300],
  open(directory) {
    const program = publishedProgram(directory, CONFIGURATION);
    return (megabytes, place) => contests(megabytes, place, program);
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
  const attune = (...words: string[]): Task => ({
    command: [...program.command, 'pack', ...words],
    cwd: directory,
    env: program.env,
  });
  const unpacked = join(directory, 'unpacked');
  // What the other left may still be on its way to the disk, and nobody has to wait for that.
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
  const zips = makeZip(pack, join(directory, 'pack.zip'));
  return [
    install('pack.tar.gz', 'tar -xzf pack.tar.gz -C unpacked', 1.3),
    ...(zips ? [install('pack.zip', 'unzip -q pack.zip -d unpacked', 1.6)] : []),
    {
      name: 'checksum of the directory',
      bytes,
      attune: attune('checksum', pack),
      tool: shell('cd pack && find . -type f | sort | xargs cat | sha256sum'),
      aim: { timeRatio: 0.6, memoryBytes: MEMORY },
    },
  ];
}

/** @returns whether there are programs here to make a zip and to compare with */
function makeZip(pack: string, zip: string): boolean {
  if (spawnSync('zip', ['-v'], { stdio: 'ignore' }).status !== 0) return false;
  if (spawnSync('unzip', ['-v'], { stdio: 'ignore' }).status !== 0) return false;
  execFileSync('zip', ['-qr', zip, '.'], { cwd: pack });
  return true;
}
