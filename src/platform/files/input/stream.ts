/**
 * Inputs that are documents may come from standard input (`-`) or from a pipe of the shell (`<(command)`), which are read
 * without blocking the process. A FIFO with a name of its own is not read: nothing says that it will ever have a writer.
 */
import * as fs from 'node:fs';
import { attempt, FileError } from '../file-error.ts';
import { isNullDevice } from './open-file.ts';

const STANDARD_INPUT = '-';
/** The paths that shells pass for `<(command)`, and that systems have for descriptors of the process. */
const DESCRIPTOR_PATH = /^\/(?:dev|proc\/self|proc\/\d+)\/fd\/(\d+)$/;

/** Returns whether an input is standard input (`-`) or a pipe of the shell, which `readStream` reads. @throws FileError */
export function isStream(input: string): boolean {
  if (input === STANDARD_INPUT) return true;
  const descriptor = descriptorOf(input);
  if (descriptor === undefined) return false;
  const stats = attempt('inspect', input, () =>
    descriptor === 0 ? fs.fstatSync(0) : fs.statSync(input, { throwIfNoEntry: false }),
  );
  return stats !== undefined && (stats.isFIFO() || (descriptor === 0 && (stats.isSocket() || isTerminal(stats))));
}

/** Returns the name of an input for messages. */
export function inputName(input: string): string {
  return input === STANDARD_INPUT ? 'standard input' : input;
}

/**
 * Yields the content of standard input or of a pipe of the shell.
 * @param input for which `isStream` returns true
 * @throws FileError, also for standard input that is a directory or a device other than a terminal
 */
export async function* readStream(input: string): AsyncGenerator<Uint8Array> {
  const stream = await openStream(input);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw toFileError(input, error);
  } finally {
    stream.destroy();
  }
}

async function openStream(input: string): Promise<NodeJS.ReadableStream & { destroy(): void }> {
  if (input === STANDARD_INPUT || descriptorOf(input) === 0) {
    refuseUnreadable(input);
    return process.stdin;
  }
  const descriptor = attempt('open', input, () => fs.openSync(input, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
  const { Socket } = await import('node:net');
  // Sockets wait for data in the event loop; a read of `node:fs` would occupy a thread that the end of the process waits for.
  return new Socket({ fd: descriptor, readable: true, writable: false });
}

/** @throws FileError */
function refuseUnreadable(input: string): void {
  const stats = attempt('read', inputName(input), () => fs.fstatSync(0));
  if (stats.isFile() || stats.isFIFO() || stats.isSocket() || isNullDevice(stats) || isTerminal(stats)) return;
  throw toFileError(input, Object.assign(new Error(), { code: stats.isDirectory() ? 'EISDIR' : 'DEVICE' }));
}

function isTerminal(stats: fs.Stats): boolean {
  return stats.isCharacterDevice() && process.stdin.isTTY === true;
}

function descriptorOf(path: string): number | undefined {
  if (path === '/dev/stdin') return 0;
  const digits = DESCRIPTOR_PATH.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function toFileError(input: string, error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code === undefined || error instanceof FileError
    ? error
    : new FileError('read', inputName(input), error as NodeJS.ErrnoException);
}
