/** The outcome of a child process. */
export interface ProcessEnd {
  /** `null` if the child was ended by a signal or could not be started. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why the child could not be started. */
  readonly startError: string | undefined;
}

export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** After this many milliseconds the process group of the child is ended with TERM, then KILL. */
  readonly timeoutMs: number;
  /** Maximum size of each captured stream. Of longer output, the start and the end are kept, with a note in between. */
  readonly maxOutputBytes: number;
  /**
   * The name of a variable that is set to a unique value for the child. On Linux, all processes with it are killed when the
   * child has ended, including those that left the process group (`setsid`).
   */
  readonly markVariable?: string;
  readonly signal?: AbortSignal;
  readonly onOutput?: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
}

export interface ProcessResult extends ProcessEnd {
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface ConnectRequest {
  /** A path, or a name that is searched on the `PATH` of `env`. */
  readonly command: string;
  readonly args: readonly string[];
  /** The complete environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** The address of the server, for messages. */
  readonly address: string;
  /** Milliseconds of waiting for output in which less than 1 KiB/s may arrive. */
  readonly timeoutMs: number;
  /** Reports, after ten seconds of waiting, what is waited for. */
  readonly note?: (text: string) => void;
  readonly noticeMs?: number;
  /** Maximum size of the captured standard error. */
  readonly maxErrorBytes: number;
  readonly signal?: AbortSignal;
  /** The program serves a repository on this machine, so `--offline` permits it. */
  readonly local?: boolean;
}

/** The outcome of a program that was connected to a server. */
export interface ConnectionEnd extends ProcessEnd {
  /** Its standard error; of longer output, the start and the end. */
  readonly errors: string;
}

/** A running program that is connected to a server. Disposal ends it with all its child processes. */
export interface Connection extends AsyncDisposable {
  /** Writes to standard input. Data that cannot be written is discarded; `ended` reports the reason. */
  write(bytes: Uint8Array): void;
  /** Closes standard input. */
  end(): void;
  /**
   * Standard output, to be read once. Ending the iteration early ends the program.
   * @throws NetworkError TIMEOUT after a silence, and the reason of the abort signal; the program is then ended
   */
  readonly output: AsyncIterable<Uint8Array>;
  /** Resolves when the program has ended, and never rejects. Does not end the program. */
  readonly ended: Promise<ConnectionEnd>;
  /** Waits for the end of a program whose output was read completely; ends it after `timeoutMs`. */
  finish(): Promise<ConnectionEnd>;
}

/**
 * Runs other programs. `run` is for local programs, such as the version query of a runtime or the tests of a pack; it never
 * rejects. `--offline` does not restrict them, since attune cannot control their connections. `connect` is for programs that
 * attune starts in order to reach a server.
 */
export interface Processes {
  run(request: ProcessRequest): Promise<ProcessResult>;
  /** @throws NetworkError OFFLINE with `--offline`, before the program is started, unless it is `local` */
  connect(request: ConnectRequest): Promise<Connection>;
  /** With `--offline`, callers of `run` pass the offline option of a program that would download. */
  readonly offline: boolean;
  /** True if the user can answer prompts of a connected program at the terminal, such as for a passphrase. */
  readonly canPrompt: boolean;
  /** Returns the absolute path of a program on a `PATH`, or `undefined`. */
  find(program: string, path: string | undefined): string | undefined;
}
