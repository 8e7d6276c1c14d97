import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { quoteForShell } from '../../src/platform/shell-quote.ts';
import { type Harness, programCommand, programPath, type Run, runCommand } from './attune.ts';

/** Matches a command in single quotes, whose own arguments may be quoted. */
const QUOTED = /'(attune (?:[^'\n]|'[^'\n]*'(?= ))*)'/g;
const INTRODUCED = /(?:\bwith|\bmean): (attune [^\n]+)$/gm;
/** The last column of the table of `pack history`. */
const IN_COLUMN = / {2}(attune [^\n]+)$/gm;
const PLACEHOLDER = /(?<!\w)(?:SOURCE|NAME|URL|PATH|FILE|VERSION|REF)\b/;

/** Returns the command lines that an output suggests, without those that contain a placeholder. */
export function printedCommands(output: string): string[] {
  const found = [QUOTED, INTRODUCED, IN_COLUMN].flatMap((pattern) =>
    [...output.matchAll(pattern)].map(([, command = '']) => command.trim()),
  );
  return [...new Set(found)].filter((command) => !PLACEHOLDER.test(command));
}

/** Runs a command line in a shell whose `attune` is the program under test, with the directories of a harness. */
export function runInShell(
  { directory, data, config }: Harness,
  command: string,
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<Run> {
  const root = dirname(data);
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'attune'), `#!/bin/sh\nexec ${programCommand().map(quoteForShell).join(' ')} "$@"\n`);
  chmodSync(join(bin, 'attune'), 0o755);
  return runCommand(['/bin/sh', '-c', command], directory, {
    PATH: `${bin}:${programPath()}`,
    HOME: join(root, 'home'),
    TMPDIR: join(root, 'tmp'),
    ATTUNE_DATA_DIR: data,
    ATTUNE_CACHE_DIR: join(root, 'cache'),
    ATTUNE_CONFIG_DIR: config,
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    ...variables,
  });
}

/** Saves a directory. @returns a function that restores it */
export function snapshotOf(directory: string): () => void {
  const saved = `${directory}.saved`;
  const copy = (from: string, to: string) => {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  };
  mkdirSync(directory, { recursive: true });
  copy(directory, saved);
  return () => copy(saved, directory);
}
