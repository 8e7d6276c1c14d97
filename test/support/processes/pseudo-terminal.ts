import { spawn, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { programCommand } from '../attune.ts';

/** The util-linux program that runs a command on a pseudo-terminal. */
const SCRIPT_PROGRAM = 'script';

/** The reason to skip tests that need a pseudo-terminal; `false` if there is one. */
export const withoutTerminal =
  !/util-linux/.test(spawnSync(SCRIPT_PROGRAM, ['--version'], { encoding: 'utf8' }).stdout ?? '') &&
  'the script program of util-linux is not installed';

interface TerminalOptions {
  readonly cwd: string;
  /** The whole environment of the command line, without SHELL. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Types the answer once the output contains the question. */
  readonly answer?: readonly [question: RegExp, answer: string];
  /** Types these answers one after the other, each once the output after the previous one contains its question. */
  readonly answers?: readonly (readonly [question: RegExp, answer: string])[];
  /** 100 by default. */
  readonly columns?: number;
}

export interface TerminalRun {
  readonly status: number | null;
  /** What the terminal received, without control sequences and carriage returns. */
  readonly output: string;
}

/** Runs a command line of attune on a pseudo-terminal. */
export function runOnTerminal(
  args: readonly string[],
  { cwd, env, answer, answers = answer ? [answer] : [], columns = 100 }: TerminalOptions,
): Promise<TerminalRun> {
  const command = [...programCommand(), ...args].map((argument) => `'${argument}'`).join(' ');
  const child = spawn(SCRIPT_PROGRAM, ['-qefc', `stty cols ${columns} rows 30; exec ${command}`, '/dev/null'], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...env, SHELL: '/bin/sh' },
  });
  let output = '';
  let answered = 0;
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const next = answers[answered];
    if (next === undefined || !next[0].test(stripVTControlCharacters(output.slice(seen)))) return;
    answered += 1;
    seen = output.length;
    child.stdin.write(`${next[1]}\n`);
  });
  return new Promise((resolve) =>
    child.once('close', (status) => resolve({ status, output: stripVTControlCharacters(output).replaceAll('\r', '') })),
  );
}
