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
  { cwd, env, answer, columns = 100 }: TerminalOptions,
): Promise<TerminalRun> {
  const command = [...programCommand(), ...args].map((argument) => `'${argument}'`).join(' ');
  const child = spawn(SCRIPT_PROGRAM, ['-qefc', `stty cols ${columns} rows 30; exec ${command}`, '/dev/null'], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...env, SHELL: '/bin/sh' },
  });
  let output = '';
  let isAnswered = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (answer === undefined || isAnswered || !answer[0].test(output)) return;
    isAnswered = true;
    child.stdin.write(`${answer[1]}\n`);
  });
  return new Promise((resolve) =>
    child.once('close', (status) => resolve({ status, output: stripVTControlCharacters(output).replaceAll('\r', '') })),
  );
}
