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
export function openChunkedIndex(bytes: Uint8Array, location: string, outline = scanIndex(bytes)): IndexDocument {
  const { members, packs, items } = outline;
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
  readonly #members: ReadonlyMap<string, Member>;
  readonly #items: readonly Range[];
  readonly #positions: ByteCursor;
  #outlined: { readonly item: Range; readonly document: SourceDocument } | undefined;

  constructor(bytes: Uint8Array, head: SourceDocument, members: readonly Member[], items: readonly Range[]) {
    this.location = head.location;
    this.value = head.value;
    this.#bytes = bytes;
    this.#head = head;
    this.#members = new Map(members.map((member) => [member.key, member]));
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
    const member = this.#members.get(String(path[0]));
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

/** The distance of two offsets whose positions are known. */
const MARK_BYTES = 16 * 1024;

interface Mark {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * Converts byte offsets to positions. Counting begins at the previous offset, or at the last known one before, because a
 * hostile index can have many problems on one line.
 */
class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #marks: Mark[];
  #last: Mark;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#last = { offset: byteOrderMarkEnd(bytes), line: 1, column: 1 };
    this.#marks = [this.#last];
  }

  positionAt(offset: number): Position {
    const first = this.#marks[0] as Mark;
    for (let mark = this.#marks.at(-1) as Mark; mark.offset + MARK_BYTES <= offset; ) {
      mark = this.#count(mark, this.#characterStart(mark.offset + MARK_BYTES));
      this.#marks.push(mark);
    }
    const index = Math.min(Math.floor((offset - first.offset) / MARK_BYTES), this.#marks.length - 1);
    const marks = [this.#marks[index - 1], this.#marks[index], this.#last];
    const nearest = marks.reduce<Mark>((one, mark) => {
      return mark && mark.offset <= offset && mark.offset > one.offset ? mark : one;
    }, first);
    this.#last = this.#count(nearest, offset);
    const { line, column } = this.#last;
    return { line, column };
  }

  #count(from: Mark, to: number): Mark {
    let { line, column } = from;
    let uncounted = from.offset;
    for (let index = uncounted; index < to; index += 1) {
      const code = this.#bytes[index];
      if (code !== 0x0a && (code !== 0x0d || this.#bytes[index + 1] === 0x0a)) continue;
      line += 1;
      column = 1;
      uncounted = index + 1;
    }
    return { offset: to, line, column: column + decodeRange(this.#bytes, uncounted, to).length };
  }

  /** Returns the offset of the first character that begins at or after an offset. */
  #characterStart(offset: number): number {
    let start = offset;
    while (((this.#bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
    return start;
  }
}
