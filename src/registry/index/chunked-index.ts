import { readJson } from '../../documents/json/json.ts';
import { outlineJson } from '../../documents/json/outline.ts';
import type { FieldPath } from '../../documents/problems.ts';
import { LazyDocument, type Position, type SourceDocument } from '../../documents/source-document.ts';
import type { IndexDocument } from './findings.ts';
import { byteOrderMarkEnd, chunksOf, decodeRange, type Member, type Range, scanIndex } from './positions/json-scan.ts';

const MAX_DEPTH = 100;

/**
 * Opens a JSON index whose entries are parsed in chunks of about 1 MiB, so that an index larger than the available memory
 * for parsed values can be read. Positions are computed only for entries that have a finding.
 * @throws JsonScanError, InvalidDocument here or while the entries are iterated; read the whole document to learn the
 * reason
 */
export function openChunkedIndex(bytes: Uint8Array, location: string): IndexDocument {
  const { members, packs, items } = scanIndex(bytes);
  const skeleton = Buffer.concat([bytes.subarray(0, packs.start + 1), bytes.subarray(packs.end - 1)]);
  const head = readJson(skeleton, location);
  return new ChunkedIndex(bytes, head, members, items);
}

class ChunkedIndex implements IndexDocument {
  readonly location: string;
  /** The document with an empty `packs` list. */
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
      const items = this.#bytes.subarray(this.#items[from]?.start, this.#items[to - 1]?.end);
      const chunk = Buffer.concat([Buffer.from('['), items, Buffer.from(']')]);
      yield* readJson(chunk, this.location).value as readonly unknown[];
    }
  }

  positionOf(path: FieldPath): Position {
    const item = this.#itemOf(path);
    if (item) return relativeTo(this.#positions.positionAt(item.start), this.#outline(item).positionOf(path.slice(2)));
    const member = this.#members.find(({ key }) => key === path[0]);
    return member ? this.#positions.positionAt(member.start) : { line: 1, column: 1 };
  }

  textOf(path: FieldPath): string | undefined {
    const item = this.#itemOf(path);
    return item ? this.#outline(item).textOf(path.slice(2)) : this.#head.textOf(path);
  }

  #itemOf([first, index]: FieldPath): Range | undefined {
    return first === 'packs' && typeof index === 'number' ? this.#items[index] : undefined;
  }

  #outline(item: Range): SourceDocument {
    if (this.#outlined?.item !== item) {
      const text = decodeRange(this.#bytes, item.start, item.end);
      const outline = () => outlineJson(text, MAX_DEPTH).root;
      this.#outlined = { item, document: new LazyDocument(this.location, undefined, text, outline) };
    }
    return this.#outlined.document;
  }
}

/** Converts a position inside a part to a position in the document; the part begins at `start`. */
function relativeTo(start: Position, { line, column }: Position): Position {
  return { line: start.line + line - 1, column: line === 1 ? start.column + column - 1 : column };
}

/** Converts byte offsets to positions. Counting resumes at the previous offset, because most queries are ascending. */
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

  positionAt(offset: number): Position {
    if (offset < this.#offset) [this.#offset, this.#line, this.#column] = [this.#start, 1, 1];
    let uncounted = this.#offset;
    for (let index = uncounted; index < offset; index += 1) {
      const code = this.#bytes[index];
      if (code !== 0x0a && (code !== 0x0d || this.#bytes[index + 1] === 0x0a)) continue;
      this.#line += 1;
      this.#column = 1;
      uncounted = index + 1;
    }
    this.#column += decodeRange(this.#bytes, uncounted, offset).length;
    this.#offset = offset;
    return { line: this.#line, column: this.#column };
  }
}
