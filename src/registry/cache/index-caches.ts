import { reasonOf } from '../../errors.ts';
import { isCorruption } from './database.ts';
import type { CacheFailure, CacheNotWritable } from './errors.ts';
import { FileStorage } from './file-storage.ts';
import { IndexCache } from './index-cache.ts';
import { discardCache } from './remove.ts';
import { MemoryStorage } from './storage.ts';

/** The cache on disk, and an in-memory one for indexes that must not be written to disk; both are opened on demand. */
export class IndexCaches implements Disposable {
  readonly #path: string;
  readonly #note: (text: string) => void;
  #persistent: IndexCache | undefined;
  #inMemory: IndexCache | undefined;

  /** @param note is called at most once, with a message if the cache cannot be used or was recreated */
  constructor(path: string, note: (text: string) => void) {
    let isNoted = false;
    this.#path = path;
    this.#note = (text) => {
      if (!isNoted) note(text);
      isNoted = true;
    };
  }

  get persistent(): IndexCache {
    this.#persistent ??= new IndexCache(new FileStorage(this.#path, this.#note));
    return this.#persistent;
  }

  get inMemory(): IndexCache {
    this.#inMemory ??= new IndexCache(new MemoryStorage());
    return this.#inMemory;
  }

  /** Reports that an index is not stored on disk. The cache on disk is still read. */
  reportNotWritable({ message }: CacheNotWritable): void {
    this.#note(`The index cache cannot be written to, so an index is kept in memory: ${withoutStop(message)}.`);
  }

  /** Uses the in-memory cache from now on. A damaged file is deleted, so that the next command recreates it. */
  fallBackToMemory(failure: CacheFailure): void {
    const persistent = this.#persistent;
    this.#persistent = this.inMemory;
    if (persistent === undefined || persistent === this.#inMemory) return;
    persistent[Symbol.dispose]();
    this.#note(`The index cache cannot be used, so the indexes are read again: ${withoutStop(failure.message)}.`);
    if (!isCorruption(failure.cause)) return;
    try {
      discardCache(this.#path);
    } catch (error) {
      this.#note(`The index cache could not be removed. ${reasonOf(error)}`);
    }
  }

  [Symbol.dispose](): void {
    const open = new Set([this.#persistent, this.#inMemory]);
    for (const cache of open) cache?.[Symbol.dispose]();
  }
}

function withoutStop(message: string): string {
  return message.replace(/\.$/, '');
}
