import { isCollection, isMap, type Node } from 'yaml';

/** Returns the offset of a node's first character, after anchors and tags. */
export function startOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** Returns the offset after a node's last character. The library's range of a block also includes what follows it. */
export function contentEnd(node: Node): number {
  const end = node.range?.[1] ?? 0;
  if (!isCollection(node) || node.flow) return end;
  const last: unknown = node.items.at(-1);
  if (last === undefined) return end;
  const inner = isMap(node) ? lastOfPair(last as { key: Node; value: Node | null }) : (last as Node | null);
  return inner ? contentEnd(inner) : end;
}

function lastOfPair({ key, value }: { key: Node; value: Node | null }): Node {
  return value ?? key;
}

/** Returns the start of the line that contains an offset. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Returns the start of the next line, or the offset itself if it is the start of a line. */
export function lineAfter(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}

/** Returns the start of the comment lines directly above a line, which belong to it. */
export function aboveComments(text: string, line: number): number {
  let above = line;
  while (above > 0 && /^[ \t]*#/.test(text.slice(lineStart(text, above - 1), above)))
    above = lineStart(text, above - 1);
  return above;
}
