import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { programCommand } from '../attune.ts';
import type { CliHarness } from '../cli.ts';
import { temporaryDirectory } from '../temporary.ts';
import { waitFor } from '../wait-for.ts';

/** The reason to skip tests that need the terminal multiplexer; `false` if it is installed. */
export const withoutTmux = spawnSync('tmux', ['-V']).status !== 0 && 'tmux is not installed';

interface TmuxOptions {
  readonly columns: number;
  readonly rows: number;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A command line of attune in a terminal that interprets control sequences. */
export interface TmuxRun {
  /** Returns the lines on the screen, without trailing spaces and empty lines at the end. */
  screen(): string;
  type(...keys: string[]): void;
  /** Waits for the end of the command. @returns its exit status */
  ended(): Promise<number>;
}

interface TestHooks {
  after(clean: () => void): void;
}

/** Runs a command line in a terminal of tmux with a private server, which is stopped after the test. */
export function runInTmux(
  test: TestHooks,
  harness: CliHarness,
  { columns, rows, variables = {} }: TmuxOptions,
  ...args: string[]
): TmuxRun {
  const directory = temporaryDirectory(test);
  const statusFile = join(directory, 'status');
  const env = {
    PATH: process.env['PATH'],
    LC_ALL: 'C.UTF-8',
    SHELL: '/bin/sh',
    TMUX_TMPDIR: directory,
    HOME: dirname(harness.data),
    ATTUNE_DATA_DIR: harness.data,
    ATTUNE_CACHE_DIR: join(dirname(harness.data), 'cache'),
    ATTUNE_CONFIG_DIR: harness.config,
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(directory, 'compiled'),
  };
  const tmux = (...command: string[]) => {
    const { status, stdout, stderr } = spawnSync('tmux', ['-u', '-f', '/dev/null', ...command], {
      cwd: harness.directory,
      encoding: 'utf8',
      env,
    });
    if (status !== 0) throw new Error(`tmux ${command[0]}: ${stderr}`);
    return stdout;
  };
  // tmux itself sets TERM and removes some variables.
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const quoted = ['env', ...assignments, ...programCommand(), ...args].map((arg) => `'${arg}'`).join(' ');
  // The shell keeps the screen after the end of the command.
  const script = `${quoted}; echo $? > '${statusFile}.tmp'; mv '${statusFile}.tmp' '${statusFile}'; read -r _`;
  test.after(() => spawnSync('tmux', ['kill-server'], { env }));
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), script);
  const screen = () =>
    tmux('capture-pane', '-p')
      .replace(/[ \t]+$/gm, '')
      .trimEnd();
  return {
    screen,
    type: (...keys) => void tmux('send-keys', ...keys),
    ended: async () => {
      await waitFor(() => existsSync(statusFile), screen);
      return Number(readFileSync(statusFile, 'utf8'));
    },
  };
}
