import {
  BLOCK,
  checkGlobalHeader,
  invalidHeader,
  type PaxOverrides,
  parsePaxHeader,
  parseTarHeader,
} from './header.ts';

/** An entry, with the values of the extension headers before it applied. */
export interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly sparse: boolean;
}

/** Receives the entries of a tar, each as one `begin`, its content in chunks and one `end`. */
export interface TarVisitor {
  begin(entry: TarEntry): void;
  /** @param chunk only valid until the call returns */
  content(chunk: Buffer): void;
  end(): void;
}

/** The largest extension header, since their content is buffered in memory. */
const MAX_EXTENSION_BYTES = 4 * 1024 * 1024;

/** Entry types whose content describes the following entry, or all of them. */
const EXTENSION = { pax: 'x', solarisPax: 'X', globalPax: 'g', longName: 'L', longLink: 'K' } as const;
const EXTENSION_TYPES: ReadonlySet<string> = new Set(Object.values(EXTENSION));

/**
 * Parses a tar incrementally, without a stream or a promise for each entry, since packs have thousands of small ones. Data
 * after the end marker is an error, because programs disagree about it.
 */
export class TarParser {
  readonly #visitor: TarVisitor;
  /** Buffers a header block that arrives in several chunks. */
  readonly #block = Buffer.alloc(BLOCK);
  #filled = 0;
  /** The number of outstanding bytes of the current entry's content, and of the padding after it. */
  #remaining = 0;
  #padding = 0;
  /** The extension header that is being read. */
  #extension: { readonly type: string; readonly parts: Buffer[] } | undefined;
  #inEntry = false;
  #hasEntries = false;
  #pax: PaxOverrides | undefined;
  #longName: string | undefined;
  #ended = false;

  constructor(visitor: TarVisitor) {
    this.#visitor = visitor;
  }

  /** Parses the next bytes. @throws Error with a reason that completes `Cannot read <archive>: `; what the visitor throws */
  push(chunk: Buffer): void {
    for (let offset = 0; offset < chunk.length; ) {
      if (this.#ended) offset += checkTrailingZeros(chunk.subarray(offset));
      else if (this.#remaining > 0) offset += this.#readContent(chunk.subarray(offset, offset + this.#remaining));
      else if (this.#padding > 0) offset += this.#skipPadding(chunk.length - offset);
      else offset += this.#readHeader(chunk.subarray(offset, offset + BLOCK - this.#filled));
    }
  }

  /**
   * Verifies that the tar is complete.
   * @param isWhole whether all bytes that were written have been pushed, so that a missing end marker is no truncation
   * @returns whether there is an end marker
   * @throws Error with a reason that completes `Cannot read <archive>: `
   */
  finish(isWhole: boolean): boolean {
    if (this.#ended) return true;
    const betweenEntries = this.#filled + this.#remaining + this.#padding === 0;
    const hasPending = this.#pax !== undefined || this.#longName !== undefined;
    if (isWhole && betweenEntries && this.#hasEntries && !hasPending) return false;
    throw new Error(betweenEntries ? 'it is truncated: its end marker is missing' : 'it is truncated');
  }

  #readContent(chunk: Buffer): number {
    this.#remaining -= chunk.length;
    if (this.#extension) this.#extension.parts.push(Buffer.from(chunk));
    else this.#visitor.content(chunk);
    if (this.#remaining === 0) this.#endContent();
    return chunk.length;
  }

  #skipPadding(available: number): number {
    const skipped = Math.min(this.#padding, available);
    this.#padding -= skipped;
    return skipped;
  }

  #readHeader(part: Buffer): number {
    if (part.length === BLOCK) {
      this.#parseBlock(part);
      return BLOCK;
    }
    part.copy(this.#block, this.#filled);
    this.#filled += part.length;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      this.#parseBlock(this.#block);
    }
    return part.length;
  }

  #parseBlock(block: Buffer): void {
    if (block[0] === 0 && isZero(block)) {
      if (this.#pax ?? this.#longName) throw invalidHeader('the entry that it describes does not follow');
      this.#ended = true;
      return;
    }
    const header = parseTarHeader(block);
    if (EXTENSION_TYPES.has(header.type)) {
      if (header.size > MAX_EXTENSION_BYTES) throw invalidHeader(`it has ${header.size} bytes`);
      this.#extension = { type: header.type, parts: [] };
      this.#expectContent(header.size);
      return;
    }
    const { path = this.#longName ?? header.name, size = header.size, sparse = false } = this.#pax ?? {};
    this.#pax = undefined;
    this.#longName = undefined;
    this.#visitor.begin({ name: path, mode: header.mode, size, type: header.type, sparse });
    this.#inEntry = true;
    this.#hasEntries = true;
    // The size of a directory, if there is one, is the directory's own; no content follows.
    this.#expectContent(header.type === '5' ? 0 : size);
  }

  #expectContent(size: number): void {
    this.#remaining = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (size === 0) this.#endContent();
  }

  #endContent(): void {
    if (this.#inEntry) this.#visitor.end();
    else if (this.#extension) this.#applyExtension(this.#extension.type, Buffer.concat(this.#extension.parts));
    this.#inEntry = false;
    this.#extension = undefined;
  }

  #applyExtension(type: string, content: Buffer): void {
    if (type === EXTENSION.globalPax) checkGlobalHeader(content);
    else if (type === EXTENSION.longName) this.#longName = content.toString('utf8').replace(/\0.*$/s, '');
    else if (type === EXTENSION.pax || type === EXTENSION.solarisPax) {
      if (this.#pax !== undefined) throw invalidHeader('two PAX headers describe one entry');
      this.#pax = parsePaxHeader(content);
    }
  }
}

/** Compares each byte with the previous one, which takes one native comparison regardless of the length. */
function isZero(bytes: Buffer): boolean {
  return bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1));
}

function checkTrailingZeros(rest: Buffer): number {
  if (!isZero(rest)) throw new Error('other data follows its end marker');
  return rest.length;
}
