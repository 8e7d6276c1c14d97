/**
 * The gate that every tree of files goes through on its way in, whether it is a zip, a tar, a git commit or a directory
 * (SPEC section 9). One gate, so that no kind of source is let off a rule. Nobody writes a path that did not come out of
 * `accept`, nor bytes that did not pass `count`.
 */
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { findBrokenRule, foldPath } from './entry-path.ts';

export interface GuardedEntry {
  /** As the source has it: `/` between components, perhaps a leading `./`, perhaps a directory's trailing `/`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'special';
  /** Bytes that the source declares; the real ones go through `count`. */
  readonly size?: number;
}

export interface Violation {
  readonly entry: string;
  readonly rule: string;
  /** The rest of a sentence that begins with the entry: `is a link`. */
  readonly why: string;
}

const MOST_LISTED = 100;
/** Names are cut to this many characters in messages: a hostile one may have millions. */
const LONGEST_SHOWN = 300;

/** One or more entries that must not be in a pack. */
export class UnsafeEntry extends AttuneError {
  readonly offences: readonly Violation[];

  /** @param what holds the entries, as it stands in a sentence: `archive 'x.zip'`, `commit 1f3a of https://...` */
  constructor(what: string, offences: readonly Violation[]) {
    const lines = offences.map(({ entry, why }) => `'${entry}' ${why}`);
    const more = lines.length > MOST_LISTED ? [`and ${lines.length - MOST_LISTED} more`] : [];
    const reason =
      lines.length === 1
        ? `its entry ${lines[0]}.`
        : `${lines.length} of its entries are not safe:\n${[...lines.slice(0, MOST_LISTED), ...more].map((line) => `  ${line}`).join('\n')}`;
    super('INVALID_TREE_ENTRY', `Cannot accept ${what}: ${reason}`, {
      facts: { source: what, entries: offences.slice(0, MOST_LISTED).map(({ entry, rule }) => ({ entry, rule })) },
      hint: 'Leave these entries out of the pack, or ask its author to.',
    });
    this.offences = offences;
  }
}

/** A tree that costs more than it may. */
export class LimitExceeded extends AttuneError {
  constructor(what: string, why: string, limit: keyof Limits, allowed: number) {
    super('INVALID_TREE_LIMIT', `Cannot accept ${what}: ${why}; ${allowed} is the limit.`, {
      facts: { source: what, limit, allowed },
      hint: `Make the pack smaller, or, if you trust it, raise limits.${configKey(limit)} in config.yaml.`,
    });
  }
}

function configKey(limit: keyof Limits): string {
  return limit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

interface Known {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Whether the source named it, or only something inside it. */
  named: boolean;
}

export class TreeGuard {
  readonly #limits: Limits;
  readonly #what: string;
  readonly #packedBytes: number;
  readonly #known = new Map<string, Known>();
  #current = '';
  #accepted = 0;
  #declaredBytes = 0;
  #fileBytes = 0;
  #totalBytes = 0;

  /**
   * @param what holds the entries, as it stands in a sentence: `archive 'x.zip'`
   * @param packedBytes how large all of it is while packed; left out where nothing is packed
   */
  constructor(limits: Limits, what: string, packedBytes = Number.POSITIVE_INFINITY) {
    this.#limits = limits;
    this.#what = what;
    this.#packedBytes = packedBytes;
  }

  /**
   * The entry's path, safe to be joined to the tree's root; empty for the root itself. It is the current entry from here
   * on: `count` counts for it.
   * @throws UnsafeEntry, LimitExceeded
   */
  accept({ path: asWritten, type, size }: GuardedEntry): string {
    this.enter(asWritten);
    this.#accepted += 1;
    this.#checkEntries(this.#accepted);
    if (type === 'link') throw this.#unsafe('link', 'is a link');
    if (type === 'special') throw this.#unsafe('special', 'is neither a file nor a directory');
    const path = this.#normalise(asWritten, type);
    if (path === '') return path;
    const broken = findBrokenRule(path, this.#limits, this.#safeStart(path));
    if (broken) throw this.#unsafe(broken.rule, broken.why);
    this.#claim(path, type, true);
    if (size !== undefined) this.declare(size);
    return path;
  }

  /** For sources that list all entries before they unpack any: what comes next is about this one. */
  enter(path: string): void {
    this.#current = shorten(path);
    this.#fileBytes = 0;
  }

  /** Checks the size that the current entry is said to have, before it is unpacked. @throws LimitExceeded */
  declare(size: number): void {
    this.#declaredBytes += size;
    this.#checkBytes(size, this.#declaredBytes);
  }

  /** Counts bytes that really came out of the current entry. @throws LimitExceeded */
  count(bytes: number): void {
    this.#fileBytes += bytes;
    this.#totalBytes += bytes;
    this.#checkBytes(this.#fileBytes, this.#totalBytes);
  }

  #normalise(path: string, type: 'file' | 'directory'): string {
    if (type === 'directory' && (path === '.' || path === './')) return '';
    const relative = path.startsWith('./') ? path.slice(2) : path;
    const bare = type === 'directory' && relative.endsWith('/') ? relative.slice(0, -1) : relative;
    if (bare !== '') return bare;
    throw path === '/' ? this.#unsafe('absolute', 'is an absolute path') : this.#unsafe('empty', 'has no name');
  }

  #checkBytes(ofFile: number, total: number): void {
    const { fileBytes, unpackedBytes, compressionRatio, ratioFreeBytes } = this.#limits;
    if (ofFile > fileBytes) {
      throw this.#over(`its entry '${this.#current}' has at least ${ofFile} bytes`, 'fileBytes');
    }
    if (total > unpackedBytes) {
      throw this.#over(`with '${this.#current}' it unpacks to at least ${total} bytes`, 'unpackedBytes');
    }
    if (total > ratioFreeBytes && total > compressionRatio * this.#packedBytes) {
      throw this.#over(
        `with '${this.#current}' it unpacks to ${total} bytes from ${this.#packedBytes}, a ratio of ${Math.floor(total / this.#packedBytes)}`,
        'compressionRatio',
      );
    }
  }

  /** How much of a path is a directory that was accepted before: looking at deep ones again and again adds up. */
  #safeStart(path: string): number {
    const slash = path.lastIndexOf('/');
    const parent = path.slice(0, Math.max(0, slash));
    return this.#known.get(foldPath(parent))?.path === parent ? slash + 1 : 0;
  }

  /** Directories that are only implied count too: one long path can stand for thousands. */
  #checkEntries(count: number): void {
    if (count > this.#limits.entries) throw this.#over(`with '${this.#current}' it has too many entries`, 'entries');
  }

  /** Takes a path for a file or directory, and all directories above it. */
  #claim(path: string, kind: 'file' | 'directory', named: boolean): void {
    const key = foldPath(path);
    const known = this.#known.get(key);
    if (known === undefined) {
      const slash = path.lastIndexOf('/');
      if (slash > 0) this.#claim(path.slice(0, slash), 'directory', false);
      this.#checkEntries(this.#known.size + 1);
      this.#known.set(key, { path, kind, named });
      return;
    }
    if (known.path !== path) {
      const clash = `differs from '${shorten(known.path)}' only in case or Unicode normalisation`;
      throw this.#unsafe('case-clash', named ? clash : `is in '${shorten(path)}', which ${clash}`);
    }
    if (known.kind !== kind) {
      throw this.#unsafe('file-directory', `makes '${shorten(path)}' both a file and a directory`);
    }
    if (known.named && named) throw this.#unsafe('duplicate', 'is there more than once');
    known.named ||= named;
  }

  #unsafe(rule: string, why: string): UnsafeEntry {
    return new UnsafeEntry(this.#what, [{ entry: this.#current, rule, why }]);
  }

  #over(why: string, limit: keyof Limits): LimitExceeded {
    return new LimitExceeded(this.#what, why, limit, this.#limits[limit]);
  }
}

function shorten(path: string): string {
  return path.length > LONGEST_SHOWN ? `${path.slice(0, LONGEST_SHOWN)}...` : path;
}

/** Gathers the offences of many entries, so that all of them are told and not only the first. */
export class ViolationList {
  readonly #what: string;
  readonly #offences: Violation[] = [];

  constructor(what: string) {
    this.#what = what;
  }

  /** What `accept` gives, or `undefined` when it threw an `UnsafeEntry`, which is kept. Other errors pass through. */
  gather<T>(accept: () => T): T | undefined {
    try {
      return accept();
    } catch (error) {
      if (!(error instanceof UnsafeEntry)) throw error;
      this.#offences.push(...error.offences);
      return undefined;
    }
  }

  get empty(): boolean {
    return this.#offences.length === 0;
  }

  /** @throws UnsafeEntry that names all that was gathered */
  throwIfAny(): void {
    if (!this.empty) throw new UnsafeEntry(this.#what, this.#offences);
  }
}
