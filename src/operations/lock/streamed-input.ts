import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { inputName, isStream, readStream } from '../../platform/files/input/stream.ts';

/** A lock or a list of packs from standard input or from a pipe of the shell. */
export interface StreamedInput {
  readonly bytes: Uint8Array;
  /** For messages. */
  readonly name: string;
}

class StreamTooLarge extends AttuneError {
  constructor(name: string, limit: number) {
    super('INVALID_SIZE', `A lock or a list of packs has at most ${limit} bytes, but ${name} has more.`, {
      facts: { path: name, limit },
      hint: 'Pass a lock (attune.lock), which attune pack lock writes, or a list of packs.',
    });
  }
}

/**
 * Reads a whole stream within the limit for indexes.
 * @param file as typed
 * @returns `undefined` if the file is not a stream
 * @throws StreamTooLarge, FileError
 */
export async function readStreamedInput(
  file: string | undefined,
  { indexBytes }: Pick<Limits, 'indexBytes'>,
): Promise<StreamedInput | undefined> {
  if (file === undefined || !isStream(file)) return undefined;
  const name = inputName(file);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readStream(file)) {
    size += chunk.length;
    if (size > indexBytes) throw new StreamTooLarge(name, indexBytes);
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), name };
}

/** Returns whether a document without a file name is a lock rather than a list of packs, which may be JSON as well. */
export function isLock(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1');
  return /^(?:\xef\xbb\xbf)?\s*\{/.test(text) && /"lock_version"\s*:/.test(text);
}
