import { isCollection, isMap, type Node } from 'yaml';

/** Of its first character, behind anchors and tags. */
export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Behind the last character of a node; the library counts what follows a block as a part of it. */
export function contentEnd(node: Node): number {
  const end = node.range?.[1] ?? 0;
  const last: unknown = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  if (last === undefined) return end;
  const { key, value } = last as { key: Node; value: Node | null };
  return contentEnd(isMap(node) ? (value ?? key) : (last as Node));
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
