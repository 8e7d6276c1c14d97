import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Contest } from './compare.ts';
import { publishedProgram } from './program.ts';

const FILE_BYTES = 2000;

/** Short commands, compared as whole processes with a Node that has nothing to do. */
const COMMANDS: readonly { readonly args: readonly string[]; readonly timeRatio: number }[] = [
  { args: ['--version'], timeRatio: 1.15 },
  { args: ['pack', 'checksum', './pack'], timeRatio: 1.75 },
  { args: ['pack', 'list'], timeRatio: 1.75 },
  { args: ['pack', '--help'], timeRatio: 1.8 },
];

export const startBench: Bench = {
  name: 'start',
  tool: 'node',
  sizes: [60],
  runs: 31,
  open(directory) {
    const { command, env } = publishedProgram(directory, '');
    const [program, ...firstArgs] = command;
    return (files, cwd) => {
      writePack(join(cwd, 'pack'), files);
      execFileSync(program, [...firstArgs, 'pack', 'install', './pack'], { cwd, env, stdio: 'ignore' });
      return COMMANDS.map(
        ({ args, timeRatio }): Contest => ({
          name: args.join(' '),
          bytes: files * FILE_BYTES,
          attune: { command: [...command, ...args], cwd, env },
          tool: { command: [process.execPath, '-e', '0'], cwd, env },
          aim: { timeRatio },
        }),
      );
    };
  },
};

function writePack(directory: string, files: number): void {
  for (let number = 1; number < files; number += 1) {
    const parent = join(directory, 'lib', `part-${number % 10}`);
    mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `file-${number}.txt`), `${number}\n`.repeat(FILE_BYTES / (String(number).length + 1)));
  }
  writeFileSync(join(directory, 'pack.yaml'), 'ref: start\nversion: 1.0.0\n');
}
