/** Access to the values of YAML files, and edits of them. */
import type { Span, YamlNode } from '../documents/yaml/nodes.ts';
import type { TextFile } from '../packs/components/pack-model.ts';
import type { Edit, Place } from './rule.ts';

export function field(node: YamlNode | undefined, ...path: string[]): YamlNode | undefined {
  return path.reduce<YamlNode | undefined>((found, key) => found?.entries.get(key), node);
}

export function textOf(node: YamlNode | undefined): string | undefined {
  return typeof node?.value === 'string' ? node.value : undefined;
}

/** Returns the place of a value. */
export function at(file: TextFile, node: Span): Place {
  return { file, span: { start: node.start, end: node.end } };
}

/** Returns the place of a value's key; that of the value if it has none. */
export function atKey(file: TextFile, node: YamlNode): Place {
  return { file, span: node.key ?? node };
}

export function atStart({ path }: TextFile): Place {
  return { path };
}

/** Returns the place of a part of a scalar's text; that of the scalar if the part is written with escapes. */
export function within(file: TextFile, node: YamlNode, part: string, from = 0): Place {
  const index = file.text.slice(node.start, node.end).indexOf(part, from);
  if (index === -1) return at(file, node);
  return { file, span: { start: node.start + index, end: node.start + index + part.length } };
}

/** Calls a function for a node and every node below it. Values of aliases are visited where they are defined only. */
export function visit(node: YamlNode, call: (node: YamlNode) => void): void {
  call(node);
  if (node.aliased) return;
  for (const child of node.entries.values()) if (!child.aliased || child.kind === 'scalar') visit(child, call);
  for (const item of node.items) visit(item, call);
}

/** Returns the string values of a list; other items are ignored. */
export function strings(node: YamlNode | undefined): string[] {
  return (node?.items ?? []).flatMap((item) => textOf(item) ?? []);
}

export function isBlank(node: YamlNode | undefined): boolean {
  return node === undefined || node.value === null || (typeof node.value === 'string' && node.value.trim() === '');
}

/** Replaces a range. */
export function replace(file: TextFile, { start, end }: Span, text: string): Edit {
  return { file, start, end, text };
}

/** Returns the end of the line that contains an offset, without its line break. */
export function lineEnd(text: string, offset: number): number {
  const end = /\r\n?|\n/.exec(text.slice(offset))?.index;
  return end === undefined ? text.length : offset + end;
}

export function lineStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && text[start - 1] !== '\n' && text[start - 1] !== '\r') start -= 1;
  return start;
}

export function lineBreakOf(text: string): string {
  return /\r\n|\n/.exec(text)?.[0] ?? '\n';
}

/** Inserts a line after the value of a block mapping's entry, with the indentation of its key. */
export function insertAfter(file: TextFile, entry: YamlNode, line: string): Edit[] {
  const { key } = entry;
  if (!key || entry.aliased) return [];
  const first = lineStart(file.text, key.start);
  const indent = file.text.slice(first, key.start);
  // In a flow mapping or behind `- ` the entry does not begin its line.
  if (indent.trim() !== '') return [];
  const offset = lineEnd(file.text, Math.max(key.end, entry.end));
  return [{ file, start: offset, end: offset, text: `${lineBreakOf(file.text)}${indent}${line}` }];
}

/** Appends lines to a file. */
export function append(file: TextFile, lines: string): Edit {
  const { text } = file;
  const before = text === '' || text.endsWith('\n') ? '' : lineBreakOf(text);
  return { file, start: text.length, end: text.length, text: `${before}${lines}${lineBreakOf(text)}` };
}
