import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { FileFault } from '../../../../platform/files/file-error.ts';
import { ScratchFile } from '../../../../platform/files/scratch-file.ts';
import { RecentObjects, SpilledObjects } from '../object-cache.ts';
import {
  CorruptObject,
  type GitObject,
  type ObjectKind,
  type ObjectStore,
  objectId,
  RepositoryTooLarge,
  type UnpackingBudget,
} from '../objects.ts';
import { Window } from './bytes.ts';
import { PackfileReader } from './reader.ts';

interface Placed {
  readonly offset: number;
  readonly kind: ObjectKind;
  readonly size: number;
}

export interface FetchingTools {
  /** An existing directory for files that are gone when the pack is disposed of. */
  readonly scratch: string;
  readonly budget: UnpackingBudget;
  /** How many bytes of unpacked objects may be kept on the disk, so that they need not be unpacked again. */
  readonly keptBytes: number;
  /** Hears how many objects have been unpacked. */
  readonly onObjects: (done: number, total: number) => void;
}

const WHAT = 'the fetched pack';
const HEADER_BYTES = 12;
const TRAILER_BYTES = 20;
/** Enough for an entry's own header and the trailer. */
const ENTRY_BYTES = 128;
/** For what deltas lean on, and for small packs as a whole. */
const MEMORY_BYTES = 32 * 1024 * 1024;

/**
 * A pack on its way in from the network, without an index: every entry is unpacked once, as soon as it has come, and
 * named by its own hash, so that nothing the sender says about it need be believed. The server packs and sends
 * meanwhile. What has come is in a file and not in memory, however large it is.
 */
export class ReceivedPackfile implements ObjectStore, Disposable {
  readonly #tools: FetchingTools;
  readonly #file: ScratchFile;
  readonly #kept: SpilledObjects;
  readonly #reader: PackfileReader;
  readonly #sum = new TrailingSum();
  readonly #places = new Map<string, Placed>();
  readonly #named = new Set<number>();
  readonly #commits: string[] = [];
  /** Deltas whose base has no name yet, by the offset or the id of that base. */
  readonly #waiting = new Map<number | string, number[]>();
  #count: number | undefined;
  #scanned = 0;
  #next = HEADER_BYTES;

  constructor(tools: FetchingTools) {
    const path = join(tools.scratch, randomUUID());
    this.#tools = tools;
    this.#file = new ScratchFile(`${path}.pack`);
    this.#kept = new SpilledObjects(`${path}.objects`, tools.keptBytes);
    this.#reader = new PackfileReader({
      name: WHAT,
      bytes: new Window(this.#file),
      budget: tools.budget,
      cache: new RecentObjects(MEMORY_BYTES, this.#kept),
      locate: (id) => this.#places.get(id)?.offset,
    });
  }

  /** The next bytes of the pack. @throws CorruptObject, ObjectTooLarge, RepositoryTooLarge, FileFault */
  write(bytes: Buffer): void {
    this.#file.append(bytes);
    this.#sum.update(bytes);
    this.#scan((left) => left >= ENTRY_BYTES && left >= this.#reader.reachOf(this.#next) + TRAILER_BYTES);
  }

  /** Call when all of it is here, trailer included, before anything is asked for. @throws like `write` */
  finish(): void {
    const end = this.#file.length - TRAILER_BYTES;
    if (end < HEADER_BYTES) throw new CorruptObject(WHAT, 'is no pack');
    if (!this.#sum.isRight()) throw new CorruptObject(WHAT, 'does not match its own checksum');
    this.#scan(() => true);
    if (this.#next !== end) throw new CorruptObject(WHAT, 'has something after its last object');
    if (this.#waiting.size > 0) throw new CorruptObject(WHAT, 'has deltas without what they are based on');
  }

  find(id: string): GitObject | undefined {
    const place = this.#places.get(id);
    return place && this.#reader.objectAt(place.offset);
  }

  measure(id: string): Placed | undefined {
    return this.#places.get(id);
  }

  idsWithPrefix(prefix: string): string[] {
    return [...this.#places.keys()].filter((id) => id.startsWith(prefix));
  }

  /** The commit that this is the pack of; `undefined` where it has several, or none. */
  get onlyCommit(): string | undefined {
    return this.#commits.length === 1 ? this.#commits[0] : undefined;
  }

  /**
   * Leaves the pack, as it came, in scratch when this is disposed of. Nothing can be asked for any more.
   * @returns where it is; `undefined` where the rest of it could not be written, which nobody but a cache minds
   */
  keep(): string | undefined {
    try {
      return this.#file.keep();
    } catch (error) {
      if (error instanceof FileFault) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
    this.#kept[Symbol.dispose]();
  }

  /** @param isHere whether the next entry has come in full, given how many bytes there are from its first one on */
  #scan(isHere: (left: number) => boolean): void {
    if (this.#file.length < HEADER_BYTES) return;
    this.#count ??= this.#checkedCount();
    while (this.#scanned < this.#count && isHere(this.#file.length - this.#next)) {
      const offset = this.#next;
      const { found, next } = this.#reader.scanAt(offset);
      this.#add(offset, found);
      this.#next = next;
      this.#scanned += 1;
      this.#tools.onObjects(this.#scanned, this.#count);
    }
  }

  /** The number of objects that the pack claims to have. */
  #checkedCount(): number {
    const header = this.#file.read(0, HEADER_BYTES);
    if (header.toString('latin1', 0, 4) !== 'PACK') throw new CorruptObject(WHAT, 'is no pack');
    const version = header.readUInt32BE(4);
    if (version !== 2) throw new CorruptObject(WHAT, `has version ${version}, which is not known`);
    const count = header.readUInt32BE(8);
    const { objects } = this.#tools.budget;
    if (count > objects) throw new RepositoryTooLarge(objects, 'objects');
    return count;
  }

  #add(offset: number, found: GitObject | number | string): void {
    if (typeof found === 'object') this.#place(offset, found);
    else if (this.#named.has(found as number) || this.#places.has(found as string)) {
      this.#place(offset, this.#reader.objectAt(offset));
    } else {
      const others = this.#waiting.get(found);
      if (others) others.push(offset);
      else this.#waiting.set(found, [offset]);
    }
  }

  /** Names an object, and then the deltas that stood before it in the pack and waited for it. */
  #place(first: number, object: GitObject): void {
    const ready = [first];
    for (let offset = ready.pop(); offset !== undefined; offset = ready.pop()) {
      const { kind, data } = offset === first ? object : this.#reader.objectAt(offset);
      const id = objectId(kind, data);
      this.#places.set(id, { offset, kind, size: data.length });
      this.#named.add(offset);
      if (kind === 'commit') this.#commits.push(id);
      for (const base of [offset, id]) {
        ready.push(...(this.#waiting.get(base) ?? []));
        this.#waiting.delete(base);
      }
    }
  }
}

/** The checksum that a pack ends with: of all that comes before it. Only the end of the pack tells where that is. */
class TrailingSum {
  readonly #hash = createHash('sha1');
  /** The last bytes so far: they may be the trailer. */
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

  isRight(): boolean {
    return this.#hash.digest().equals(this.#last);
  }
}
