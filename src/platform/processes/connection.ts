import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { reasonOf } from '../../errors.ts';
import { NetworkError } from '../http/http.ts';
import { StallWindow } from '../stall-window.ts';
import { BoundedOutput } from './bounded-output.ts';
import { findProgram } from './find-program.ts';
import { exitOf, MAX_TIMER_MS, ProcessGroup, waitAtMost } from './process-group.ts';
import type { Connection, ConnectionEnd, ConnectRequest, ProcessEnd } from './types.ts';

/** The time that a program may take to exit after its input is closed, and its last output to arrive. */
const EXIT_MS = 250;

/**
 * Starts a program that connects to a server.
 * @param shareTerminal keeps the program in attune's session, so that it can prompt at the terminal; otherwise neither it
 *   nor its child processes have a terminal
 */
export function openConnection(request: ConnectRequest, shareTerminal: boolean): Connection {
  const { command, env } = request;
  const program = /[/\\]/.test(command) ? command : findProgram(command, env['PATH'] ?? env['Path']);
  if (program === undefined) return failedConnection(`${command} was not found on the PATH`);
  try {
    const child = spawn(program, [...request.args], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: !shareTerminal && process.platform !== 'win32',
      windowsHide: !shareTerminal,
    });
    return new ChildConnection(child, request, shareTerminal);
  } catch (error) {
    // Some errors (a NUL in an argument, a command line that is too long) are thrown instead of emitted.
    return failedConnection(reasonOf(error));
  }
}

function failedConnection(startError: string): Connection {
  async function* nothing() {}
  const ended = Promise.resolve({ exitCode: null, signal: null, startError, errors: '' });
  return { write() {}, end() {}, output: nothing(), ended, finish: () => ended, async [Symbol.asyncDispose]() {} };
}

class ChildConnection implements Connection {
  readonly output: AsyncIterable<Uint8Array>;
  readonly ended: Promise<ConnectionEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #request: ConnectRequest;
  readonly #group: ProcessGroup;
  readonly #abort = () => this.#stop(abortReason(this.#request.signal));

  constructor(child: ChildProcessWithoutNullStreams, request: ConnectRequest, shareTerminal: boolean) {
    this.#child = child;
    this.#request = request;
    this.#group = new ProcessGroup(child, { sharesGroup: shareTerminal });
    // Errors of the pipes are reported by the end of the program or to the reader.
    for (const pipe of child.stdio) pipe?.on('error', () => {});
    this.output = this.#readOutput();
    this.ended = this.#waitForEnd();
    request.signal?.addEventListener('abort', this.#abort, { once: true });
    if (request.signal?.aborted) this.#abort();
  }

  write(bytes: Uint8Array): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(bytes);
  }

  end(): void {
    this.#child.stdin.end();
  }

  finish(): Promise<ConnectionEnd> {
    return this.#endWithin(Math.min(this.#request.timeoutMs, MAX_TIMER_MS));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdout.destroy();
    await this.#endWithin(EXIT_MS);
  }

  async #endWithin(milliseconds: number): Promise<ConnectionEnd> {
    this.end();
    await waitAtMost(milliseconds, this.ended);
    this.#stop();
    return this.ended;
  }

  async #waitForEnd(): Promise<ConnectionEnd> {
    const errors = new BoundedOutput(this.#request.maxErrorBytes);
    const { stderr } = this.#child;
    const closed = new Promise((resolve) => stderr.once('close', resolve));
    stderr.on('data', (chunk: Buffer) => errors.add(chunk));
    const end: ProcessEnd = await exitOf(this.#child);
    this.#request.signal?.removeEventListener('abort', this.#abort);
    // A background process may keep the pipe open for as long as it runs.
    if (end.startError === undefined) await waitAtMost(EXIT_MS, closed);
    this.#group.kill();
    stderr.destroy();
    this.#child.stdin.destroy();
    return { ...end, errors: errors.text() };
  }

  async *#readOutput(): AsyncGenerator<Uint8Array> {
    const { stdout } = this.#child;
    const window = new StallWindow(this.#request.timeoutMs);
    const notice = new WaitNotice(this.#request);
    try {
      const chunks = stdout[Symbol.asyncIterator]();
      for (;;) {
        const started = performance.now();
        const next = await this.#withTimeout(chunks.next(), window, notice);
        if (next.done === true) return;
        const chunk = next.value as Buffer;
        if (window.add(performance.now() - started, chunk.length)) notice.reset();
        yield chunk;
      }
    } finally {
      stdout.destroy();
      // A program whose output was read completely exits by itself; any other is ended.
      if (!stdout.readableEnded) this.#stop();
    }
  }

  async #withTimeout<T>(next: Promise<T>, window: StallWindow, notice: WaitNotice): Promise<T> {
    const stop = () => this.#stop(stallError(this.#request, window.stallIsSilence));
    const timer = setTimeout(stop, Math.min(window.remainingMs, MAX_TIMER_MS));
    notice.start();
    try {
      return await next;
    } finally {
      clearTimeout(timer);
      notice.stop();
    }
  }

  /** @param reason is thrown to the reader of the output */
  #stop(reason?: Error): void {
    if (!this.#group.ending) this.#group.end();
    this.#child.stdin.destroy();
    this.#child.stdout.destroy(reason);
  }
}

function stallError({ address, timeoutMs }: ConnectRequest, isSilent: boolean): NetworkError {
  const hint = 'Check the network and the address. To wait longer, raise pack_registry.timeout in settings.yaml.';
  const seconds = `${timeoutMs / 1000} s`;
  const why = isSilent ? `it sent no response within ${seconds}` : `it sent less than 1 KiB/s for ${seconds}`;
  return new NetworkError('TIMEOUT', address, why, hint);
}

/** The time without progress after which a message says what is waited for. */
const NOTICE_MS = 10_000;

/** Reports once that a server is waited for. Waits without progress between them are added up. */
class WaitNotice {
  readonly #request: ConnectRequest;
  #announced = false;
  #waitedMs = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: ConnectRequest) {
    this.#request = request;
  }

  start(): void {
    const { note, address, noticeMs = NOTICE_MS } = this.#request;
    this.#startedAt = performance.now();
    if (note === undefined || this.#announced) return;
    this.#timer = setTimeout(
      () => {
        this.#announced = true;
        note(`Waiting for the response of ${address} (${Math.round(noticeMs / 1000)} s so far).`);
      },
      Math.max(0, noticeMs - this.#waitedMs),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waitedMs += performance.now() - this.#startedAt;
  }

  /** Starts over after progress. */
  reset(): void {
    this.#announced = false;
    this.#waitedMs = 0;
  }
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error(reasonOf(reason));
}
