import type { Limits } from '../../limits.ts';
import { findBrokenRule, foldPath } from './entry-path.ts';
import { LimitExceeded, UnsafeEntry } from './errors.ts';

/** An entry as its source describes it. */
export interface GuardedEntry {
  /** Components separated by `/`; may have a leading `./` and, for a directory, a trailing `/`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'special';
  /** The size in bytes that the source declares. Unpacked bytes are passed to `count`. */
  readonly size?: number;
}

/** Names are shortened to this many characters in messages: a hostile name may have millions. */
const MAX_SHOWN_CHARACTERS = 300;

interface AcceptedPath {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** True if the source listed the path itself, and not only something inside it. */
  listed: boolean;
}

/**
 * The single check that every tree of files passes on import, whether it comes from a zip, a tar, a git commit or a
 * directory (SPEC section 9). Callers write only paths that `accept` returned and bytes that `count` has seen.
 */
export class TreeGuard {
  readonly #limits: Limits;
  readonly #label: string;
  readonly #packedBytes: number;
  readonly #accepted = new Map<string, AcceptedPath>();
  #current = '';
  #entries = 0;
  #declaredBytes = 0;
  #fileBytes = 0;
  #totalBytes = 0;

  /**
   * @param label the container of the entries, for messages: `archive 'x.zip'`
   * @param packedBytes the compressed size of the whole container; omitted for sources without compression
   */
  constructor(limits: Limits, label: string, packedBytes = Number.POSITIVE_INFINITY) {
    this.#limits = limits;
    this.#label = label;
    this.#packedBytes = packedBytes;
  }

  /**
   * Returns the entry's path, safe to join to the tree's root; empty for the root itself. The entry becomes the current
   * one, to which `count` applies.
   * @throws UnsafeEntry, LimitExceeded
   */
  accept({ path: rawPath, type, size }: GuardedEntry): string {
    this.enter(rawPath);
    this.#entries += 1;
    this.#checkEntries(this.#entries);
    if (type === 'link') throw this.#unsafe('link', 'is a link');
    if (type === 'special') throw this.#unsafe('special', 'is neither a file nor a directory');
    const path = this.#normalize(rawPath, type);
    if (path === '') return path;
    const broken = findBrokenRule(path, this.#limits, this.#safePrefixLength(path));
    if (broken) throw this.#unsafe(broken.rule, broken.why);
    this.#claim(path, type, true);
    if (size !== undefined) this.declare(size);
    return path;
  }

  /** Makes an accepted entry the current one, for sources that list all entries before they unpack any. */
  enter(path: string): void {
    this.#current = shorten(path);
    this.#fileBytes = 0;
  }

  /** Checks the declared size of the current entry before it is unpacked. @throws LimitExceeded */
  declare(size: number): void {
    this.#declaredBytes += size;
    this.#checkBytes(size, this.#declaredBytes);
  }

  /** Counts bytes that were unpacked from the current entry. @throws LimitExceeded */
  count(bytes: number): void {
    this.#fileBytes += bytes;
    this.#totalBytes += bytes;
    this.#checkBytes(this.#fileBytes, this.#totalBytes);
  }

  #normalize(path: string, type: 'file' | 'directory'): string {
    if (type === 'directory' && (path === '.' || path === './')) return '';
    const relative = path.startsWith('./') ? path.slice(2) : path;
    const bare = type === 'directory' && relative.endsWith('/') ? relative.slice(0, -1) : relative;
    if (bare !== '') return bare;
    throw path === '/' ? this.#unsafe('absolute', 'is an absolute path') : this.#unsafe('empty', 'has no name');
  }

  #checkBytes(fileSize: number, total: number): void {
    const { fileBytes, unpackedBytes, compressionRatio, ratioFreeBytes } = this.#limits;
    if (fileSize > fileBytes) {
      throw this.#overLimit(`entry '${this.#current}' has at least ${fileSize} bytes`, 'fileBytes');
    }
    if (total > unpackedBytes) {
      throw this.#overLimit(`with '${this.#current}' it unpacks to at least ${total} bytes`, 'unpackedBytes');
    }
    if (total > ratioFreeBytes && total > compressionRatio * this.#packedBytes) {
      throw this.#overLimit(
        `with '${this.#current}' it unpacks to ${total} bytes from ${this.#packedBytes}, a ratio of ${Math.floor(total / this.#packedBytes)}`,
        'compressionRatio',
      );
    }
  }

  /** Returns the length of the prefix that is an accepted directory; checking deep prefixes repeatedly would be costly. */
  #safePrefixLength(path: string): number {
    const slash = path.lastIndexOf('/');
    const parent = path.slice(0, Math.max(0, slash));
    return this.#accepted.get(foldPath(parent))?.path === parent ? slash + 1 : 0;
  }

  /** Checks the number of entries. Implied directories count too, since one long path can stand for thousands. */
  #checkEntries(count: number): void {
    if (count > this.#limits.entries) {
      throw this.#overLimit(`with '${this.#current}' it has too many entries`, 'entries');
    }
  }

  /** Records a path and all its parent directories, and rejects conflicts with recorded paths. */
  #claim(path: string, kind: 'file' | 'directory', listed: boolean): void {
    const key = foldPath(path);
    const existing = this.#accepted.get(key);
    if (existing === undefined) {
      const slash = path.lastIndexOf('/');
      if (slash > 0) this.#claim(path.slice(0, slash), 'directory', false);
      this.#checkEntries(this.#accepted.size + 1);
      this.#accepted.set(key, { path, kind, listed });
      return;
    }
    if (existing.path !== path) {
      const clash = `differs from '${shorten(existing.path)}' only in case or Unicode normalization`;
      throw this.#unsafe('case-clash', listed ? clash : `is in '${shorten(path)}', which ${clash}`);
    }
    if (existing.kind !== kind) {
      throw this.#unsafe('file-directory', `makes '${shorten(path)}' both a file and a directory`);
    }
    if (existing.listed && listed) throw this.#unsafe('duplicate', 'occurs more than once');
    existing.listed ||= listed;
  }

  #unsafe(rule: string, why: string): UnsafeEntry {
    return new UnsafeEntry(this.#label, [{ entry: this.#current, rule, why }]);
  }

  #overLimit(why: string, limit: keyof Limits): LimitExceeded {
    return new LimitExceeded(this.#label, why, limit, this.#limits[limit]);
  }
}

function shorten(path: string): string {
  return path.length > MAX_SHOWN_CHARACTERS ? `${path.slice(0, MAX_SHOWN_CHARACTERS)}...` : path;
}
