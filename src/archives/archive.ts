/**
 * What the readers of all archive formats have in common. A reader checks everything (through `TreeGuard`), keeps
 * nothing, and hands the files to a sink one after the other, so that the same archive can be written to disk, hashed or
 * counted. What a sink is given is safe to join to a root directory.
 */
import { AttuneError } from '../errors.ts';
import type { Limits } from '../limits.ts';

/** Takes the files of a tree, each as `begin`, any number of `write`, `end`. */
export interface EntrySink {
  /** @param executable whether the file's owner may execute it */
  begin(path: string, executable: boolean): void;
  /** @param chunk only valid until the call returns */
  write(chunk: Uint8Array): void;
  end(): void;
}

/** An archive on this machine. */
export interface ArchiveFile {
  readonly file: string;
  /** What it is in messages: `archive 'https://.../x.zip'`. */
  readonly what: string;
  readonly limits: Limits;
}

/** Bytes that are no archive, or no longer a whole one. */
export class InvalidArchive extends AttuneError {
  constructor(what: string, why: string, cause?: unknown) {
    super('INVALID_ARCHIVE', `Cannot read ${what}: ${why}.`, {
      facts: { source: what },
      hint: 'Get it anew; if that does not help, ask its publisher for a whole .zip, .tar.gz or .tar file.',
      cause,
    });
  }
}
