import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The root of the checkout. */
export const PROJECT = dirname(dirname(import.meta.dirname));

/** The published program with a private environment. */
export interface Program {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Builds the standalone executable, or the npm package on systems other than Linux. `ATTUNE_BIN` selects another build.
 * The program is copied out of the checkout, so that a concurrent build does not affect the measurement.
 * @param directory an empty directory
 * @param configuration the content of `settings.yaml`; no file is written if it is empty
 */
export function publishedProgram(directory: string, configuration: string): Program {
  const built = process.env['ATTUNE_BIN'] ?? (process.platform === 'linux' ? buildExecutable() : undefined);
  if (!built) return packagedProgram(directory, configuration);
  const program = join(directory, 'attune');
  copyFileSync(built, program);
  return { command: [program], env: environment(join(directory, 'home'), configuration) };
}

/**
 * Lays out the program as `npm install` does: the bundle without the sources, which start more slowly.
 * @param directory an empty directory
 * @param configuration the content of `settings.yaml`; no file is written if it is empty
 */
export function packagedProgram(directory: string, configuration: string): Program {
  return {
    command: [process.execPath, layOut(join(directory, 'program'))],
    env: environment(join(directory, 'home'), configuration),
  };
}

let executable: string | undefined;

function buildExecutable(): string {
  if (executable) return executable;
  execFileSync(process.execPath, [join(PROJECT, 'bin', 'build', 'executable.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  executable = join(PROJECT, 'dist', `attune-linux-${process.arch}`);
  return executable;
}

/** @returns the program's entry file */
function layOut(directory: string): string {
  execFileSync(process.execPath, [join(PROJECT, 'bin', 'build', 'bundle.ts')], { stdio: 'inherit' });
  mkdirSync(directory);
  const { files } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { files: readonly string[] };
  for (const path of ['package.json', ...files]) {
    cpSync(join(PROJECT, path), join(directory, path), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(directory, 'node_modules'), 'dir');
  return join(directory, 'bin', 'run.js');
}

function environment(home: string, configuration: string): Program['env'] {
  mkdirSync(join(home, 'config'), { recursive: true });
  mkdirSync(join(home, 'tmp'));
  if (configuration !== '') writeFileSync(join(home, 'config', 'settings.yaml'), configuration);
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    ATTUNE_DATA_DIR: join(home, 'data'),
    ATTUNE_CACHE_DIR: join(home, 'cache'),
    ATTUNE_CONFIG_DIR: join(home, 'config'),
    ATTUNE_USER: 'bench',
  };
}
