import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The checkout. */
export const PROJECT = dirname(dirname(import.meta.dirname));

/** The program as people get it, and a machine of its own to run on. */
export interface Program {
  readonly command: readonly [program: string, ...words: string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The standalone executable, made anew; for a system of which it is not made here, the package. `ATTUNE_BIN` names another
 * build. It is copied out of the checkout, in which somebody may build while this measures.
 * @param directory an empty one
 * @param configuration `config.yaml`; there is none where it is empty
 */
export function publishedProgram(directory: string, configuration: string): Program {
  const built = process.env['ATTUNE_BIN'] ?? (process.platform === 'linux' ? madeExecutable() : undefined);
  if (!built) return packagedProgram(directory, configuration);
  const program = join(directory, 'attune');
  copyFileSync(built, program);
  return { command: [program], env: environment(join(directory, 'home'), configuration) };
}

/**
 * The program as `npm install` lays it out, which Node runs: without the sources, which start more slowly.
 * @param directory an empty one
 * @param configuration `config.yaml`; there is none where it is empty
 */
export function packagedProgram(directory: string, configuration: string): Program {
  return {
    command: [process.execPath, layOut(join(directory, 'program'))],
    env: environment(join(directory, 'home'), configuration),
  };
}

let made: string | undefined;

function madeExecutable(): string {
  if (made) return made;
  execFileSync(process.execPath, [join(PROJECT, 'bin', 'build', 'executable.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  made = join(PROJECT, 'dist', `attune-linux-${process.arch}`);
  return made;
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
  if (configuration !== '') writeFileSync(join(home, 'config', 'config.yaml'), configuration);
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
