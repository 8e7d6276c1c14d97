/**
 * Git's object model, read-only: four kinds of objects, each named by the SHA-1 of its kind, size and content. Every
 * object that a store here hands out has been hashed and is what its name says, whoever wrote the pack or the index.
 *
 * The formats are those of git's own documentation (gitformat-pack, git-cat-file); SHA-256 repositories are refused
 * before anything of theirs is read.
 */
import { createHash } from 'node:crypto';
import { AttuneError } from '../../../errors.ts';
import type { Limits } from '../../../limits.ts';

export type ObjectKind = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly kind: ObjectKind;
  readonly data: Buffer;
}

/** Objects by id (40 lower-case hexadecimal digits), wherever they are kept. */
export interface ObjectStore {
  /** @throws CorruptObject, ObjectTooLarge, RepositoryTooLarge */
  find(id: string): GitObject | undefined;
  /** Kind and size, without unpacking more than must be. */
  measure(id: string): { readonly kind: ObjectKind; readonly size: number } | undefined;
  /** All ids that begin with these digits (at least two), without repetition. */
  idsWithPrefix(prefix: string): string[];
}

/** An object that cannot be what its place or its name says. */
export class CorruptObject extends AttuneError {
  constructor(what: string, why: string, cause?: unknown) {
    super('INVALID_GIT_OBJECT', `The git repository is damaged: ${what} ${why}.`, {
      facts: { object: what, reason: why },
      hint: 'Check the repository with git fsck, or fetch it anew.',
      cause,
    });
  }
}

export class ObjectTooLarge extends AttuneError {
  constructor(what: string, size: number, limit: number) {
    super('INVALID_GIT_OBJECT_SIZE', `The git repository holds too large an object: ${what} has ${size} bytes.`, {
      facts: { object: what, size, limit },
      hint: `At most ${limit} bytes are allowed for one file.`,
    });
  }
}

/** A repository that is small on the wire and does not end when it is unpacked. */
export class RepositoryTooLarge extends AttuneError {
  constructor(limit: number, unit: 'bytes' | 'objects') {
    super('INVALID_GIT_SIZE', `The git repository unpacks to more than ${limit} ${unit}.`, {
      facts: { limit, unit },
      hint: 'Publish the pack in a repository of its own, without large files in its history.',
    });
  }
}

export class MissingObject extends AttuneError {
  constructor(kind: ObjectKind, id: string) {
    super('INVALID_GIT_OBJECT', `The git repository has no ${kind} ${id}, which the commit needs.`, {
      facts: { object: id, kind },
      hint: 'A partial or damaged clone lacks objects: fetch the repository anew and in full.',
    });
  }
}

/** Bytes that may still be unpacked from one repository, so that packs made to explode stop early. */
export class UnpackingBudget {
  readonly #limit: number;
  readonly #objectBytes: number;
  #spent = 0;
  /** How many objects one fetched pack may have. */
  readonly objects: number;

  /**
   * @param history whether old versions of files are unpacked too, which are many times what one commit holds. Even
   *   one commit needs some slack: what is checked first and written later may be unpacked twice.
   */
  constructor(limits: Limits, history: boolean) {
    this.#limit = limits.unpackedBytes * (history ? 20 : 4);
    this.#objectBytes = limits.fileBytes;
    this.objects = limits.entries * (history ? 50 : 3);
  }

  /** Call before anything of that size is made. @throws ObjectTooLarge, RepositoryTooLarge */
  spend(what: string, size: number): void {
    if (size > this.#objectBytes) throw new ObjectTooLarge(what, size, this.#objectBytes);
    this.#spent += size;
    if (this.#spent > this.#limit) throw new RepositoryTooLarge(this.#limit, 'bytes');
  }
}

export function objectId(kind: ObjectKind, data: Uint8Array): string {
  return createHash('sha1').update(`${kind} ${data.length}\0`).update(data).digest('hex');
}

/** @throws MissingObject, CorruptObject when it is of another kind */
export function readObject(store: ObjectStore, kind: ObjectKind, id: string): Buffer {
  const object = store.find(id);
  if (object === undefined) throw new MissingObject(kind, id);
  if (object.kind !== kind) throw new CorruptObject(`object ${id}`, `is a ${object.kind} where a ${kind} is needed`);
  return object.data;
}

/** The tree of a commit. */
export function treeOfCommit(store: ObjectStore, commit: string): string {
  const id = /^tree ([0-9a-f]{40})\n/.exec(readObject(store, 'commit', commit).toString('latin1', 0, 46))?.[1];
  if (id === undefined) throw new CorruptObject(`commit ${commit}`, 'names no tree');
  return id;
}

/** The commit that an id stands for, once annotated tags are taken off; `undefined` where there is none. */
export function peelToCommit(store: ObjectStore, id: string): string | undefined {
  let current = id;
  for (let depth = 0; depth < 10; depth++) {
    const kind = store.measure(current)?.kind;
    if (kind === 'commit') return current;
    if (kind !== 'tag') return undefined;
    const text = readObject(store, 'tag', current).toString('latin1', 0, 48);
    const target = /^object ([0-9a-f]{40})\n/.exec(text)?.[1];
    if (target === undefined) throw new CorruptObject(`tag ${current}`, 'names no object');
    current = target;
  }
  return undefined;
}

export interface TreeEntry {
  /** Octal, as git writes it: `100644`, `100755`, `120000`, `160000`, `40000`. */
  readonly mode: string;
  /** The exact bytes; git does not promise UTF-8. */
  readonly name: Buffer;
  readonly id: string;
}

/** The entries of one tree object, one at a time: a hostile one may have millions. */
export function* treeEntries(id: string, data: Buffer): Generator<TreeEntry> {
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const end = space < 0 ? -1 : data.indexOf(0, space);
    if (end < 0 || end + 21 > data.length) throw new CorruptObject(`tree ${id}`, 'is cut off');
    yield {
      mode: data.toString('latin1', at, space),
      name: data.subarray(space + 1, end),
      id: data.toString('hex', end + 1, end + 21),
    };
    at = end + 21;
  }
}
