import { isCollection, isMap, type Node } from 'yaml';

/** Of its first character, behind anchors and tags. */
export function startOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** Behind the last character of a node; the library counts what follows a block as a part of it. */
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

/** The start of the line that `at` is on. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** The start of the next line, or `at` itself where it is the start of one. */
export function lineAfter(text: string, at: number): number {
  if (at > 0 && text[at - 1] === '\n') return at;
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

/** Above the comments on the lines right above a line: they are about it. */
export function aboveComments(text: string, line: number): number {
  let above = line;
  while (above > 0 && /^[ \t]*#/.test(text.slice(lineStart(text, above - 1), above)))
    above = lineStart(text, above - 1);
  return above;
}
