import { createHash } from 'node:crypto';
import {
  BrokenObject,
  type GitObject,
  type ObjectKind,
  type ObjectStore,
  objectId,
  TooMuchWork,
  type UnpackingBudget,
} from './git-objects.ts';
import { PackReader } from './git-pack.ts';

interface Placed {
  readonly offset: number;
  readonly kind: ObjectKind;
  readonly size: number;
}

/**
 * The objects of a pack that came over the network, without an index: every entry is unpacked once and named by its
 * own hash, so that nothing the sender says about it need be believed.
 *
 * @param pack the whole pack with its trailer
 * @throws BrokenObject, ObjectTooLarge, TooMuchWork
 */
export function openFetchedPack(pack: Buffer, budget: UnpackingBudget): ObjectStore {
  const count = checkedCount(pack);
  if (count > budget.objects) throw new TooMuchWork(budget.objects, 'objects');
  const index = new PackIndex(pack, budget);
  index.addAll(count);
  return index;
}

class PackIndex implements ObjectStore {
  readonly #end: number;
  readonly #reader: PackReader;
  readonly #places = new Map<string, Placed>();
  readonly #named = new Set<number>();
  /** Deltas whose base has no name yet, by the offset or the id of that base. */
  readonly #waiting = new Map<number | string, number[]>();

  constructor(pack: Buffer, budget: UnpackingBudget) {
    this.#end = pack.length - 20;
    const bytes = {
      length: pack.length,
      read: (offset: number, length: number) => pack.subarray(offset, offset + length),
    };
    this.#reader = new PackReader('the fetched pack', bytes, budget, (id) => this.#places.get(id)?.offset);
  }

  find(id: string): GitObject | undefined {
    const place = this.#places.get(id);
    return place && this.#reader.objectAt(place.offset);
  }

  measure(id: string): Placed | undefined {
    return this.#places.get(id);
  }

  idsStarting(prefix: string): string[] {
    return [...this.#places.keys()].filter((id) => id.startsWith(prefix));
  }

  addAll(count: number): void {
    let at = 12;
    for (let entry = 0; entry < count; entry++) {
      const { found, next } = this.#reader.scanAt(at);
      this.#add(at, found);
      at = next;
    }
    if (at !== this.#end) throw new BrokenObject('the fetched pack', 'has something after its last object');
    if (this.#waiting.size > 0) throw new BrokenObject('the fetched pack', 'has deltas without what they are based on');
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
      for (const base of [offset, id]) {
        ready.push(...(this.#waiting.get(base) ?? []));
        this.#waiting.delete(base);
      }
    }
  }
}

/** The number of objects that a pack claims, once its frame and its trailer have been found right. */
function checkedCount(pack: Buffer): number {
  const what = 'the fetched pack';
  if (pack.length < 32 || pack.toString('latin1', 0, 4) !== 'PACK') throw new BrokenObject(what, 'is no pack');
  const version = pack.readUInt32BE(4);
  if (version !== 2) throw new BrokenObject(what, `has version ${version}, which is not known`);
  const end = pack.length - 20;
  const sum = createHash('sha1').update(pack.subarray(0, end)).digest();
  if (!sum.equals(pack.subarray(end))) throw new BrokenObject(what, 'does not match its own checksum');
  return pack.readUInt32BE(8);
}
