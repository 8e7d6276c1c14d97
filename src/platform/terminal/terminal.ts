import { FileError } from '../files/file-error.ts';
import { StandardStream } from './standard-stream.ts';

/** Size in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The standard streams. Standard output receives results only. */
export interface Terminal {
  write(text: string): void;
  writeError(text: string): void;
  /** True if standard error is a terminal whose lines can be redrawn. */
  readonly canRedraw: boolean;
  /** True if spinners and progress bars are shown by default: lines can be redrawn, and a user may be watching. */
  readonly interactive: boolean;
  /** Returns the current size of the terminal at standard error. */
  size(): TerminalSize;
  readonly outputIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /** True if the user can answer a prompt: the input is a terminal that was not read to its end as a document. */
  readonly canPrompt: boolean;
  /** Asks a question on standard error. Only `y` and `yes` confirm it. */
  confirm(question: string): Promise<boolean>;
  /** Sets the exit status. The process ends when its event loop is empty. */
  exitWith(status: number): void;
}

/** The exit status of the error family STORE. */
const STORE_STATUS = 10;

/** Ends the process without an error document, which could not be written either. */
function exitUnwritable(error: NodeJS.ErrnoException): never {
  // The reader, such as `head`, has closed the pipe, which is not an error.
  if (error.code === 'EPIPE') process.exit();
  const { message, hint } = new FileError('write to', 'standard output', error);
  errorOutput.write(`Error: ${message}\n${hint === undefined ? '' : `Hint: ${hint}\n`}`);
  process.exit(STORE_STATUS);
}

const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

const output = new StandardStream(1, () => process.stdout, exitUnwritable);
const errorOutput = new StandardStream(
  2,
  () => process.stderr,
  () => {
    // stderr is closed too; there is nowhere left to report.
  },
);

/** Checks the variables that CI systems set; `CI` is missing in older ones. */
function isAutomated(): boolean {
  return ['CI', 'TF_BUILD', 'TEAMCITY_VERSION', 'JENKINS_URL', 'BUILD_ID'].some((name) => process.env[name]);
}

/** A pseudo-terminal may report 0 columns; lines cannot be redrawn on it. */
function supportsRedrawing(): boolean {
  return errorOutput.isTerminal && process.stderr.columns > 0 && process.env['TERM'] !== 'dumb';
}

/** Restores the width after a resize to 0 columns, with which the renderer's line count would never end. */
function restoreWidth(): void {
  if (!(process.stderr.columns > 0)) process.stderr.columns = DEFAULT_SIZE.columns;
}

export function systemTerminal(): Terminal {
  const canRedraw = supportsRedrawing();
  if (canRedraw) process.stderr.on('resize', restoreWidth);
  return {
    write: (text) => output.write(text),
    writeError: (text) => errorOutput.write(text),
    canRedraw,
    interactive: canRedraw && !isAutomated() && !process.env['NO_COLOR'],
    size: () => ({
      columns: process.stderr.columns || DEFAULT_SIZE.columns,
      rows: process.stderr.rows || DEFAULT_SIZE.rows,
    }),
    outputIsTerminal: output.isTerminal,
    errorIsTerminal: errorOutput.isTerminal,
    get canPrompt() {
      return process.stdin.isTTY === true && !process.stdin.destroyed && errorOutput.isTerminal;
    },
    confirm,
    exitWith: (status) => {
      process.exitCode = status;
    },
  };
}

async function confirm(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } catch (error) {
    // Ctrl-D and Ctrl-C answer the question with no.
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    process.stderr.write('\n');
    return false;
  } finally {
    reader.close();
  }
}

/** The exit status of a process that a signal ends, as shells report it: 128 and the number of the signal. */
const SIGNAL_STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export type InterruptSignal = keyof typeof SIGNAL_STATUS;

/** Returns the exit status of a command that a signal ends. */
export function signalStatus(signal: InterruptSignal): number {
  return SIGNAL_STATUS[signal];
}

function onSignals(listener: (signal: InterruptSignal) => void): () => void {
  const signals = Object.keys(SIGNAL_STATUS) as InterruptSignal[];
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.removeListener(signal, listener);
  };
}

/**
 * Runs a cleanup on SIGINT, SIGTERM or SIGHUP, then ends the process with the status of the signal. Further signals during
 * the cleanup are ignored.
 * @returns a function that removes the handler
 */
export function onInterrupt(cleanUp: (signal: InterruptSignal) => void): () => void {
  return onSignals((signal) => {
    try {
      cleanUp(signal);
    } finally {
      process.exit(signalStatus(signal));
    }
  });
}

/** Ignores SIGUSR1, on which Node would open a port for debuggers. */
export function ignoreDebuggerSignal(): void {
  if (process.platform !== 'win32') process.on('SIGUSR1', () => {});
}

/** Returns the width of the terminal at standard output; `undefined` for a file or pipe, which receives unwrapped lines. */
export function systemOutputColumns(): number | undefined {
  return output.isTerminal ? process.stdout.columns || DEFAULT_SIZE.columns : undefined;
}

/** The time in which work that was aborted must end. Longer than a process group has between TERM and KILL. */
const GRACE_MS = 10_000;

/** An abort signal for work that can end gracefully. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborts a signal on the first SIGINT, SIGTERM or SIGHUP. A second one ends the process with the status of the signal. */
export function abortOnInterrupt(): Interruption {
  const controller = new AbortController();
  const stop = onSignals((signal) => {
    const exit = () => process.exit(signalStatus(signal));
    if (controller.signal.aborted) exit();
    controller.abort();
    setTimeout(exit, GRACE_MS).unref();
  });
  return { signal: controller.signal, [Symbol.dispose]: stop };
}
