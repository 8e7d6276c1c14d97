/**
 * Edits `settings.yaml`, which users write by hand: everything that is not changed keeps its bytes, comments included. Common
 * forms of YAML are edited line by line. Other forms are edited with the library, which keeps comments and order but may
 * change the layout. The result is parsed again and must have the intended value.
 */
import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { decodeText } from '../documents/text.ts';
import { contentEnd, lineAfter, lineStart, startOf } from '../documents/yaml/locations.ts';
import { readYaml } from '../documents/yaml/yaml.ts';
import { AttuneError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';

/** A registry as written to the file; missing fields have their defaults. */
export interface WrittenIndex {
  readonly name: string;
  readonly url: string;
  readonly priority?: number;
  readonly enabled?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A configuration in a form of YAML that attune cannot edit. */
export class ConfigNotEditable extends AttuneError {
  constructor(location: string) {
    super('INVALID_CONFIG', `'${location}' cannot be edited: other parts of the file depend on the changed part.`, {
      facts: { path: location },
      hint: 'Edit the list pack_registry.indices by hand.',
    });
  }
}

/**
 * Adds a registry to the end of `pack_registry.indices` and returns the changed file.
 * @param bytes a valid configuration
 * @throws ConfigNotEditable
 */
export function addIndex(bytes: Uint8Array, location: string, index: WrittenIndex): Buffer {
  const file = new ConfigText(bytes, location);
  return file.tryEdits(
    [...file.indices, index],
    [
      () => file.appendItem(index),
      () => file.createList(index),
      () => file.editWithLibrary((document) => document.addIn(LIST_PATH, document.createNode(index))),
      () => file.editWithLibrary((document) => document.setIn(LIST_PATH, [index])),
    ],
  );
}

/** Removes an existing registry by name and returns the changed file. @throws ConfigNotEditable */
export function removeIndex(bytes: Uint8Array, location: string, name: string): Buffer {
  const file = new ConfigText(bytes, location);
  const position = file.indices.findIndex((index) => index.name === name);
  return file.tryEdits(file.indices.toSpliced(position, 1), [
    () => file.removeItem(position),
    () => file.editWithLibrary((document) => document.deleteIn([...LIST_PATH, position])),
  ]);
}

const LIST_PATH = ['pack_registry', 'indices'] as const;

class ConfigText {
  readonly indices: readonly WrittenIndex[];
  readonly #location: string;
  readonly #byteOrderMark: string;
  readonly #text: string;
  readonly #lineEnd: string;
  readonly #value: Record<string, unknown>;

  constructor(bytes: Uint8Array, location: string) {
    this.#location = location;
    this.#byteOrderMark = bytes[0] === 0xef ? '\u{FEFF}' : '';
    this.#text = decodeText(bytes, location);
    this.#lineEnd = /\r?\n/.exec(this.#text)?.[0] ?? '\n';
    this.#value = documentIn(bytes, location);
    this.indices = indicesOf(this.#value);
  }

  /** Returns the result of the first edit that produces a file with the intended registries. */
  tryEdits(indices: readonly WrittenIndex[], edits: readonly (() => string | undefined)[]): Buffer {
    for (const edit of edits) {
      const bytes = this.#attempt(edit);
      if (bytes && this.#hasIndices(bytes, indices)) return bytes;
    }
    throw new ConfigNotEditable(this.#location);
  }

  /** Appends an item to an existing list. */
  appendItem(index: WrittenIndex): string | undefined {
    const list = this.#list();
    const last = list?.items.at(-1) as Node | undefined;
    if (!list || !last) return undefined;
    const start = startOf(last);
    const before = this.#text.slice(lineStart(this.#text, start), start);
    if (list.flow) {
      const separator = before.trim() === '' ? `,\n${before}` : ', ';
      return this.#splice(contentEnd(last), contentEnd(last), separator + formatFlow(index));
    }
    const dash = before.indexOf('-');
    const braces = isMap(last) && last.flow === true;
    return this.#insertLines(lineAfter(this.#text, contentEnd(last)), itemLines(index, dash, braces));
  }

  /** Creates the list, or fills an empty one. */
  createList(index: WrittenIndex): string | undefined {
    const list = this.#list();
    if (list?.flow && list.items.length === 0)
      return this.#splice(startOf(list), contentEnd(list), `[${formatFlow(index)}]`);
    const root = parseDocument(this.#text).contents;
    const section = isMap(root) ? pairOf(root, LIST_PATH[0]) : undefined;
    if (section === undefined)
      return this.#insertLines(this.#text.length, `${LIST_PATH[0]}:\n  ${LIST_PATH[1]}:\n${itemLines(index, 4)}`);
    if (!isMap(section.value))
      return this.#insertLines(lineAfter(this.#text, section.end), `  ${LIST_PATH[1]}:\n${itemLines(index, 4)}`);
    const start = startOf(section.value);
    const column = start - lineStart(this.#text, start);
    const key = pairOf(section.value, LIST_PATH[1]);
    if (key) return this.#insertLines(lineAfter(this.#text, key.end), itemLines(index, column + 2));
    const lines = `${' '.repeat(column)}${LIST_PATH[1]}:\n${itemLines(index, column + 2)}`;
    return this.#insertLines(lineAfter(this.#text, contentEnd(section.value)), lines);
  }

  removeItem(position: number): string | undefined {
    const list = this.#list();
    const items = (list?.items ?? []) as Node[];
    const [previous, item, next] = [items[position - 1], items[position], items[position + 1]];
    if (!list || !item) return undefined;
    if (!list.flow)
      return this.#splice(lineStart(this.#text, startOf(item)), lineAfter(this.#text, contentEnd(item)), '');
    if (next) return this.#splice(startOf(item), startOf(next), '');
    return this.#splice(previous ? contentEnd(previous) : startOf(item), contentEnd(item), '');
  }

  editWithLibrary(change: (document: Document) => void): string {
    const document = parseDocument(this.#text) as Document;
    change(document);
    return document.toString({ lineWidth: 0 }).replaceAll('\n', this.#lineEnd);
  }

  #attempt(edit: () => string | undefined): Buffer | undefined {
    try {
      const text = edit();
      return text === undefined ? undefined : Buffer.from(this.#byteOrderMark + text);
    } catch {
      // The library throws for an impossible edit, such as adding an item to a value that is not a list.
      return undefined;
    }
  }

  #hasIndices(bytes: Uint8Array, indices: readonly WrittenIndex[]): boolean {
    try {
      const value = documentIn(bytes, this.#location);
      return (
        isDeepStrictEqual(indicesOf(value), indices) &&
        isDeepStrictEqual(withoutIndices(value), withoutIndices(this.#value))
      );
    } catch {
      return false;
    }
  }

  #list(): YAMLSeq | undefined {
    const list = parseDocument(this.#text).getIn(LIST_PATH, true);
    return isSeq(list) ? list : undefined;
  }

  #insertLines(offset: number, lines: string): string {
    const midLine = offset > 0 && !/[\r\n]/.test(this.#text[offset - 1] ?? '');
    return this.#splice(offset, offset, midLine ? `\n${lines}` : lines);
  }

  #splice(start: number, end: number, text: string): string {
    return this.#text.slice(0, start) + text.replaceAll('\n', this.#lineEnd) + this.#text.slice(end);
  }
}

function documentIn(bytes: Uint8Array, location: string): Record<string, unknown> {
  return (readYaml(bytes, location, DEFAULT_LIMITS).value ?? {}) as Record<string, unknown>;
}

function indicesOf(value: Record<string, unknown>): WrittenIndex[] {
  const section = value[LIST_PATH[0]] as Record<string, unknown> | null | undefined;
  return (section?.[LIST_PATH[1]] ?? []) as WrittenIndex[];
}

/** Returns everything except the list. An empty section counts as missing. */
function withoutIndices(value: Record<string, unknown>): unknown {
  const { [LIST_PATH[0]]: section, ...others } = value;
  const { [LIST_PATH[1]]: _, ...settings } = (section ?? {}) as Record<string, unknown>;
  return { ...others, settings };
}

function pairOf(map: YAMLMap, name: string): { value: Node | null; end: number } | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === name);
  if (!pair) return undefined;
  const value = pair.value as Node | null;
  return { value, end: contentEnd(value ?? (pair.key as Node)) };
}

function formatFlow(index: WrittenIndex): string {
  const document = new Document(index);
  if (isMap(document.contents)) document.contents.flow = true;
  for (const { value } of isMap(document.contents) ? document.contents.items : []) if (isMap(value)) value.flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** Formats a registry as a list item. @param dash the column of the dash */
function itemLines(index: WrittenIndex, dash: number, braces = false): string {
  const text = braces ? formatFlow(index) : new Document(index).toString({ lineWidth: 0 }).trimEnd();
  const indent = ' '.repeat(dash);
  return `${indent}- ${text.replaceAll('\n', `\n${indent}  `)}\n`;
}
