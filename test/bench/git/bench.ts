/**
 * Installs a pack from a git server, compared with `git clone --depth 1` of the same URL. The server is git's own. Unlike
 * git, attune also hashes every file twice, waits until all files are on the disk, records them in its database and
 * caches the downloaded content; this is part of its time.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { GIT_ENVIRONMENT } from '../../support/git/repository.ts';
import type { Aim, Bench, Contest } from '../compare.ts';
import { type Program, publishedProgram } from '../program.ts';
import { generateRepository } from './generate-repository.ts';

/** The default limit is 20,000 entries including directories, so only the largest pack requires a configuration. */
const configurationFor = (files: number) => (files < 10_000 ? '' : 'limits: { entries: 100000 }\n');

export const gitBench: Bench = {
  name: 'git',
  tool: 'git',
  sizes: [60, 2_000, 20_000],
  open(directory) {
    const repositories = join(directory, 'repositories');
    mkdirSync(repositories);
    const origin = serve(repositories, join(directory, 'address'));
    const runs = join(directory, 'runs');
    const setAside = createMover(runs);
    return (files, workspace) => {
      const program = publishedProgram(workspace, configurationFor(files));
      return [contest({ files, workspace, program, repositories, origin, runs, setAside })];
    };
  },
};

interface Setting {
  readonly files: number;
  /** An empty directory. */
  readonly workspace: string;
  readonly program: Program;
  readonly repositories: string;
  /** The URL of the server that serves `repositories`. */
  readonly origin: string;
  /** The directory that both programs write to. */
  readonly runs: string;
  readonly setAside: (path: string) => void;
}

function contest({ files, workspace, program, repositories, origin, runs, setAside }: Setting): Contest {
  // Large repositories have smaller files: 19 MB in 2,000 files, 123 MB in 20,000.
  const bytes = generateRepository(join(repositories, `${files}.git`), files, files > 5_000 ? 6_150 : 9_500);
  const url = `${origin}/${files}.git`;
  const [data, clone] = [join(runs, 'data'), join(runs, 'clone')];
  return {
    name: 'install at depth 1',
    bytes,
    attune: {
      command: [...program.command, 'pack', 'install', url, '--skip-tests'],
      cwd: workspace,
      env: { ...program.env, ATTUNE_DATA_DIR: data },
      prepare: () => {
        setAside(data);
        // Each run starts with an empty cache and includes filling it.
        for (const name of ['downloads', 'contents'])
          setAside(join(program.env['ATTUNE_CACHE_DIR'] ?? workspace, name));
      },
    },
    tool: {
      command: ['git', 'clone', '--quiet', '--depth=1', url, clone],
      cwd: workspace,
      env: GIT_ENVIRONMENT,
      prepare: () => setAside(clone),
    },
    aim: aimFor(files),
  };
}

/**
 * Returns a function that moves the output of a run aside. It is removed after the bench: for minutes after a removal,
 * ext4 checks each freed inode before it allocates one, so that creating 20,000 files takes ten times as long.
 */
function createMover(directory: string): (path: string) => void {
  mkdirSync(directory);
  let moved = 0;
  return (path) => {
    if (existsSync(path)) renameSync(path, join(directory, String(moved++)));
  };
}

/** Returns the aim. The time for a small pack is dominated by startup. */
function aimFor(files: number): Aim {
  if (files <= 100) return { secondsMore: 0.15 };
  return { timeRatio: files <= 5_000 ? 1.5 : 1.3 };
}

/** Starts a server that ends with this process, and returns its URL. */
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
    if (waits > 1000) throw new Error('The git server did not start.');
    Atomics.wait(pause, 0, 0, 10);
  }
  return readFileSync(addressFile, 'utf8');
}
