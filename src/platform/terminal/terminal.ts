import { FileFault } from '../files/file-error.ts';
import { StandardStream } from './standard-stream.ts';

/** In characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Where words go. Standard output carries results and nothing else. */
export interface Terminal {
  write(text: string): void;
  writeError(text: string): void;
  /** A person may be watching standard error: spinners and bars are welcome there. */
  readonly interactive: boolean;
  /** Of the terminal at standard error, as it is now. */
  size(): TerminalSize;
  readonly outputIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /** A person is there to answer. */
  readonly canAsk: boolean;
  /** Asks on standard error; anything but `y` or `yes` is a no. */
  confirm(question: string): Promise<boolean>;
  /** Decides the exit status; the process ends by itself when nothing is left to do. */
  exitWith(status: number): void;
}

/** The exit status of the family STORE. */
const UNWRITABLE = 10;

/** The result cannot be told, so nothing can: neither can an error document be. */
function endUnwritten(error: NodeJS.ErrnoException): never {
  // A reader such as `head` that has seen enough is no error.
  if (error.code === 'EPIPE') process.exit();
  const { message, hint } = new FileFault('write to', 'standard output', error);
  errorOutput.write(`Error: ${message}\n${hint === undefined ? '' : `Hint: ${hint}\n`}`);
  process.exit(UNWRITABLE);
}

const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

const output = new StandardStream(1, () => process.stdout, endUnwritten);
/** Nobody hears that nobody hears. */
const errorOutput = new StandardStream(
  2,
  () => process.stderr,
  () => {},
);

/** What runs jobs says so; the older ones in words of their own. */
function isAutomated(): boolean {
  return ['CI', 'TF_BUILD', 'TEAMCITY_VERSION', 'JENKINS_URL', 'BUILD_ID'].some((name) => process.env[name]);
}

/** A pseudo-terminal may have no size, and nothing can be redrawn on a screen of no columns. */
function canBeDrawnOn(): boolean {
  const { TERM, NO_COLOR } = process.env;
  return errorOutput.isTerminal && process.stderr.columns > 0 && !isAutomated() && TERM !== 'dumb' && !NO_COLOR;
}

/** Who draws counts lines by columns, and would never come to an end if those were gone meanwhile. */
function keepSize(): void {
  if (!(process.stderr.columns > 0)) process.stderr.columns = USUAL_SIZE.columns;
}

export function systemTerminal(): Terminal {
  const interactive = canBeDrawnOn();
  if (interactive) process.stderr.on('resize', keepSize);
  return {
    write: (text) => output.write(text),
    writeError: (text) => errorOutput.write(text),
    interactive,
    size: () => ({
      columns: process.stderr.columns || USUAL_SIZE.columns,
      rows: process.stderr.rows || USUAL_SIZE.rows,
    }),
    outputIsTerminal: output.isTerminal,
    errorIsTerminal: errorOutput.isTerminal,
    get canAsk() {
      return process.stdin.isTTY === true && errorOutput.isTerminal;
    },
    async confirm(question) {
      const { createInterface } = await import('node:readline/promises');
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
      } catch (error) {
        // Ctrl-D and Ctrl-C are answers too.
        if (error instanceof Error && error.name === 'AbortError') return false;
        throw error;
      } finally {
        reader.close();
      }
    },
    exitWith: (status) => {
      process.exitCode = status;
    },
  };
}

/**
 * Calls back on Ctrl-C, a polite request to end or a terminal that is closed, then ends the process with status 130.
 * A second signal during the first one's work changes nothing.
 * @returns what ends this: from then on a signal that came too late is without effect, and another one ends the process
 */
export function onInterrupt(cleanUp: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const end = () => {
    try {
      cleanUp();
    } finally {
      process.exit(130);
    }
  };
  for (const signal of signals) process.on(signal, end);
  return () => {
    for (const signal of signals) process.removeListener(signal, end);
  };
}

/** The columns of the terminal at standard output; `undefined` where something else reads, which wants whole lines. */
export function systemOutputColumns(): number | undefined {
  return output.isTerminal ? process.stdout.columns || USUAL_SIZE.columns : undefined;
}

/** The wish to stop, for work that has a good end of its own. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Turns the first Ctrl-C, polite request to end or closed terminal into an aborted signal; who cannot wait for what
 * follows from that ends the process with a second one, with status 130.
 */
export function untilInterrupted(): Interruption {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const controller = new AbortController();
  const stop = () => (controller.signal.aborted ? process.exit(130) : controller.abort());
  for (const signal of signals) process.on(signal, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.removeListener(signal, stop);
    },
  };
}
