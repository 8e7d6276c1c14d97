/**
 * Git's object model, read-only: four kinds of objects, each identified by the SHA-1 of its kind, size and content. Every
 * object that a store returns has been hashed and matches its id, so neither packfiles nor indexes need to be trusted.
 *
 * The formats are documented by git (gitformat-pack, git-cat-file). SHA-256 repositories are refused before any of their
 * objects is read.
 */
import { createHash } from 'node:crypto';
import { AttuneError } from '../../../errors.ts';
import type { Limits } from '../../../limits.ts';

export type ObjectKind = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly kind: ObjectKind;
  readonly data: Buffer;
}

/** The properties of an object that can be read without its content. */
export interface ObjectInfo {
  readonly kind: ObjectKind;
  readonly size: number;
}

/** Objects by id (40 lower-case hexadecimal digits). */
export interface ObjectStore {
  /** @throws CorruptObject, ObjectTooLarge, RepositoryTooLarge */
  find(id: string): GitObject | undefined;
  /** Returns kind and size, and unpacks as little as possible. */
  stat(id: string): ObjectInfo | undefined;
  /** Returns all ids with a prefix of at least two digits, without duplicates. */
  idsWithPrefix(prefix: string): string[];
}

/** An object, packfile or index whose content does not match its id or its format. */
export class CorruptObject extends AttuneError {
  constructor(what: string, why: string, cause?: unknown) {
    super('INVALID_GIT_OBJECT', `The git repository is damaged: ${what} ${why}.`, {
      facts: { object: what, reason: why },
      hint: 'Check the repository with git fsck, or clone it again.',
      cause,
    });
  }
}

export class ObjectTooLarge extends AttuneError {
  constructor(what: string, size: number, limit: number) {
    super(
      'INVALID_GIT_OBJECT_SIZE',
      `The git repository contains an object that is too large: ${what} has ${size} bytes.`,
      {
        facts: { object: what, size, limit },
        hint: `A file may have at most ${limit} bytes. Remove the file from the repository.`,
      },
    );
  }
}

/** A repository whose unpacked objects exceed a limit, although it may be small on the wire. */
export class RepositoryTooLarge extends AttuneError {
  constructor(limit: number, unit: 'bytes' | 'objects') {
    super('INVALID_GIT_SIZE', `The git repository unpacks to more than ${limit} ${unit}.`, {
      facts: { limit, unit },
      hint: 'Publish the pack in a separate repository, without large files in its history.',
    });
  }
}

export class MissingObject extends AttuneError {
  constructor(kind: ObjectKind, id: string) {
    super('INVALID_GIT_OBJECT', `The git repository lacks ${kind} ${id}, which the commit requires.`, {
      facts: { object: id, kind },
      hint: 'Partial and damaged clones lack objects. Make a complete clone of the repository.',
    });
  }
}

/** Limits the bytes that are unpacked from one repository, so that a decompression bomb fails early. */
export class UnpackingBudget {
  readonly #limit: number;
  readonly #objectBytes: number;
  #spent = 0;
  /** The maximum number of objects in a received packfile. */
  readonly objects: number;

  /**
   * @param history whether old versions of files are unpacked too, which multiplies the size of a single commit. A single
   *   commit needs a margin as well, since objects that are checked first and written later may be unpacked twice.
   */
  constructor(limits: Limits, history: boolean) {
    this.#limit = limits.unpackedBytes * (history ? 20 : 4);
    this.#objectBytes = limits.fileBytes;
    this.objects = limits.entries * (history ? 50 : 3);
  }

  /** Accounts for an object of `size` bytes. Call it before memory is allocated. @throws ObjectTooLarge, RepositoryTooLarge */
  spend(what: string, size: number): void {
    if (size > this.#objectBytes) throw new ObjectTooLarge(what, size, this.#objectBytes);
    this.#spent += size;
    if (this.#spent > this.#limit) throw new RepositoryTooLarge(this.#limit, 'bytes');
  }
}

/** Computes the id of an object. */
export function objectId(kind: ObjectKind, data: Uint8Array): string {
  return createHash('sha1').update(`${kind} ${data.length}\0`).update(data).digest('hex');
}

/** Returns the content of an object. @throws MissingObject, CorruptObject when it has another kind */
export function readObject(store: ObjectStore, kind: ObjectKind, id: string): Buffer {
  const object = store.find(id);
  if (object === undefined) throw new MissingObject(kind, id);
  if (object.kind !== kind) throw new CorruptObject(`object ${id}`, `is a ${object.kind} instead of a ${kind}`);
  return object.data;
}

/** Returns the id of a commit's tree. */
export function treeOfCommit(store: ObjectStore, commit: string): string {
  const id = /^tree ([0-9a-f]{40})\n/.exec(readObject(store, 'commit', commit).toString('latin1', 0, 46))?.[1];
  if (id === undefined) throw new CorruptObject(`commit ${commit}`, 'does not name a tree');
  return id;
}

/** Follows annotated tags to a commit; returns `undefined` if they lead to another kind of object. */
export function peelToCommit(store: ObjectStore, id: string): string | undefined {
  let current = id;
  for (let depth = 0; depth < 10; depth++) {
    const kind = store.stat(current)?.kind;
    if (kind === 'commit') return current;
    if (kind !== 'tag') return undefined;
    const text = readObject(store, 'tag', current).toString('latin1', 0, 48);
    const target = /^object ([0-9a-f]{40})\n/.exec(text)?.[1];
    if (target === undefined) throw new CorruptObject(`tag ${current}`, 'does not name an object');
    current = target;
  }
  return undefined;
}

export interface TreeEntry {
  /** The mode in octal, as git writes it: `100644`, `100755`, `120000`, `160000`, `40000`. */
  readonly mode: string;
  /** The exact bytes of the name; git does not guarantee UTF-8. */
  readonly name: Buffer;
  readonly id: string;
}

/** Yields the entries of a tree object one at a time, since a hostile tree may have millions. */
export function* treeEntries(id: string, data: Buffer): Generator<TreeEntry> {
  for (let offset = 0; offset < data.length; ) {
    const space = data.indexOf(0x20, offset);
    const end = space < 0 ? -1 : data.indexOf(0, space);
    if (end < 0 || end + 21 > data.length) throw new CorruptObject(`tree ${id}`, 'is truncated');
    yield {
      mode: data.toString('latin1', offset, space),
      name: data.subarray(space + 1, end),
      id: data.toString('hex', end + 1, end + 21),
    };
    offset = end + 21;
  }
}
