import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { reasonOf } from '../../errors.ts';
import { NetworkFault } from '../http/http.ts';
import { BoundedOutput } from './bounded-output.ts';
import { findProgram } from './find-program.ts';
import { exitOf, type ProcessEnd, ProcessGroup, within } from './process-group.ts';
import type { Connection, ConnectionEnd, ConnectRequest } from './processes.ts';

/** How long a program may take to end by itself once its input is closed, and its last words to arrive. */
const FAREWELL_MS = 250;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Starts a program that speaks with a server.
 * @param shareTerminal leaves it attune's terminal, to ask a person there; otherwise it is in a session of its own and
 *   has none, so that nothing it starts can ask either
 */
export function openConnection(request: ConnectRequest, shareTerminal: boolean): Connection {
  const { command, env } = request;
  const program = /[/\\]/.test(command) ? command : findProgram(command, env['PATH'] ?? env['Path']);
  if (program === undefined) return unstarted(`there is no ${command} on the PATH`);
  try {
    const child = spawn(program, [...request.args], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: !shareTerminal && process.platform !== 'win32',
      windowsHide: !shareTerminal,
    });
    return new ChildConnection(child, request, shareTerminal);
  } catch (error) {
    // Some faults (a NUL in a word, too long a command line) are thrown and not told by an event.
    return unstarted(reasonOf(error));
  }
}

function unstarted(startError: string): Connection {
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
    this.#group = new ProcessGroup(child, { alone: shareTerminal });
    // What goes wrong with the pipes is told by the end of the program, or to who reads.
    for (const pipe of child.stdio) pipe?.on('error', () => {});
    this.output = this.#read();
    this.ended = this.#watch();
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
    return this.#endWithin(Math.min(this.#request.timeoutMs, LONGEST_TIMER_MS));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdout.destroy();
    await this.#endWithin(FAREWELL_MS);
  }

  async #endWithin(milliseconds: number): Promise<ConnectionEnd> {
    this.end();
    await within(milliseconds, this.ended);
    this.#stop();
    return this.ended;
  }

  async #watch(): Promise<ConnectionEnd> {
    const errors = new BoundedOutput(this.#request.maxErrorBytes);
    const { stderr } = this.#child;
    const told = new Promise((resolve) => stderr.once('close', resolve));
    stderr.on('data', (chunk: Buffer) => errors.add(chunk));
    const end: ProcessEnd = await exitOf(this.#child);
    this.#request.signal?.removeEventListener('abort', this.#abort);
    // A helper in the background may hold the pipe as long as it lives.
    if (end.startError === undefined) await within(FAREWELL_MS, told);
    this.#group.kill();
    stderr.destroy();
    this.#child.stdin.destroy();
    return { ...end, errors: errors.text() };
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    const { stdout } = this.#child;
    try {
      const chunks = stdout[Symbol.asyncIterator]();
      for (;;) {
        const next = await this.#unlessSilent(chunks.next());
        if (next.done === true) return;
        yield next.value as Buffer;
      }
    } finally {
      stdout.destroy();
      // A program that has said everything ends by itself; one that was not heard to the end must not go on.
      if (!stdout.readableEnded) this.#stop();
    }
  }

  async #unlessSilent<T>(next: Promise<T>): Promise<T> {
    const { timeoutMs, address } = this.#request;
    const timer = setTimeout(() => this.#stop(silence(address, timeoutMs)), Math.min(timeoutMs, LONGEST_TIMER_MS));
    try {
      return await next;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param why what a reader is to be told */
  #stop(why?: Error): void {
    if (!this.#group.ending) this.#group.end();
    this.#child.stdin.destroy();
    this.#child.stdout.destroy(why);
  }
}

function silence(address: string, timeoutMs: number): NetworkFault {
  const hint = 'Check the network and the address; pack_registry.timeout in config.yaml is how long attune waits.';
  return new NetworkFault('TIMEOUT', address, `no answer came within ${timeoutMs / 1000} s`, hint);
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error(reasonOf(reason));
}
