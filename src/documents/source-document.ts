import { type FieldPath, formatField, type Problem } from './problems.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** A parsed document that knows where its values are in the file. */
export interface SourceDocument {
  /** The file, as messages name it. */
  readonly location: string;
  readonly value: unknown;
  /** Returns the position of a key or list item. For a path that does not exist, its nearest existing parent is used. */
  positionOf(path: FieldPath): Position;
  /** Returns the source text of an unquoted scalar; `undefined` for any other value. */
  textOf(path: FieldPath): string | undefined;
}

/** A value of a document with its location. Offsets count UTF-16 units. */
export interface OutlineNode {
  /** The start of the key; in a list, the start of the value. */
  readonly offset: number;
  /** The range of the value, for unquoted scalars; otherwise both are 0. */
  readonly start: number;
  readonly end: number;
  readonly children: ReadonlyMap<string | number, OutlineNode>;
}

export interface DuplicateKey {
  readonly path: FieldPath;
  readonly offset: number;
  readonly firstOffset: number;
}

export const NO_CHILDREN: ReadonlyMap<string | number, OutlineNode> = new Map();

/** A document whose outline is built when a position is first requested, so that a valid document never needs it. */
export class LazyDocument implements SourceDocument {
  readonly location: string;
  readonly value: unknown;
  readonly #text: string;
  readonly #buildOutline: () => OutlineNode;
  #root: OutlineNode | undefined;
  #toPosition: ((offset: number) => Position) | undefined;

  constructor(location: string, value: unknown, text: string, buildOutline: () => OutlineNode) {
    this.location = location;
    this.value = value;
    this.#text = text;
    this.#buildOutline = buildOutline;
  }

  positionOf(path: FieldPath): Position {
    this.#toPosition ??= positionFinder(this.#text);
    return this.#toPosition(this.#find(path).node.offset);
  }

  textOf(path: FieldPath): string | undefined {
    const { node, found } = this.#find(path);
    return found && node.end > node.start ? this.#text.slice(node.start, node.end) : undefined;
  }

  #find(path: FieldPath): { node: OutlineNode; found: boolean } {
    this.#root ??= this.#buildOutline();
    let node = this.#root;
    for (const step of path) {
      const child = node.children.get(step);
      if (!child) return { node, found: false };
      node = child;
    }
    return { node, found: true };
  }
}

/** Returns the path of the innermost value that starts at or before an offset: the field that the offset belongs to. */
export function pathAt(root: OutlineNode, offset: number): FieldPath {
  const last = [...root.children].findLast(([, child]) => child.offset <= offset);
  return last ? [last[0], ...pathAt(last[1], offset)] : [];
}

/** Returns a function that converts offsets to positions. A line ends with LF, CR LF or CR, as in YAML. */
export function positionFinder(text: string): (offset: number) => Position {
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

/** Creates a problem for an offset of a text. */
export function problemAt(location: string, text: string, offset: number, path: FieldPath, message: string): Problem {
  return { path: location, ...positionFinder(text)(offset), field: formatField(path), message };
}

/** Creates a problem for each duplicate key, naming the line of the first occurrence. */
export function duplicateProblems(location: string, text: string, duplicates: readonly DuplicateKey[]): Problem[] {
  const toPosition = positionFinder(text);
  return duplicates.map(({ path, offset, firstOffset }) => ({
    path: location,
    ...toPosition(offset),
    field: formatField(path),
    message: `duplicate key '${path.at(-1)}', first on line ${toPosition(firstOffset).line}`,
  }));
}
