/** Sets and removes single settings in `settings.yaml`, in the way of `edit-config.ts`. */
import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { type FieldPath, formatField } from '../documents/problems.ts';
import { valueIn } from '../documents/value-in.ts';
import { contentEnd, lineAfter, lineStart, startOf } from '../documents/yaml/locations.ts';
import { pairOf, rootMap, YamlText } from './yaml-text.ts';

/**
 * Sets a value and returns the changed file. The result is not validated.
 * @param bytes a YAML file that is empty or a mapping
 * @throws ConfigNotEditable, InvalidDocument if the file is not YAML
 */
export function setSetting(bytes: Uint8Array, location: string, path: FieldPath, value: unknown): Buffer {
  const file = new YamlText(bytes, location);
  const intended = withoutEmpty(withValue(file.value, path, value));
  return file.tryEdits(formatField(path), (result) => isDeepStrictEqual(withoutEmpty(result), intended), [
    () => replaceValue(file, path, value),
    () => fillValue(file, path, value),
    () => replaceLines(file, path, value),
    () => insertPair(file, path, value),
    () => file.editWithLibrary((document) => document.setIn(path, document.createNode(value))),
  ]);
}

/** Removes a value and returns the changed file; `undefined` if the file does not have it. @throws like `setSetting` */
export function removeSetting(bytes: Uint8Array, location: string, path: FieldPath): Buffer | undefined {
  const file = new YamlText(bytes, location);
  if (valueIn(file.value, path) === undefined) return undefined;
  const intended = withoutEmpty(withoutValue(file.value, path));
  return file.tryEdits(formatField(path), (result) => isDeepStrictEqual(withoutEmpty(result), intended), [
    () => removeLines(file, path),
    () => file.editWithLibrary((document) => document.deleteIn(path)),
  ]);
}

/** Replaces a value that is on the line of its key, and keeps a comment behind it. */
function replaceValue(file: YamlText, path: FieldPath, value: unknown): string | undefined {
  const node = parseDocument(file.text).getIn(path, true) as Node | undefined;
  const isInline = node && (isScalar(node) ? node.source !== '' : (isMap(node) || isSeq(node)) && node.flow);
  return isInline ? file.splice(startOf(node), contentEnd(node), formatInline(value)) : undefined;
}

/** Writes a value behind a key that has none, before a comment. */
function fillValue(file: YamlText, path: FieldPath, value: unknown): string | undefined {
  const pair = pairAt(file.text, path);
  const colon = pair && isEmpty(pair.value) && file.text.indexOf(':', contentEnd(pair.key));
  return colon ? file.splice(colon + 1, colon + 1, ` ${formatInline(value)}`) : undefined;
}

/** Adds a key to the innermost mapping that exists, with the mappings in between. */
function insertPair(file: YamlText, path: FieldPath, value: unknown): string | undefined {
  const root = rootMap(file.text);
  if (root === undefined) return file.insertLines(file.text.length, blockLines(path, value, 0));
  let map = root;
  for (const [depth, step] of path.entries()) {
    const rest = path.slice(depth);
    const pair = pairOf(map, String(step));
    const column = columnOf(file.text, map);
    if (pair === undefined) {
      if (map.flow) return insertInline(file, map, rest, value);
      const end = map === root ? file.text.length : lineAfter(file.text, contentEnd(map));
      return file.insertLines(end, blockLines(rest, value, column));
    }
    if (isMap(pair.value)) map = pair.value;
    else if (map.flow || !isEmpty(pair.value)) return undefined;
    else return file.insertLines(lineAfter(file.text, pair.end), blockLines(path.slice(depth + 1), value, column + 2));
  }
  return undefined;
}

function insertInline(file: YamlText, map: Node & { items: unknown[] }, path: FieldPath, value: unknown): string {
  const pair = formatInline(nested(path, value)).replace(/^\{\s*|\s*\}$/g, '');
  if (map.items.length === 0) return file.splice(startOf(map), contentEnd(map), `{ ${pair} }`);
  const { key, value: last } = map.items.at(-1) as { key: Node; value: Node | null };
  const end = contentEnd(last ?? key);
  return file.splice(end, end, `, ${pair}`);
}

/** Removes the lines of a pair, with the comment behind it. Comments above it are kept. */
function removeLines(file: YamlText, path: FieldPath): string | undefined {
  const lines = linesOf(file.text, path);
  return lines && file.splice(lines.start, lines.end, '');
}

/** Replaces the lines of a pair. */
function replaceLines(file: YamlText, path: FieldPath, value: unknown): string | undefined {
  const lines = linesOf(file.text, path);
  return lines && file.splice(lines.start, lines.end, blockLines(path.slice(-1), value, lines.column));
}

/** Returns the range of the lines of a pair; `undefined` if its key is not at the start of a line. */
function linesOf(text: string, path: FieldPath): { start: number; end: number; column: number } | undefined {
  const pair = pairAt(text, path);
  if (pair === undefined) return undefined;
  const start = lineStart(text, startOf(pair.key));
  if (text.slice(start, startOf(pair.key)).trim() !== '') return undefined;
  return { start, end: lineAfter(text, pair.end), column: columnOf(text, pair.key) };
}

/** Finds a pair of a mapping without braces. */
function pairAt(text: string, path: FieldPath): ReturnType<typeof pairOf> {
  const parent = path.length === 1 ? rootMap(text) : parseDocument(text).getIn(path.slice(0, -1), true);
  return isMap(parent) && !parent.flow ? pairOf(parent, String(path.at(-1))) : undefined;
}

function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === '');
}

function columnOf(text: string, node: Node): number {
  return startOf(node) - lineStart(text, startOf(node));
}

function blockLines(path: FieldPath, value: unknown, column: number): string {
  const lines = new Document(nested(path, value)).toString({ lineWidth: 0 }).trimEnd().split('\n');
  return lines.map((line) => `${' '.repeat(column)}${line}\n`).join('');
}

function nested(path: FieldPath, value: unknown): unknown {
  return path.reduceRight((inner, step) => ({ [step]: inner }), value);
}

/** Formats a value on one line. */
function formatInline(value: unknown): string {
  const document = new Document(value, { flow: true });
  return document.toString({ lineWidth: 0, collectionStyle: 'flow' }).trimEnd().replace(/\n\s*/g, ' ');
}

function withValue(current: unknown, [step, ...rest]: FieldPath, value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(current)) return current.with(step as number, withValue(current[step as number], rest, value));
  const fields = (current ?? {}) as Record<string, unknown>;
  return { ...fields, [step]: withValue(fields[step], rest, value) };
}

function withoutValue(current: unknown, [step, ...rest]: FieldPath): unknown {
  if (Array.isArray(current)) {
    const position = step as number;
    return rest.length === 0
      ? current.toSpliced(position, 1)
      : current.with(position, withoutValue(current[position], rest));
  }
  const { [step as string]: inner, ...others } = current as Record<string, unknown>;
  return rest.length === 0 ? others : { ...others, [step as string]: withoutValue(inner, rest) };
}

/** Removes keys without a value and empty mappings, which count as missing, from a document. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const);
  const kept = entries.filter(
    ([, inner]) =>
      inner !== null && (typeof inner !== 'object' || Array.isArray(inner) || Object.keys(inner).length > 0),
  );
  return Object.fromEntries(kept);
}
