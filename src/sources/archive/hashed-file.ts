import { createHash, type Hash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { LimitExceeded } from '../../archives/guard/tree-guard.ts';
import type { Algorithm, Digest } from '../../packs/digest.ts';
import { removeFile } from '../../platform/files/read.ts';
import { NewFile } from '../../platform/files/write.ts';
import type { Activity } from '../../platform/reporter.ts';
import type { SourceTools } from '../source.ts';

/** A file of ours in scratch, with what was learned while it was written. */
export interface SavedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: Digest;
  /** By the algorithm that was asked for. */
  readonly digest: Digest;
}

export interface SavingTools extends Pick<SourceTools, 'limits' | 'scratch'> {
  /** The download or the copy, which is told how much has come. */
  readonly activity: Activity;
}

/** An archive on its way into scratch: written, hashed and counted in one go. */
export class HashedFile {
  readonly #what: string;
  readonly #tools: SavingTools;
  readonly #algorithms: readonly Algorithm[];
  #hashes: readonly Hash[] = [];
  #path = '';
  #file: NewFile | undefined;
  #bytes = 0;
  #total: number | undefined;

  /**
   * @param what it is, for messages: `archive 'x.zip'`
   * @param algorithm of the digest that is wanted beside the SHA-256
   */
  constructor(what: string, tools: SavingTools, algorithm: Algorithm = 'sha256') {
    this.#what = what;
    this.#tools = tools;
    this.#algorithms = ['sha256', algorithm];
  }

  /** Begins from the first byte; what was written before is gone. @param total how many there will be, if that is known */
  begin(total: number | undefined): void {
    this.close();
    if (this.#path !== '') removeFile(this.#path);
    this.#path = join(this.#tools.scratch, `${randomUUID()}.download`);
    this.#file = new NewFile(this.#path);
    const [own = 'sha256', wanted = own] = this.#algorithms;
    this.#hashes = (own === wanted ? [own] : [own, wanted]).map((name) => createHash(name));
    this.#bytes = 0;
    this.#total = total;
  }

  /** @throws LimitExceeded above `limits.archiveBytes`, already with the first piece if that many are announced; FileFault */
  write(chunk: Uint8Array): void {
    this.#refuseAbove(Math.max(this.#total ?? 0, this.#bytes + chunk.length));
    this.#bytes += chunk.length;
    this.#file?.write(chunk);
    for (const hash of this.#hashes) hash.update(chunk);
    this.#tools.activity.progress(this.#bytes, this.#total, 'bytes');
  }

  #refuseAbove(size: number): void {
    const { archiveBytes } = this.#tools.limits;
    if (size > archiveBytes)
      throw new LimitExceeded(this.#what, `it has at least ${size} bytes`, 'archiveBytes', archiveBytes);
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** What was written. Nothing can be added any more. */
  saved(): SavedFile {
    this.close();
    const digests = this.#hashes.map((hash, at) => ({
      algorithm: this.#algorithms[at] as Algorithm,
      hex: hash.digest('hex'),
    }));
    const [sha256, digest = sha256] = digests as [Digest, Digest?];
    return { file: this.#path, bytes: this.#bytes, sha256, digest };
  }
}

/**
 * Copies an archive into scratch, hashing it on the way.
 * @param total how many bytes there will be
 * @throws LimitExceeded, FileFault, what `chunks` throws
 */
export function saveCopy(
  chunks: Iterable<Uint8Array>,
  what: string,
  total: number,
  tools: SavingTools,
  algorithm?: Algorithm,
): SavedFile {
  const file = new HashedFile(what, tools, algorithm);
  try {
    file.begin(total);
    for (const chunk of chunks) file.write(chunk);
    return file.saved();
  } finally {
    file.close();
  }
}
