import { createHash, type Hash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { LimitExceeded } from '../../archives/guard/errors.ts';
import type { Algorithm, Digest } from '../../packs/digest.ts';
import { count } from '../../platform/count.ts';
import { removeFile } from '../../platform/files/entries.ts';
import { NewFile } from '../../platform/files/write.ts';
import type { Activity } from '../../platform/reporter.ts';
import type { SourceTools } from '../source.ts';

/** A file in scratch, with the properties computed while it was written. */
export interface SavedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: Digest;
  /** The digest by the requested algorithm. */
  readonly digest: Digest;
}

export interface SavingTools extends Pick<SourceTools, 'limits' | 'scratch'> {
  /** The download or copy that reports the number of bytes. */
  readonly activity: Activity;
}

/** Writes, hashes and counts the bytes of an archive in scratch. */
export class HashedFile {
  readonly #label: string;
  readonly #tools: SavingTools;
  readonly #algorithms: readonly Algorithm[];
  #hashes: readonly Hash[] = [];
  #path = '';
  #file: NewFile | undefined;
  #bytes = 0;
  #total: number | undefined;

  /**
   * @param label the file's name in messages: `archive 'x.zip'`
   * @param algorithm the algorithm of a digest to compute in addition to SHA-256
   */
  constructor(label: string, tools: SavingTools, algorithm: Algorithm = 'sha256') {
    this.#label = label;
    this.#tools = tools;
    this.#algorithms = algorithm === 'sha256' ? ['sha256'] : ['sha256', algorithm];
  }

  /** Starts a new file and discards what was written before. @param total the expected number of bytes, if known */
  begin(total: number | undefined): void {
    this.close();
    if (this.#path !== '') removeFile(this.#path);
    this.#path = join(this.#tools.scratch, `${randomUUID()}.download`);
    this.#file = new NewFile(this.#path);
    this.#hashes = this.#algorithms.map((algorithm) => createHash(algorithm));
    this.#bytes = 0;
    this.#total = total;
  }

  /** Appends bytes. @throws LimitExceeded above `limits.archiveBytes`, at once if the announced total exceeds it; FileError */
  write(chunk: Uint8Array): void {
    this.#checkSize(Math.max(this.#total ?? 0, this.#bytes + chunk.length));
    this.#bytes += chunk.length;
    this.#file?.write(chunk);
    for (const hash of this.#hashes) hash.update(chunk);
    this.#tools.activity.progress(this.#bytes, this.#total, 'bytes');
  }

  #checkSize(size: number): void {
    const { archiveBytes } = this.#tools.limits;
    if (size > archiveBytes) {
      throw new LimitExceeded(this.#label, `it has at least ${count(size, 'byte')}`, 'archiveBytes', archiveBytes);
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Closes the file and returns its properties. Nothing can be appended afterwards. */
  finish(): SavedFile {
    this.close();
    const digests = this.#hashes.map((hash, index) => ({
      algorithm: this.#algorithms[index] as Algorithm,
      hex: hash.digest('hex'),
    }));
    const [sha256, digest = sha256] = digests as [Digest, Digest?];
    return { file: this.#path, bytes: this.#bytes, sha256, digest };
  }
}

/**
 * Copies an archive into scratch and hashes it.
 * @param total the expected number of bytes
 * @throws LimitExceeded, FileError, the errors of `chunks`
 */
export function saveCopy(
  chunks: Iterable<Uint8Array>,
  label: string,
  total: number,
  tools: SavingTools,
  algorithm?: Algorithm,
): SavedFile {
  const file = new HashedFile(label, tools, algorithm);
  try {
    file.begin(total);
    for (const chunk of chunks) file.write(chunk);
    return file.finish();
  } finally {
    file.close();
  }
}
