/**
 * Edits `settings.yaml`, which users write by hand: everything that is not changed keeps its bytes, comments included. Common
 * forms of YAML are edited line by line. Other forms are edited with the library, which keeps comments and order but may
 * change the layout. The result is parsed again and must have the intended value.
 */
import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isSeq, type Node, parseDocument, type YAMLSeq } from 'yaml';
import { contentEnd, lineAfter, lineStart, startOf } from '../documents/yaml/locations.ts';
import { pairOf, rootMap, YamlText } from './yaml-text.ts';

/** A registry as written to the file; missing fields have their defaults. */
export interface WrittenIndex {
  readonly name: string;
  readonly url: string;
  readonly priority?: number;
  readonly enabled?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Adds a registry to the end of `pack_registry.indices` and returns the changed file.
 * @param bytes a valid configuration
 * @throws ConfigNotEditable
 */
export function addIndex(bytes: Uint8Array, location: string, index: WrittenIndex): Buffer {
  const file = new IndexList(bytes, location);
  return file.edit(
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
  const file = new IndexList(bytes, location);
  const position = file.indices.findIndex((index) => index.name === name);
  return file.edit(file.indices.toSpliced(position, 1), [
    () => file.removeItem(position),
    () => file.editWithLibrary((document) => document.deleteIn([...LIST_PATH, position])),
  ]);
}

const LIST_PATH = ['pack_registry', 'indices'] as const;

/** The list of registries in the text of a configuration. */
class IndexList extends YamlText {
  get indices(): readonly WrittenIndex[] {
    return indicesOf(this.value);
  }

  /** Returns the result of the first edit that produces a file with the intended registries. */
  edit(indices: readonly WrittenIndex[], edits: readonly (() => string | undefined)[]): Buffer {
    const others = withoutIndices(this.value);
    const isIntended = (value: Record<string, unknown>) =>
      isDeepStrictEqual(indicesOf(value), indices) && isDeepStrictEqual(withoutIndices(value), others);
    return this.tryEdits(`the list ${LIST_PATH.join('.')}`, isIntended, edits);
  }

  /** Appends an item to an existing list. */
  appendItem(index: WrittenIndex): string | undefined {
    const list = this.#list();
    const last = list?.items.at(-1) as Node | undefined;
    if (!list || !last) return undefined;
    const start = startOf(last);
    const before = this.text.slice(lineStart(this.text, start), start);
    if (list.flow) {
      const separator = before.trim() === '' ? `,\n${before}` : ', ';
      return this.splice(contentEnd(last), contentEnd(last), separator + formatFlow(index));
    }
    const dash = before.indexOf('-');
    const braces = isMap(last) && last.flow === true;
    return this.insertLines(lineAfter(this.text, contentEnd(last)), itemLines(index, dash, braces));
  }

  /** Creates the list, or fills an empty one. */
  createList(index: WrittenIndex): string | undefined {
    const list = this.#list();
    if (list?.flow && list.items.length === 0)
      return this.splice(startOf(list), contentEnd(list), `[${formatFlow(index)}]`);
    const root = rootMap(this.text);
    const section = root && pairOf(root, LIST_PATH[0]);
    if (section === undefined)
      return this.insertLines(this.text.length, `${LIST_PATH[0]}:\n  ${LIST_PATH[1]}:\n${itemLines(index, 4)}`);
    if (!isMap(section.value))
      return this.insertLines(lineAfter(this.text, section.end), `  ${LIST_PATH[1]}:\n${itemLines(index, 4)}`);
    const start = startOf(section.value);
    const column = start - lineStart(this.text, start);
    const key = pairOf(section.value, LIST_PATH[1]);
    if (key) return this.insertLines(lineAfter(this.text, key.end), itemLines(index, column + 2));
    const lines = `${' '.repeat(column)}${LIST_PATH[1]}:\n${itemLines(index, column + 2)}`;
    return this.insertLines(lineAfter(this.text, contentEnd(section.value)), lines);
  }

  removeItem(position: number): string | undefined {
    const list = this.#list();
    const items = (list?.items ?? []) as Node[];
    const [previous, item, next] = [items[position - 1], items[position], items[position + 1]];
    if (!list || !item) return undefined;
    if (!list.flow) return this.splice(lineStart(this.text, startOf(item)), lineAfter(this.text, contentEnd(item)), '');
    if (next) return this.splice(startOf(item), startOf(next), '');
    return this.splice(previous ? contentEnd(previous) : startOf(item), contentEnd(item), '');
  }

  #list(): YAMLSeq | undefined {
    const list = parseDocument(this.text).getIn(LIST_PATH, true);
    return isSeq(list) ? list : undefined;
  }
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
