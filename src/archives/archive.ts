/**
 * Types shared by the readers of all archive formats. A reader checks every entry with `TreeGuard`, stores nothing, and
 * passes the files to a sink one after the other, so that the same archive can be written to disk, hashed or counted.
 * The paths that a sink receives are safe to join to a root directory.
 */
import { AttuneError } from '../errors.ts';
import type { Limits } from '../limits.ts';

/** Receives the files of a tree, each as one `begin`, any number of `write` calls and one `end`. */
export interface EntrySink {
  /** @param executable whether the file's owner may execute it */
  begin(path: string, executable: boolean): void;
  /** @param chunk only valid until the call returns */
  write(chunk: Uint8Array): void;
  end(): void;
  /** Called between files or chunks. Waits while the sink has too much unfinished work, and throws its errors. */
  ready?(): Promise<void>;
}

/** An archive on the local disk. */
export interface ArchiveFile {
  readonly file: string;
  /** The archive's name in messages: `archive 'https://.../x.zip'`. */
  readonly label: string;
  readonly limits: Limits;
  /** Reports a deviation from the format that does not affect the content. */
  readonly warn?: (text: string) => void;
}

/** The file is not an archive, or the archive is damaged or incomplete. */
export class InvalidArchive extends AttuneError {
  constructor(label: string, why: string, cause?: unknown) {
    super('INVALID_ARCHIVE', `Cannot read ${label}: ${why}.`, {
      facts: { source: label },
      hint: 'Download it again. If the error remains, ask the publisher for a complete .zip, .tar.gz or .tar file.',
      cause,
    });
  }
}
