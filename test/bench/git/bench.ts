/**
 * Installing a pack from a git server, whole process, beside `git clone --depth 1` of the same address. The server is
 * git's own and does the same for both. What attune does besides is in its time: it hashes every file twice over, waits
 * until all of them are on the disk, records them in its database and keeps what came in its cache, none of which git does.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { GIT_ENVIRONMENT } from '../../support/git/repository.ts';
import type { Aim, Bench, Contest } from '../compare.ts';
import { type Program, publishedProgram } from '../program.ts';
import { generateRepository } from './generate-repository.ts';

/** The default limit of entries is 20,000 with the directories: only the largest pack needs a configuration. */
const configurationFor = (files: number) => (files < 10_000 ? '' : 'limits: { entries: 100000 }\n');

export const gitBench: Bench = {
  name: 'git',
  tool: 'git',
  sizes: [60, 2_000, 20_000],
  open(directory) {
    const repositories = join(directory, 'repositories');
    mkdirSync(repositories);
    const address = serve(repositories, join(directory, 'address'));
    const runs = join(directory, 'runs');
    const setAside = mover(runs);
    return (files, place) => {
      const program = publishedProgram(place, configurationFor(files));
      return [contest({ files, place, program, repositories, address, runs, setAside })];
    };
  },
};

interface Setting {
  readonly files: number;
  /** An empty directory. */
  readonly place: string;
  readonly program: Program;
  readonly repositories: string;
  /** Of the server of `repositories`. */
  readonly address: string;
  /** Where both write to. */
  readonly runs: string;
  readonly setAside: (path: string) => void;
}

function contest({ files, place, program, repositories, address, runs, setAside }: Setting): Contest {
  // Large repositories have smaller files: 19 MB in 2,000 files, 123 MB in 20,000.
  const bytes = generateRepository(join(repositories, `${files}.git`), files, files > 5_000 ? 6_150 : 9_500);
  const url = `${address}/${files}.git`;
  const [data, clone] = [join(runs, 'data'), join(runs, 'clone')];
  return {
    name: 'install at depth 1',
    bytes,
    attune: {
      command: [...program.command, 'pack', 'install', url, '--skip-tests'],
      cwd: place,
      env: { ...program.env, ATTUNE_DATA_DIR: data },
      prepare: () => {
        setAside(data);
        // Every time is the first: keeping what came for the next time is a part of it.
        for (const name of ['downloads', 'contents']) setAside(join(program.env['ATTUNE_CACHE_DIR'] ?? place, name));
      },
    },
    tool: {
      command: ['git', 'clone', '--quiet', '--depth=1', url, clone],
      cwd: place,
      env: GIT_ENVIRONMENT,
      prepare: () => setAside(clone),
    },
    aim: aimFor(files),
  };
}

/**
 * What was made is kept until the bench is over. For minutes after files were removed, ext4 looks at each inode that they
 * had before it takes a free one, and making 20,000 files takes ten times as long.
 */
function mover(directory: string): (path: string) => void {
  mkdirSync(directory);
  let moved = 0;
  return (path) => {
    if (existsSync(path)) renameSync(path, join(directory, String(moved++)));
  };
}

/** A small pack costs what starting the program costs. */
function aimFor(files: number): Aim {
  if (files <= 100) return { secondsMore: 0.15 };
  return { timeRatio: files <= 5_000 ? 1.5 : 1.3 };
}

/** @returns the address of the server, which ends with this process */
function serve(repositories: string, addressFile: string): string {
  const server = spawn(
    process.execPath,
    [join(import.meta.dirname, 'serve-repositories.ts'), repositories, addressFile],
    {
      stdio: ['pipe', 'inherit', 'inherit'],
    },
  );
  server.unref();
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waits = 0; !existsSync(addressFile); waits++) {
    if (waits > 1000) throw new Error('The git server does not start.');
    Atomics.wait(pause, 0, 0, 10);
  }
  return readFileSync(addressFile, 'utf8');
}
