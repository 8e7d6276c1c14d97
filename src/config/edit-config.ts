/**
 * Changing `config.yaml` for the user, who wrote it by hand: what is not changed keeps its bytes, comments and all. YAML
 * has many ways to write a thing. The usual ones are changed line by line, any other through the library, which keeps
 * comments and order but lays lines out as it likes; and what comes out is read again, and has to be what was meant.
 */
import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { decodeText } from '../documents/text.ts';
import { readYaml } from '../documents/yaml/yaml.ts';
import { AttuneError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { contentEnd, lineAfter, lineStart, startOf } from './yaml-locations.ts';

/** A registry as it is written into the file; what is left out has its default. */
export interface WrittenIndex {
  readonly name: string;
  readonly url: string;
  readonly priority?: number;
  readonly enabled?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** YAML that is written in a way that attune does not change. */
export class ConfigNotEditable extends AttuneError {
  constructor(location: string) {
    super('INVALID_CONFIG', `'${location}' cannot be changed in place: it uses YAML that depends on what changes.`, {
      facts: { path: location },
      hint: 'Change the list pack_registry.indices in it by hand.',
    });
  }
}

/**
 * The file with a registry added to the end of `pack_registry.indices`.
 * @param bytes a configuration that was read and found right
 * @throws ConfigNotEditable
 */
export function addIndex(bytes: Uint8Array, location: string, index: WrittenIndex): Buffer {
  const file = new ConfigText(bytes, location);
  return file.changed(
    [...file.indices, index],
    [
      () => file.withItem(index),
      () => file.withList(index),
      () => file.throughLibrary((document) => document.addIn(LIST, document.createNode(index))),
      () => file.throughLibrary((document) => document.setIn(LIST, [index])),
    ],
  );
}

/** The file without the registry of that name, which is there. @throws ConfigNotEditable */
export function removeIndex(bytes: Uint8Array, location: string, name: string): Buffer {
  const file = new ConfigText(bytes, location);
  const at = file.indices.findIndex((index) => index.name === name);
  return file.changed(file.indices.toSpliced(at, 1), [
    () => file.withoutItem(at),
    () => file.throughLibrary((document) => document.deleteIn([...LIST, at])),
  ]);
}

const LIST = ['pack_registry', 'indices'] as const;

class ConfigText {
  readonly indices: readonly WrittenIndex[];
  readonly #location: string;
  readonly #mark: string;
  readonly #text: string;
  readonly #lineEnd: string;
  readonly #value: Record<string, unknown>;

  constructor(bytes: Uint8Array, location: string) {
    this.#location = location;
    this.#mark = bytes[0] === 0xef ? '\u{FEFF}' : '';
    this.#text = decodeText(bytes, location);
    this.#lineEnd = /\r?\n/.exec(this.#text)?.[0] ?? '\n';
    this.#value = documentIn(bytes, location);
    this.indices = indicesOf(this.#value);
  }

  /** What the first of several ways gives that comes out as it is meant. */
  changed(indices: readonly WrittenIndex[], ways: readonly (() => string | undefined)[]): Buffer {
    for (const way of ways) {
      const bytes = this.#attempt(way);
      if (bytes && this.#means(bytes, indices)) return bytes;
    }
    throw new ConfigNotEditable(this.#location);
  }

  /** With one more item behind those that there are. */
  withItem(index: WrittenIndex): string | undefined {
    const list = this.#list();
    const last = list?.items.at(-1) as Node | undefined;
    if (!list || !last) return undefined;
    const start = startOf(last);
    const before = this.#text.slice(lineStart(this.#text, start), start);
    if (list.flow) {
      const separator = before.trim() === '' ? `,\n${before}` : ', ';
      return this.#splice(contentEnd(last), contentEnd(last), separator + inBraces(index));
    }
    const dash = before.indexOf('-');
    const braces = isMap(last) && last.flow === true;
    return this.#insertLines(lineAfter(this.#text, contentEnd(last)), itemLines(index, dash, braces));
  }

  /** With the list that was not there, or had nothing in it. */
  withList(index: WrittenIndex): string | undefined {
    const list = this.#list();
    if (list?.flow && list.items.length === 0)
      return this.#splice(startOf(list), contentEnd(list), `[${inBraces(index)}]`);
    const root = parseDocument(this.#text).contents;
    const section = isMap(root) ? pairOf(root, LIST[0]) : undefined;
    if (section === undefined)
      return this.#insertLines(this.#text.length, `${LIST[0]}:\n  ${LIST[1]}:\n${itemLines(index, 4)}`);
    if (!isMap(section.value))
      return this.#insertLines(lineAfter(this.#text, section.end), `  ${LIST[1]}:\n${itemLines(index, 4)}`);
    const start = startOf(section.value);
    const column = start - lineStart(this.#text, start);
    const key = pairOf(section.value, LIST[1]);
    if (key) return this.#insertLines(lineAfter(this.#text, key.end), itemLines(index, column + 2));
    const lines = `${' '.repeat(column)}${LIST[1]}:\n${itemLines(index, column + 2)}`;
    return this.#insertLines(lineAfter(this.#text, contentEnd(section.value)), lines);
  }

  withoutItem(at: number): string | undefined {
    const list = this.#list();
    const items = (list?.items ?? []) as Node[];
    const [previous, item, next] = [items[at - 1], items[at], items[at + 1]];
    if (!list || !item) return undefined;
    if (!list.flow)
      return this.#splice(lineStart(this.#text, startOf(item)), lineAfter(this.#text, contentEnd(item)), '');
    if (next) return this.#splice(startOf(item), startOf(next), '');
    return this.#splice(previous ? contentEnd(previous) : startOf(item), contentEnd(item), '');
  }

  throughLibrary(change: (document: Document) => void): string {
    const document = parseDocument(this.#text) as Document;
    change(document);
    return document.toString({ lineWidth: 0 }).replaceAll('\n', this.#lineEnd);
  }

  #attempt(way: () => string | undefined): Buffer | undefined {
    try {
      const text = way();
      return text === undefined ? undefined : Buffer.from(this.#mark + text);
    } catch {
      // The library refuses what it cannot do, such as to add to what is no list.
      return undefined;
    }
  }

  #means(bytes: Uint8Array, indices: readonly WrittenIndex[]): boolean {
    try {
      const value = documentIn(bytes, this.#location);
      return isDeepStrictEqual(indicesOf(value), indices) && isDeepStrictEqual(rest(value), rest(this.#value));
    } catch {
      return false;
    }
  }

  #list(): YAMLSeq | undefined {
    const list = parseDocument(this.#text).getIn(LIST, true);
    return isSeq(list) ? list : undefined;
  }

  #insertLines(at: number, lines: string): string {
    const open = at > 0 && !/[\r\n]/.test(this.#text[at - 1] ?? '');
    return this.#splice(at, at, open ? `\n${lines}` : lines);
  }

  #splice(start: number, end: number, text: string): string {
    return this.#text.slice(0, start) + text.replaceAll('\n', this.#lineEnd) + this.#text.slice(end);
  }
}

function documentIn(bytes: Uint8Array, location: string): Record<string, unknown> {
  return (readYaml(bytes, location, DEFAULT_LIMITS).value ?? {}) as Record<string, unknown>;
}

function indicesOf(value: Record<string, unknown>): WrittenIndex[] {
  const section = value[LIST[0]] as Record<string, unknown> | null | undefined;
  return (section?.[LIST[1]] ?? []) as WrittenIndex[];
}

/** All but the list; a section that is empty is one that is not there. */
function rest(value: Record<string, unknown>): unknown {
  const { [LIST[0]]: section, ...others } = value;
  const { [LIST[1]]: _, ...settings } = (section ?? {}) as Record<string, unknown>;
  return { ...others, settings };
}

function pairOf(map: YAMLMap, name: string): { value: Node | null; end: number } | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === name);
  if (!pair) return undefined;
  const value = pair.value as Node | null;
  return { value, end: contentEnd(value ?? (pair.key as Node)) };
}

function inBraces(index: WrittenIndex): string {
  const document = new Document(index);
  if (isMap(document.contents)) document.contents.flow = true;
  for (const { value } of isMap(document.contents) ? document.contents.items : []) if (isMap(value)) value.flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** @param dash the column of it */
function itemLines(index: WrittenIndex, dash: number, braces = false): string {
  const text = braces ? inBraces(index) : new Document(index).toString({ lineWidth: 0 }).trimEnd();
  const indent = ' '.repeat(dash);
  return `${indent}- ${text.replaceAll('\n', `\n${indent}  `)}\n`;
}
