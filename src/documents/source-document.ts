import { type FieldPath, formatField, type Problem } from './problems.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export interface SourceDocument {
  /** The file, as messages name it. */
  readonly location: string;
  readonly value: unknown;
  /** Where the key (in a list: the item) stands; where the path leads to nothing, its nearest parent that is there. */
  positionOf(path: FieldPath): Position;
  /** The very characters of a number, a word or `null`, where the path leads to one that is not quoted. */
  textOf(path: FieldPath): string | undefined;
}

/** One value of a document and where it stands; offsets count UTF-16 units. */
export interface Part {
  /** Where its key starts, or the value itself in a list. */
  readonly at: number;
  /** The value's own range, for unquoted scalars; both 0 otherwise. */
  readonly start: number;
  readonly end: number;
  readonly children: ReadonlyMap<string | number, Part>;
}

export interface DuplicateKey {
  readonly path: FieldPath;
  readonly at: number;
  readonly firstAt: number;
}

export const NO_CHILDREN: ReadonlyMap<string | number, Part> = new Map();

/** A document whose outline is drawn when a position is first asked for: reading a right document never pays for it. */
export class OutlinedDocument implements SourceDocument {
  readonly location: string;
  readonly value: unknown;
  readonly #text: string;
  readonly #draw: () => Part;
  #root: Part | undefined;
  #toPosition: ((offset: number) => Position) | undefined;

  constructor(location: string, value: unknown, text: string, draw: () => Part) {
    this.location = location;
    this.value = value;
    this.#text = text;
    this.#draw = draw;
  }

  positionOf(path: FieldPath): Position {
    this.#toPosition ??= positions(this.#text);
    return this.#toPosition(this.#nearest(path).part.at);
  }

  textOf(path: FieldPath): string | undefined {
    const { part, found } = this.#nearest(path);
    return found && part.end > part.start ? this.#text.slice(part.start, part.end) : undefined;
  }

  #nearest(path: FieldPath): { part: Part; found: boolean } {
    this.#root ??= this.#draw();
    let part = this.#root;
    for (const step of path) {
      const child = part.children.get(step);
      if (!child) return { part, found: false };
      part = child;
    }
    return { part, found: true };
  }
}

/** The path to the innermost part that stands at or before an offset: the field that something at it belongs to. */
export function pathAt(root: Part, offset: number): FieldPath {
  const last = [...root.children].findLast(([, part]) => part.at <= offset);
  return last ? [last[0], ...pathAt(last[1], offset)] : [];
}

/** Turns offsets into positions. A line ends with LF, CR LF or CR, as YAML has it. */
export function positions(text: string): (offset: number) => Position {
  const starts = [0, ...text.matchAll(/\r\n?|\n/g).map((end) => end.index + end[0].length)];
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** What there is to say about an offset of a text. */
export function problemAt(location: string, text: string, offset: number, path: FieldPath, message: string): Problem {
  return { path: location, ...positions(text)(offset), field: formatField(path), message };
}

export function duplicateProblems(location: string, text: string, duplicates: readonly DuplicateKey[]): Problem[] {
  const toPosition = positions(text);
  return duplicates.map(({ path, at, firstAt }) => ({
    path: location,
    ...toPosition(at),
    field: formatField(path),
    message: `duplicate key '${path.at(-1)}', first on line ${toPosition(firstAt).line}`,
  }));
}
