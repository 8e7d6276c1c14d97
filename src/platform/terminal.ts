/** Where words go. Standard output carries results and nothing else. */
export interface Terminal {
  write(text: string): void;
  writeError(text: string): void;
  /** A person may be watching standard error: spinners and bars are welcome there. */
  readonly interactive: boolean;
  readonly outputIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /** A person is there to answer. */
  readonly canAsk: boolean;
  /** Asks on standard error; anything but `y` or `yes` is a no. */
  confirm(question: string): Promise<boolean>;
  /** Decides the exit status; the process ends by itself when nothing is left to do. */
  exitWith(status: number): void;
}

export function systemTerminal(): Terminal {
  // A reader such as `head` that has seen enough is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.stderr.on('error', () => {});
  return {
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    // A pseudo-terminal may have no size, and nothing can be redrawn on a screen of no columns.
    interactive: process.stderr.isTTY === true && process.stderr.columns > 0 && !process.env['CI'],
    outputIsTerminal: process.stdout.isTTY === true,
    errorIsTerminal: process.stderr.isTTY === true,
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    async confirm(question) {
      const { createInterface } = await import('node:readline/promises');
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
      } finally {
        reader.close();
      }
    },
    exitWith: (status) => {
      process.exitCode = status;
    },
  };
}

/** Calls back on Ctrl-C or a polite request to end, then ends the process with status 130. */
export function onInterrupt(cleanUp: () => void): void {
  const end = () => {
    try {
      cleanUp();
    } finally {
      process.exit(130);
    }
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}
