import { type Document, isMap, isScalar, type Node, parseDocument, type YAMLMap } from 'yaml';
import { decodeText } from '../documents/text.ts';
import { contentEnd } from '../documents/yaml/locations.ts';
import { readYaml } from '../documents/yaml/yaml.ts';
import { AttuneError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';

/** A configuration in a form of YAML that attune cannot edit. */
export class ConfigNotEditable extends AttuneError {
  constructor(location: string, key: string) {
    super('INVALID_CONFIG', `'${location}' cannot be edited: other parts of the file depend on the changed part.`, {
      facts: { path: location, key },
      hint: `Edit ${key} by hand.`,
    });
  }
}

/** The text of a configuration that is edited: everything that an edit does not change keeps its bytes. */
export class YamlText {
  readonly text: string;
  readonly value: Record<string, unknown>;
  readonly #location: string;
  readonly #byteOrderMark: string;
  readonly #lineEnd: string;

  constructor(bytes: Uint8Array, location: string) {
    this.#location = location;
    this.#byteOrderMark = bytes[0] === 0xef ? '\u{FEFF}' : '';
    this.text = decodeText(bytes, location);
    this.#lineEnd = /\r?\n/.exec(this.text)?.[0] ?? '\n';
    this.value = documentIn(bytes, location);
  }

  /**
   * Returns the result of the first edit that produces a file with the intended value.
   * @param key the edited key, for the message
   * @throws ConfigNotEditable
   */
  tryEdits(
    key: string,
    isIntended: (value: Record<string, unknown>) => boolean,
    edits: readonly (() => string | undefined)[],
  ): Buffer {
    for (const edit of edits) {
      const bytes = this.#attempt(edit);
      if (bytes && this.#has(bytes, isIntended)) return bytes;
    }
    throw new ConfigNotEditable(this.#location, key);
  }

  editWithLibrary(change: (document: Document) => void): string {
    const document = parseDocument(this.text) as Document;
    change(document);
    return document.toString({ lineWidth: 0 }).replaceAll('\n', this.#lineEnd);
  }

  /** Inserts lines at the start of a line, or after a last line without a line break. */
  insertLines(offset: number, lines: string): string {
    const midLine = offset > 0 && !/[\r\n]/.test(this.text[offset - 1] ?? '');
    return this.splice(offset, offset, midLine ? `\n${lines}` : lines);
  }

  splice(start: number, end: number, text: string): string {
    return this.text.slice(0, start) + text.replaceAll('\n', this.#lineEnd) + this.text.slice(end);
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

  #has(bytes: Uint8Array, isIntended: (value: Record<string, unknown>) => boolean): boolean {
    try {
      return isIntended(documentIn(bytes, this.#location));
    } catch {
      return false;
    }
  }
}

function documentIn(bytes: Uint8Array, location: string): Record<string, unknown> {
  return (readYaml(bytes, location, DEFAULT_LIMITS).value ?? {}) as Record<string, unknown>;
}

/** Finds a pair of a mapping. @returns its key and value, and the offset after it */
export function pairOf(map: YAMLMap, name: string): { key: Node; value: Node | null; end: number } | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === name);
  if (!pair) return undefined;
  const [key, value] = [pair.key as Node, pair.value as Node | null];
  return { key, value, end: contentEnd(value ?? key) };
}

/** Returns the mapping at the top of a document. */
export function rootMap(text: string): YAMLMap | undefined {
  const root = parseDocument(text).contents;
  return isMap(root) ? root : undefined;
}
