import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { FileError } from '../../../../platform/files/file-error.ts';
import { ScratchFile } from '../../../../platform/files/scratch-file.ts';
import { RecentObjects, SpilledObjects } from '../object-cache.ts';
import {
  CorruptObject,
  type GitObject,
  type ObjectInfo,
  type ObjectStore,
  objectId,
  RepositoryTooLarge,
  type UnpackingBudget,
} from '../objects.ts';
import { BufferedBytes } from './bytes.ts';
import { PackfileReader } from './reader.ts';

interface LocatedObject extends ObjectInfo {
  readonly offset: number;
}

export interface ReceivingTools {
  /** An existing directory for files that are removed when the packfile is disposed. */
  readonly scratch: string;
  readonly budget: UnpackingBudget;
  /** The maximum size in bytes of a file with unpacked objects, which need not be unpacked again. */
  readonly spillBytes: number;
  /** Receives the number of unpacked objects. */
  readonly onObjects: (done: number, total: number) => void;
}

const WHAT = 'the fetched packfile';
const HEADER_BYTES = 12;
const TRAILER_BYTES = 20;
/** More than an entry's header and the trailer. */
const MIN_PENDING_BYTES = 128;
/** Memory for the bases of deltas, and for all objects of small packfiles. */
const MEMORY_BYTES = 32 * 1024 * 1024;

/**
 * A packfile that arrives from the network, without an index. Every entry is unpacked once, as soon as it has arrived, and
 * identified by its own hash, so that nothing the sender claims needs to be trusted. The server continues to send in the
 * meantime. The received bytes are stored in a file, so memory is bounded.
 */
export class ReceivedPackfile implements ObjectStore, Disposable {
  readonly #tools: ReceivingTools;
  readonly #file: ScratchFile;
  readonly #spilled: SpilledObjects;
  readonly #reader: PackfileReader;
  readonly #checksum = new TrailingChecksum();
  readonly #objects = new Map<string, LocatedObject>();
  /** The offsets of all objects whose id is known. */
  readonly #resolved = new Set<number>();
  readonly #commits: string[] = [];
  /** The offsets of deltas whose base is not yet resolved, by the offset or id of that base. */
  readonly #pending = new Map<number | string, number[]>();
  #count: number | undefined;
  #scanned = 0;
  #next = HEADER_BYTES;

  constructor(tools: ReceivingTools) {
    const path = join(tools.scratch, randomUUID());
    this.#tools = tools;
    this.#file = new ScratchFile(`${path}.pack`);
    this.#spilled = new SpilledObjects(`${path}.objects`, tools.spillBytes);
    this.#reader = new PackfileReader({
      name: WHAT,
      bytes: new BufferedBytes(this.#file),
      budget: tools.budget,
      cache: new RecentObjects(MEMORY_BYTES, this.#spilled),
      locate: (id) => this.#objects.get(id)?.offset,
    });
  }

  /** Appends received bytes. @throws CorruptObject, ObjectTooLarge, RepositoryTooLarge, FileError */
  write(bytes: Buffer): void {
    this.#file.append(bytes);
    this.#checksum.update(bytes);
    this.#scan(
      (available) =>
        available >= MIN_PENDING_BYTES && available >= this.#reader.maxEntryLength(this.#next) + TRAILER_BYTES,
    );
  }

  /** Completes and verifies the packfile. Call it after the last byte and before any object is requested. @throws like `write` */
  finish(): void {
    const end = this.#file.length - TRAILER_BYTES;
    if (end < HEADER_BYTES) throw new CorruptObject(WHAT, 'is not a packfile');
    if (!this.#checksum.isValid()) throw new CorruptObject(WHAT, 'does not match its own checksum');
    this.#scan(() => true);
    if (this.#next !== end) throw new CorruptObject(WHAT, 'has other data after its last object');
    if (this.#pending.size > 0) throw new CorruptObject(WHAT, 'has deltas without their bases');
  }

  find(id: string): GitObject | undefined {
    const object = this.#objects.get(id);
    return object && this.#reader.objectAt(object.offset);
  }

  stat(id: string): ObjectInfo | undefined {
    return this.#objects.get(id);
  }

  idsWithPrefix(prefix: string): string[] {
    return [...this.#objects.keys()].filter((id) => id.startsWith(prefix));
  }

  /** The only commit in the packfile; `undefined` if it has several or none. */
  get onlyCommit(): string | undefined {
    return this.#commits.length === 1 ? this.#commits[0] : undefined;
  }

  /**
   * Leaves the packfile in scratch when this object is disposed. No object can be requested afterwards.
   * @returns its path; `undefined` if it could not be written completely, which matters to the cache alone
   */
  keep(): string | undefined {
    try {
      return this.#file.keep();
    } catch (error) {
      if (error instanceof FileError) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
    this.#spilled[Symbol.dispose]();
  }

  /** @param isComplete decides whether the next entry has arrived, given the number of bytes after the previous one */
  #scan(isComplete: (available: number) => boolean): void {
    if (this.#file.length < HEADER_BYTES) return;
    this.#count ??= this.#parseCount();
    while (this.#scanned < this.#count && isComplete(this.#file.length - this.#next)) {
      const offset = this.#next;
      const { found, next } = this.#reader.scanAt(offset);
      this.#add(offset, found);
      this.#next = next;
      this.#scanned += 1;
      this.#tools.onObjects(this.#scanned, this.#count);
    }
  }

  /** Parses the header and returns the declared number of objects. */
  #parseCount(): number {
    const header = this.#file.read(0, HEADER_BYTES);
    if (header.toString('latin1', 0, 4) !== 'PACK') throw new CorruptObject(WHAT, 'is not a packfile');
    const version = header.readUInt32BE(4);
    if (version !== 2) throw new CorruptObject(WHAT, `has the unknown version ${version}`);
    const count = header.readUInt32BE(8);
    const { objects } = this.#tools.budget;
    if (count > objects) throw new RepositoryTooLarge(objects, 'objects');
    return count;
  }

  #add(offset: number, found: GitObject | number | string): void {
    if (typeof found === 'object') this.#resolve(offset, found);
    else if (this.#resolved.has(found as number) || this.#objects.has(found as string)) {
      this.#resolve(offset, this.#reader.objectAt(offset));
    } else {
      const siblings = this.#pending.get(found);
      if (siblings) siblings.push(offset);
      else this.#pending.set(found, [offset]);
    }
  }

  /** Computes the id of an object, and then of the pending deltas that are based on it. */
  #resolve(first: number, object: GitObject): void {
    const ready = [first];
    for (let offset = ready.pop(); offset !== undefined; offset = ready.pop()) {
      const { kind, data } = offset === first ? object : this.#reader.objectAt(offset);
      const id = objectId(kind, data);
      this.#objects.set(id, { offset, kind, size: data.length });
      this.#resolved.add(offset);
      if (kind === 'commit') this.#commits.push(id);
      for (const base of [offset, id]) {
        ready.push(...(this.#pending.get(base) ?? []));
        this.#pending.delete(base);
      }
    }
  }
}

/** Verifies the checksum at the end of a packfile, whose position is known only when all bytes have arrived. */
class TrailingChecksum {
  readonly #hash = createHash('sha1');
  /** The last bytes received so far, which may be the trailer. */
  #last: Buffer = Buffer.alloc(0);

  update(bytes: Buffer): void {
    if (bytes.length >= TRAILER_BYTES) {
      this.#hash.update(this.#last).update(bytes.subarray(0, -TRAILER_BYTES));
      this.#last = Buffer.from(bytes.subarray(-TRAILER_BYTES));
    } else {
      const all = Buffer.concat([this.#last, bytes]);
      this.#hash.update(all.subarray(0, Math.max(0, all.length - TRAILER_BYTES)));
      this.#last = all.subarray(-TRAILER_BYTES);
    }
  }

  isValid(): boolean {
    return this.#hash.digest().equals(this.#last);
  }
}
