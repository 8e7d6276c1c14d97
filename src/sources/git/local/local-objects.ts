import { join } from 'node:path';
import type { Limits } from '../../../limits.ts';
import { inspectTarget, listDirectory, readFile, readRange, readStart } from '../../../platform/files/read.ts';
import { inflateExactly, inflateStart } from '../objects/inflate.ts';
import { RecentObjects } from '../objects/object-cache.ts';
import {
  CorruptObject,
  type GitObject,
  type ObjectKind,
  type ObjectStore,
  ObjectTooLarge,
  objectId,
  UnpackingBudget,
} from '../objects/objects.ts';
import { type PackfileBytes, Window } from '../objects/packfile/bytes.ts';
import { PackfileIndex } from '../objects/packfile/index-file.ts';
import { PackfileReader } from '../objects/packfile/reader.ts';
import { MissingAlternate, objectDirectories } from './alternates.ts';

/**
 * The objects of a repository on this machine, loose and packed. They are read here and not with isomorphic-git
 * because a local repository is as untrusted as a remote one (it may have come on a stick): that library unpacks an
 * object before its size can be looked at, and holds whole packs in memory.
 *
 * @param location for messages
 * @param directory the repository's `objects`
 * @throws UnsupportedRepository; what is asked for in it throws CorruptObject, ObjectTooLarge, RepositoryTooLarge and
 *   MissingAlternate
 */
export function openLocalObjects(location: string, directory: string, limits: Limits): ObjectStore {
  const budget = new UnpackingBudget(limits, true);
  const { found, missing } = objectDirectories(location, directory);
  const stores = found.flatMap((path) => [
    new LooseObjects(path, budget, limits),
    ...openPacks(join(path, 'pack'), budget),
  ]);
  const first = <T>(id: string, ask: (store: ObjectStore) => T | undefined): T | undefined => {
    for (const store of stores) {
      const answer = ask(store);
      if (answer !== undefined) return answer;
    }
    if (missing.length > 0) throw new MissingAlternate(id, missing);
    return undefined;
  };
  return {
    find(id) {
      const object = first(id, (store) => store.find(id));
      if (object && objectId(object.kind, object.data) !== id) {
        throw new CorruptObject(`object ${id}`, 'does not have the content that its name stands for');
      }
      return object;
    },
    measure: (id) => first(id, (store) => store.measure(id)),
    idsWithPrefix: (prefix) => [...new Set(stores.flatMap((store) => store.idsWithPrefix(prefix)))],
  };
}

function openPacks(directory: string, budget: UnpackingBudget): ObjectStore[] {
  if (inspectTarget(directory)?.kind !== 'directory') return [];
  const names = new Set(listDirectory(directory).map(({ name }) => name));
  return [...names]
    .filter((name) => name.endsWith('.idx') && names.has(name.replace(/idx$/, 'pack')))
    .sort()
    .map((name) => openPack(join(directory, name), budget));
}

/** The index is read when it is first asked: most objects are in one of the packs. */
function openPack(indexPath: string, budget: UnpackingBudget): ObjectStore {
  const packPath = indexPath.replace(/idx$/, 'pack');
  let opened: { index: PackfileIndex; reader: PackfileReader } | undefined;
  const open = () => {
    if (opened) return opened;
    const index = new PackfileIndex(indexPath);
    const reader = new PackfileReader({
      name: packPath,
      bytes: new Window(fileAt(packPath)),
      budget,
      cache: new RecentObjects(CACHE_BYTES),
      locate: (id) => index.offsetOf(id),
    });
    opened = { index, reader };
    return opened;
  };
  const at = <T>(id: string, read: (reader: PackfileReader, offset: number) => T): T | undefined => {
    const { index, reader } = open();
    const offset = index.offsetOf(id);
    return offset === undefined ? undefined : read(reader, offset);
  };
  return {
    find: (id) => at(id, (reader, offset) => reader.objectAt(offset)),
    measure: (id) => at(id, (reader, offset) => reader.measureAt(offset)),
    idsWithPrefix: (prefix) => open().index.idsWithPrefix(prefix),
  };
}

const CACHE_BYTES = 32 * 1024 * 1024;

/** A file that is opened for each read, so that nobody has to close it: a repository is looked at now and then. */
function fileAt(path: string): PackfileBytes {
  return { length: inspectTarget(path)?.size ?? 0, read: (offset, length) => readRange(path, offset, length) };
}

class LooseObjects implements ObjectStore {
  readonly #directory: string;
  readonly #budget: UnpackingBudget;
  readonly #limits: Limits;

  constructor(directory: string, budget: UnpackingBudget, limits: Limits) {
    this.#directory = directory;
    this.#budget = budget;
    this.#limits = limits;
  }

  find(id: string): GitObject | undefined {
    const head = this.#head(id);
    if (head === undefined) return undefined;
    const what = `object ${id}`;
    this.#budget.spend(what, head.size);
    const path = this.#path(id);
    const packed = inspectTarget(path)?.size ?? 0;
    if (packed > this.#limits.fileBytes * 2) throw new ObjectTooLarge(what, packed, this.#limits.fileBytes);
    const { data } = inflateExactly(readFile(path), head.length + head.size, what);
    return { kind: head.kind, data: data.subarray(head.length) };
  }

  measure(id: string): { kind: ObjectKind; size: number } | undefined {
    return this.#head(id);
  }

  idsWithPrefix(prefix: string): string[] {
    const directory = join(this.#directory, prefix.slice(0, 2));
    if (inspectTarget(directory)?.kind !== 'directory') return [];
    return listDirectory(directory)
      .map(({ name }) => prefix.slice(0, 2) + name)
      .filter((id) => /^[0-9a-f]{40}$/.test(id) && id.startsWith(prefix));
  }

  #path(id: string): string {
    return join(this.#directory, id.slice(0, 2), id.slice(2));
  }

  /** What stands before the content: `blob 12` and a zero byte. */
  #head(id: string): { kind: ObjectKind; size: number; length: number } | undefined {
    const path = this.#path(id);
    if (inspectTarget(path)?.kind !== 'file') return undefined;
    const start = inflateStart(readStart(path, 1024), `object ${id}`).toString('latin1', 0, 32);
    const [head, kind, size] = /^(commit|tree|blob|tag) (\d{1,15})\0/.exec(start) ?? [];
    if (head === undefined) throw new CorruptObject(`object ${id}`, 'does not begin like one');
    return { kind: kind as ObjectKind, size: Number(size), length: head.length };
  }
}
