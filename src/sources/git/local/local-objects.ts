import { join } from 'node:path';
import type { Limits } from '../../../limits.ts';
import { inspectTarget, listDirectory } from '../../../platform/files/inspect.ts';
import { readFile, readRange, readStart } from '../../../platform/files/read.ts';
import { inflateExactly, inflateStart } from '../objects/inflate.ts';
import { RecentObjects } from '../objects/object-cache.ts';
import {
  CorruptObject,
  type GitObject,
  type ObjectInfo,
  type ObjectKind,
  type ObjectStore,
  ObjectTooLarge,
  objectId,
  UnpackingBudget,
} from '../objects/objects.ts';
import { BufferedBytes, type PackfileBytes } from '../objects/packfile/bytes.ts';
import { PackfileIndex } from '../objects/packfile/index-file.ts';
import { PackfileReader } from '../objects/packfile/reader.ts';
import { MissingAlternate, objectDirectories } from './alternates.ts';

const CACHE_BYTES = 32 * 1024 * 1024;

/**
 * Opens the loose and packed objects of a local repository. A local repository is as untrusted as a remote one (it may come
 * from a USB stick). isomorphic-git is not used, because it unpacks an object before its size can be checked, and holds
 * whole packfiles in memory.
 *
 * @param location the repository's path, for messages
 * @param directory the repository's `objects` directory
 * @throws UnsupportedRepository; the methods of the store throw CorruptObject, ObjectTooLarge, RepositoryTooLarge and
 *   MissingAlternate
 */
export function openLocalObjects(location: string, directory: string, limits: Limits): ObjectStore {
  const budget = new UnpackingBudget(limits, true);
  const { found, missing } = objectDirectories(location, directory);
  const stores = found.flatMap((path) => [
    new LooseObjects(path, budget, limits),
    ...openPackfiles(join(path, 'pack'), budget),
  ]);
  const findFirst = <T>(id: string, query: (store: ObjectStore) => T | undefined): T | undefined => {
    for (const store of stores) {
      const result = query(store);
      if (result !== undefined) return result;
    }
    if (missing.length > 0) throw new MissingAlternate(id, missing);
    return undefined;
  };
  return {
    find(id) {
      const object = findFirst(id, (store) => store.find(id));
      if (object && objectId(object.kind, object.data) !== id) {
        throw new CorruptObject(`object ${id}`, 'has content that does not match its id');
      }
      return object;
    },
    stat: (id) => findFirst(id, (store) => store.stat(id)),
    idsWithPrefix: (prefix) => [...new Set(stores.flatMap((store) => store.idsWithPrefix(prefix)))],
  };
}

function openPackfiles(directory: string, budget: UnpackingBudget): ObjectStore[] {
  if (inspectTarget(directory)?.kind !== 'directory') return [];
  const names = new Set(listDirectory(directory).map(({ name }) => name));
  return [...names]
    .filter((name) => name.endsWith('.idx') && names.has(name.replace(/idx$/, 'pack')))
    .sort()
    .map((name) => openPackfile(join(directory, name), budget));
}

/** Opens a packfile. Its index is read on first use, since most objects are in one of the packfiles. */
function openPackfile(indexPath: string, budget: UnpackingBudget): ObjectStore {
  const path = indexPath.replace(/idx$/, 'pack');
  let opened: { index: PackfileIndex; reader: PackfileReader } | undefined;
  const open = () => {
    if (opened) return opened;
    const index = new PackfileIndex(indexPath);
    const reader = new PackfileReader({
      name: path,
      bytes: new BufferedBytes(fileBytes(path)),
      budget,
      cache: new RecentObjects(CACHE_BYTES),
      locate: (id) => index.offsetOf(id),
    });
    opened = { index, reader };
    return opened;
  };
  const readObject = <T>(id: string, read: (reader: PackfileReader, offset: number) => T): T | undefined => {
    const { index, reader } = open();
    const offset = index.offsetOf(id);
    return offset === undefined ? undefined : read(reader, offset);
  };
  return {
    find: (id) => readObject(id, (reader, offset) => reader.objectAt(offset)),
    stat: (id) => readObject(id, (reader, offset) => reader.statAt(offset)),
    idsWithPrefix: (prefix) => open().index.idsWithPrefix(prefix),
  };
}

/** Opens the file for each read, so that it need not be closed; reads from local repositories are rare. */
function fileBytes(path: string): PackfileBytes {
  return { length: inspectTarget(path)?.size ?? 0, read: (offset, length) => readRange(path, offset, length) };
}

interface LooseHeader extends ObjectInfo {
  /** The number of bytes before the content. */
  readonly length: number;
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
    const header = this.#header(id);
    if (header === undefined) return undefined;
    const what = `object ${id}`;
    this.#budget.spend(what, header.size);
    const path = this.#path(id);
    const packedSize = inspectTarget(path)?.size ?? 0;
    if (packedSize > this.#limits.fileBytes * 2) throw new ObjectTooLarge(what, packedSize, this.#limits.fileBytes);
    const { data } = inflateExactly(readFile(path), header.length + header.size, what);
    return { kind: header.kind, data: data.subarray(header.length) };
  }

  stat(id: string): ObjectInfo | undefined {
    return this.#header(id);
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

  /** Parses the header before the content: `blob 12` and a zero byte. */
  #header(id: string): LooseHeader | undefined {
    const path = this.#path(id);
    if (inspectTarget(path)?.kind !== 'file') return undefined;
    const start = inflateStart(readStart(path, 1024), `object ${id}`).toString('latin1', 0, 32);
    const [header, kind, size] = /^(commit|tree|blob|tag) (\d{1,15})\0/.exec(start) ?? [];
    if (header === undefined) throw new CorruptObject(`object ${id}`, 'does not begin with an object header');
    return { kind: kind as ObjectKind, size: Number(size), length: header.length };
  }
}
