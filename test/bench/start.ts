import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Contest } from './compare.ts';
import { publishedProgram } from './program.ts';

const FILE_BYTES = 2000;

/** The short commands, each as a process, beside Node itself when it has nothing to do. */
const COMMANDS: readonly { readonly words: readonly string[]; readonly atMost: number }[] = [
  { words: ['--version'], atMost: 1.15 },
  { words: ['pack', 'checksum', './pack'], atMost: 1.4 },
  { words: ['pack', 'list'], atMost: 1.5 },
  { words: ['pack', '--help'], atMost: 1.7 },
];

export const startBench: Bench = {
  name: 'start',
  tool: 'node',
  sizes: [60],
  runs: 51,
  open(directory) {
    const program = publishedProgram(directory, '');
    const [command, ...first] = program.command;
    return (files, place) => {
      makePack(join(place, 'pack'), files);
      execFileSync(command, [...first, 'pack', 'install', './pack'], { cwd: place, env: program.env, stdio: 'ignore' });
      return COMMANDS.map(
        ({ words, atMost }): Contest => ({
          name: words.join(' '),
          bytes: files * FILE_BYTES,
          attune: { command: [...program.command, ...words], cwd: place, env: program.env },
          tool: { command: [process.execPath, '-e', '0'], cwd: place, env: program.env },
          aim: { timeRatio: atMost },
        }),
      );
    };
  },
};

function makePack(directory: string, files: number): void {
  for (let file = 1; file < files; file += 1) {
    const place = join(directory, 'lib', `part-${file % 10}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `file-${file}.txt`), `${file}\n`.repeat(FILE_BYTES / (String(file).length + 1)));
  }
  writeFileSync(join(directory, 'pack.yaml'), 'ref: start\nversion: 1.0.0\n');
}
