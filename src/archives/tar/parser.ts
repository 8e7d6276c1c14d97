import { BLOCK, brokenHeader, checkGlobalHeader, type PaxChanges, readPaxHeader, readTarHeader } from './header.ts';

/** An entry with all that was said of it before. */
export interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly sparse: boolean;
}

export interface TarVisitor {
  /** An entry begins; its content follows in pieces, unless it has none, and then its end. */
  begin(entry: TarEntry): void;
  /** @param chunk only valid until the call returns */
  content(chunk: Buffer): void;
  end(): void;
}

/** Longest content of a header about another one: these are gathered in memory. */
const LONGEST_HEADER = 4 * 1024 * 1024;

/** Types whose content is about the entry that follows, or about all of them. */
const ABOUT = { pax: 'x', paxOfSolaris: 'X', global: 'g', longName: 'L', longLink: 'K' } as const;
const ABOUT_OTHERS: ReadonlySet<string> = new Set(Object.values(ABOUT));

/**
 * Takes a tar apart as its bytes come, without a stream or a promise for each entry: there are thousands of small ones.
 * Anything behind the end marker, and a tar without one, is refused, as programs differ in what they make of them.
 */
export class TarParser {
  readonly #visitor: TarVisitor;
  /** A header that came in parts. */
  readonly #block = Buffer.alloc(BLOCK);
  #filled = 0;
  /** How much of the current entry's content is still to come, and how much filling behind it. */
  #left = 0;
  #padding = 0;
  /** Set while a header about others is gathered. */
  #about: { readonly type: string; readonly parts: Buffer[] } | undefined;
  #inEntry = false;
  #pax: PaxChanges | undefined;
  #longName: string | undefined;
  #ended = false;

  constructor(visitor: TarVisitor) {
    this.#visitor = visitor;
  }

  /** @throws Error with the reason, for the end of a sentence; what the visitor throws */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#ended) at += takeFilling(chunk.subarray(at));
      else if (this.#left > 0) at += this.#takeContent(chunk.subarray(at, at + this.#left));
      else if (this.#padding > 0) at += this.#skip(chunk.length - at);
      else at += this.#takeHeader(chunk.subarray(at, at + BLOCK - this.#filled));
    }
  }

  /** To be called when all has come. @throws Error with the reason, for the end of a sentence */
  finish(): void {
    if (this.#ended) return;
    const between = this.#filled + this.#left + this.#padding === 0;
    throw new Error(between ? 'it is cut off: its end marker is missing' : 'it is cut off before its end');
  }

  #takeContent(piece: Buffer): number {
    this.#left -= piece.length;
    if (this.#about) this.#about.parts.push(Buffer.from(piece));
    else this.#visitor.content(piece);
    if (this.#left === 0) this.#endContent();
    return piece.length;
  }

  #skip(available: number): number {
    const skipped = Math.min(this.#padding, available);
    this.#padding -= skipped;
    return skipped;
  }

  #takeHeader(part: Buffer): number {
    if (part.length === BLOCK) {
      this.#readBlock(part);
      return BLOCK;
    }
    part.copy(this.#block, this.#filled);
    this.#filled += part.length;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      this.#readBlock(this.#block);
    }
    return part.length;
  }

  #readBlock(block: Buffer): void {
    if (block[0] === 0 && isZero(block)) {
      if (this.#pax ?? this.#longName) throw brokenHeader('it is about an entry that does not follow');
      this.#ended = true;
      return;
    }
    const header = readTarHeader(block);
    if (ABOUT_OTHERS.has(header.type)) {
      if (header.size > LONGEST_HEADER) throw brokenHeader(`it has ${header.size} bytes`);
      this.#about = { type: header.type, parts: [] };
      this.#expect(header.size);
      return;
    }
    const { path = this.#longName ?? header.name, size = header.size, sparse = false } = this.#pax ?? {};
    this.#pax = undefined;
    this.#longName = undefined;
    this.#visitor.begin({ name: path, mode: header.mode, size, type: header.type, sparse });
    this.#inEntry = true;
    // A directory's size, where it has one, is that of the directory itself, and nothing follows.
    this.#expect(header.type === '5' ? 0 : size);
  }

  #expect(size: number): void {
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (size === 0) this.#endContent();
  }

  #endContent(): void {
    if (this.#inEntry) this.#visitor.end();
    else if (this.#about) this.#readAbout(this.#about.type, Buffer.concat(this.#about.parts));
    this.#inEntry = false;
    this.#about = undefined;
  }

  #readAbout(type: string, content: Buffer): void {
    if (type === ABOUT.global) checkGlobalHeader(content);
    else if (type === ABOUT.longName) this.#longName = content.toString('utf8').replace(/\0.*$/s, '');
    else if (type === ABOUT.pax || type === ABOUT.paxOfSolaris) {
      if (this.#pax !== undefined) throw brokenHeader('two of PAX are about one entry');
      this.#pax = readPaxHeader(content);
    }
  }
}

/** Each byte is as the one before, and the first is zero: two comparisons, however many there are. */
function isZero(bytes: Buffer): boolean {
  return bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1));
}

function takeFilling(rest: Buffer): number {
  if (!isZero(rest)) throw new Error('other data follow after its end marker');
  return rest.length;
}
