import { makeDirectory } from '../platform/files/entries.ts';
import { exists, listDirectory } from '../platform/files/inspect.ts';
import { NewFile } from '../platform/files/write.ts';
import type { EntrySink } from './archive.ts';

/**
 * Returns a sink that writes a tree below `root`, which must not exist or be an empty directory created by attune. Files
 * get mode 0755 if executable and 0644 otherwise. Disposing the sink closes a file that a failure left open.
 *
 * No link can redirect a path: every directory below `root` was created by this sink, because `TreeGuard` refuses links;
 * a file is created only where nothing exists, not even a link (`O_EXCL`); and the surrounding staging area is closed to
 * other users, so they cannot replace a directory by a link.
 * @throws FileError
 */
export function writeTree(root: string): EntrySink & Disposable {
  const makeParent = directoryMaker(root);
  let file: NewFile | undefined;
  const close = () => {
    file?.close();
    file = undefined;
  };
  return {
    begin(path, executable) {
      makeParent(path);
      file = new NewFile(`${root}/${path}`, executable ? 'executable' : undefined);
    },
    write: (chunk) => file?.write(chunk),
    end: close,
    [Symbol.dispose]: close,
  };
}

/**
 * Creates the root of a tree.
 * @returns a function that creates the parent directory of a path in the tree, unless it has done so before
 */
function directoryMaker(root: string): (path: string) => void {
  if (exists(root) && listDirectory(root).length > 0) throw new Error(`'${root}' is not an empty directory`);
  makeDirectory(root);
  const created = new Set(['']);
  return (path) => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (!created.has(parent)) makeDirectory(`${root}/${parent}`);
    created.add(parent);
  };
}

/** A file of a tree with its content. */
export interface WrittenFile {
  readonly path: string;
  readonly executable: boolean;
  readonly content: Buffer;
}

/** The largest file that is buffered and created in the background. */
const MAX_BUFFERED_FILE = 256 * 1024;
/** The content of a tree that is kept, so that a small pack is not read again. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const MAX_PENDING_BYTES = 4 * 1024 * 1024;
/** The threads of Node's pool are shared by all trees that are written at the same time. */
const CONCURRENT_FILES = 4;

/**
 * Writes a tree like `writeTree`, with small files created in the background by Node's thread pool: creating a file takes
 * longer than anything else that happens to it, and other packs can be read, hashed and parsed meanwhile.
 */
export class ConcurrentTreeWriter implements EntrySink, AsyncDisposable {
  readonly #root: string;
  readonly #makeParent: (path: string) => void;
  readonly #queue: WrittenFile[] = [];
  readonly #running = new Set<Promise<void>>();
  #kept: WrittenFile[] | undefined = [];
  #keptBytes = 0;
  #pendingBytes = 0;
  #error: unknown;
  #current: { readonly path: string; readonly executable: boolean; chunks: Buffer[]; bytes: number } | undefined;
  #large: NewFile | undefined;

  constructor(root: string) {
    this.#root = root;
    this.#makeParent = directoryMaker(root);
  }

  begin(path: string, executable: boolean): void {
    this.#makeParent(path);
    this.#current = { path, executable, chunks: [], bytes: 0 };
  }

  write(chunk: Uint8Array): void {
    const current = this.#current;
    if (current === undefined) return;
    if (this.#large !== undefined) {
      this.#large.write(chunk);
      return;
    }
    // The chunk is valid only until this call returns.
    current.chunks.push(Buffer.from(chunk));
    current.bytes += chunk.length;
    if (current.bytes <= MAX_BUFFERED_FILE) return;
    this.#large = new NewFile(`${this.#root}/${current.path}`, current.executable ? 'executable' : undefined);
    for (const buffered of current.chunks.splice(0)) this.#large.write(buffered);
    this.#kept = undefined;
  }

  end(): void {
    if (this.#current === undefined) return;
    const { path, executable, chunks } = this.#current;
    this.#current = undefined;
    if (this.#large !== undefined) {
      this.#closeLarge();
      return;
    }
    const file = { path, executable, content: Buffer.concat(chunks) };
    this.#keep(file);
    this.#pendingBytes += file.content.length;
    this.#queue.push(file);
    this.#startNext();
  }

  async ready(): Promise<void> {
    while (this.#pendingBytes > MAX_PENDING_BYTES && this.#running.size > 0) await Promise.race(this.#running);
    if (this.#error !== undefined) throw this.#error;
  }

  /** Waits until all files are created. @returns all files, or `undefined` if they are too large to be kept @throws FileError */
  async finish(): Promise<readonly WrittenFile[] | undefined> {
    await this.#settled();
    if (this.#error !== undefined) throw this.#error;
    return this.#kept;
  }

  /** Starts no further file and waits until no file is being created, so that the tree can be removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue.length = 0;
    this.#closeLarge();
    await this.#settled();
  }

  #keep(file: WrittenFile): void {
    this.#keptBytes += file.content.length;
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#kept = undefined;
    this.#kept?.push(file);
  }

  #closeLarge(): void {
    this.#large?.close();
    this.#large = undefined;
  }

  #startNext(): void {
    while (this.#running.size < CONCURRENT_FILES) {
      const file = this.#error === undefined ? this.#queue.shift() : undefined;
      if (file === undefined) return;
      const job: Promise<void> = this.#create(file).finally(() => {
        this.#running.delete(job);
        this.#startNext();
      });
      this.#running.add(job);
    }
  }

  async #create({ path, executable, content }: WrittenFile): Promise<void> {
    try {
      await NewFile.create(`${this.#root}/${path}`, executable ? 'executable' : undefined, content);
    } catch (error) {
      this.#error ??= error;
    }
    this.#pendingBytes -= content.length;
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
