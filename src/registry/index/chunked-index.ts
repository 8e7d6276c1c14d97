import { readJson } from '../../documents/json/json.ts';
import { outlineJson } from '../../documents/json/outline.ts';
import type { FieldPath } from '../../documents/problems.ts';
import { LazyDocument, type Position, type SourceDocument } from '../../documents/source-document.ts';
import type { IndexDocument } from './findings.ts';
import { byteOrderMarkEnd, chunksOf, type Member, type Range, scanIndex, textOf } from './positions/json-scan.ts';

const MOST_DEPTH = 100;

/**
 * An index in JSON of which never more than a piece is values, and of which only an entry that has something wrong with
 * it is outlined: an index may be larger than all that it would be as values.
 * @throws JsonScanError, InvalidDocument: now, or later while its entries are gone through. Then reading the whole says why
 */
export function openChunkedIndex(bytes: Uint8Array, location: string): IndexDocument {
  const { members, packs, items } = scanIndex(bytes);
  const skeleton = Buffer.concat([bytes.subarray(0, packs.start + 1), bytes.subarray(packs.end - 1)]);
  const head = readJson(skeleton, location);
  return new ChunkedIndex(bytes, head, members, items);
}

class ChunkedIndex implements IndexDocument {
  readonly location: string;
  /** With an empty list of packs. */
  readonly value: unknown;
  readonly #bytes: Uint8Array;
  readonly #head: SourceDocument;
  readonly #members: readonly Member[];
  readonly #items: readonly Range[];
  readonly #positions: ByteCursor;
  #outlined: { readonly item: Range; readonly document: SourceDocument } | undefined;

  constructor(bytes: Uint8Array, head: SourceDocument, members: readonly Member[], items: readonly Range[]) {
    this.location = head.location;
    this.value = head.value;
    this.#bytes = bytes;
    this.#head = head;
    this.#members = members;
    this.#items = items;
    this.#positions = new ByteCursor(bytes);
  }

  *entries(): Generator<unknown> {
    for (const [from, to] of chunksOf(this.#items)) {
      const run = this.#bytes.subarray(this.#items[from]?.start, this.#items[to - 1]?.end);
      const piece = Buffer.concat([Buffer.from('['), run, Buffer.from(']')]);
      yield* readJson(piece, this.location).value as readonly unknown[];
    }
  }

  positionOf(path: FieldPath): Position {
    const item = this.#itemOf(path);
    if (item) return within(this.#positions.at(item.start), this.#outline(item).positionOf(path.slice(2)));
    const member = this.#members.find(({ key }) => key === path[0]);
    return member ? this.#positions.at(member.start) : { line: 1, column: 1 };
  }

  textOf(path: FieldPath): string | undefined {
    const item = this.#itemOf(path);
    return item ? this.#outline(item).textOf(path.slice(2)) : this.#head.textOf(path);
  }

  #itemOf([first, position]: FieldPath): Range | undefined {
    return first === 'packs' && typeof position === 'number' ? this.#items[position] : undefined;
  }

  #outline(item: Range): SourceDocument {
    if (this.#outlined?.item !== item) {
      const text = textOf(this.#bytes, item.start, item.end);
      const draw = () => outlineJson(text, MOST_DEPTH).root;
      this.#outlined = { item, document: new LazyDocument(this.location, undefined, text, draw) };
    }
    return this.#outlined.document;
  }
}

/** Where a position in a part is in the whole, when the part begins at `start`. */
function within(start: Position, { line, column }: Position): Position {
  return { line: start.line + line - 1, column: line === 1 ? start.column + column - 1 : column };
}

/** Turns offsets of bytes into positions. It goes on from the one before, since most are asked for in their order. */
class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  #offset: number;
  #line = 1;
  #column = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#start = byteOrderMarkEnd(bytes);
    this.#offset = this.#start;
  }

  at(offset: number): Position {
    if (offset < this.#offset) [this.#offset, this.#line, this.#column] = [this.#start, 1, 1];
    let uncounted = this.#offset;
    for (let at = uncounted; at < offset; at += 1) {
      const code = this.#bytes[at];
      if (code !== 0x0a && (code !== 0x0d || this.#bytes[at + 1] === 0x0a)) continue;
      this.#line += 1;
      this.#column = 1;
      uncounted = at + 1;
    }
    this.#column += textOf(this.#bytes, uncounted, offset).length;
    this.#offset = offset;
    return { line: this.#line, column: this.#column };
  }
}
