import { FileFault } from './file-fault.ts';

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
  process.stderr.write(`Error: ${message}\n${hint === undefined ? '' : `Hint: ${hint}\n`}`);
  process.exit(UNWRITABLE);
}

const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** A pseudo-terminal may have no size, and nothing can be redrawn on a screen of no columns. */
function canBeDrawnOn(): boolean {
  const { isTTY, columns } = process.stderr;
  const { CI, TERM, NO_COLOR } = process.env;
  return isTTY === true && columns > 0 && !CI && TERM !== 'dumb' && !NO_COLOR;
}

/** Who draws counts lines by columns, and would never come to an end if those were gone meanwhile. */
function keepSize(): void {
  if (!(process.stderr.columns > 0)) process.stderr.columns = USUAL_SIZE.columns;
}

export function systemTerminal(): Terminal {
  // First of all: oclif has a listener of its own, and throws in it.
  process.stdout.prependListener('error', endUnwritten);
  process.stderr.on('error', () => {});
  const interactive = canBeDrawnOn();
  if (interactive) process.stderr.on('resize', keepSize);
  return {
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    interactive,
    size: () => ({
      columns: process.stderr.columns || USUAL_SIZE.columns,
      rows: process.stderr.rows || USUAL_SIZE.rows,
    }),
    outputIsTerminal: process.stdout.isTTY === true,
    errorIsTerminal: process.stderr.isTTY === true,
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
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
  return process.stdout.isTTY === true ? process.stdout.columns || USUAL_SIZE.columns : undefined;
}
