import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { decodeText } from '../../../documents/text.ts';
import { aboveComments, contentEnd, lineAfter, lineStart, startOf } from '../../../documents/yaml/locations.ts';
import { readYaml } from '../../../documents/yaml/yaml.ts';
import { AttuneError } from '../../../errors.ts';
import { DEFAULT_LIMITS } from '../../../limits.ts';
import type { Mapping } from '../../index/mapping.ts';
import { type LocatedEntry, type LocatedYaml, ROOT_FIELDS } from '../../index/positions/located-index.ts';
import { LineSplices } from '../line-splices.ts';
import { formatYaml, formatYamlString, type YamlStyle } from './style.ts';

/** The file uses YAML syntax that attune cannot edit in place. */
export class IndexNotEditable extends AttuneError {
  constructor(location: string, why: string) {
    super('INVALID_INDEX', `The index '${location}' cannot be edited in place: ${why}.`, {
      facts: { location },
      hint: "Rewrite it with 'attune pack index-merge --output FILE FILE', in YAML or JSON, and edit the result.",
    });
  }
}

interface PairLocation {
  readonly key: string;
  /** The start of the key. */
  readonly start: number;
  readonly value: Node | null;
  /** The offset after the last character of the value, without trailing comments. */
  readonly end: number;
}

/**
 * Edits a YAML index line by line: unchanged parts keep their bytes, including comments. Not every YAML syntax can be
 * edited in this way, so the result is parsed again and compared with the intended value.
 */
export class YamlEditor {
  readonly #index: LocatedYaml;
  readonly #text: string;
  readonly #root: YAMLMap;
  readonly #packs: YAMLSeq;
  readonly #style: YamlStyle;
  readonly #splices: LineSplices;
  readonly #expected: { root: Mapping; packs: Mapping[] };

  /** @throws IndexNotEditable */
  constructor(index: LocatedYaml) {
    this.#index = index;
    this.#text = decodeText(index.bytes, index.location);
    const { contents } = parseDocument(this.#text);
    const packs = isMap(contents) ? contents.get('packs', true) : undefined;
    if (!isMap(contents) || contents.flow) this.#refuse('the document is a flow mapping (in braces)');
    if (!isSeq(packs) || (packs.flow && packs.items.length > 0))
      this.#refuse('its packs are a flow sequence (in brackets)');
    this.#root = contents;
    this.#packs = packs;
    this.#style = this.#styleOf();
    this.#splices = new LineSplices(this.#text, this.#style.lineEnd);
    this.#expected = { root: index.head.document, packs: [...index.values] };
  }

  /** Sets a string field of the index. */
  setRoot(key: string, value: string): void {
    this.#expected.root = { ...this.#expected.root, [key]: value };
    const pairs = this.#pairsOf(this.#root);
    const pair = pairs.find((candidate) => candidate.key === key);
    if (pair) this.#setScalar(pair, value);
    else this.#addToRoot(pairs, key, value);
  }

  #addToRoot(pairs: readonly PairLocation[], key: string, value: string): void {
    const earlier = ROOT_FIELDS.slice(0, ROOT_FIELDS.indexOf(key));
    const previous = pairs.findLast((candidate) => earlier.includes(candidate.key));
    const line = formatYaml({ [key]: value }, this.#style);
    if (previous) this.#splices.insertLines(lineAfter(this.#text, previous.end), line);
    else this.#splices.insertLines(lineStart(this.#text, pairs[0]?.start ?? 0), line);
  }

  /** @param position the position of the entry to insert before; the number of entries to append */
  insert(position: number, entry: Mapping): void {
    this.#expected.packs.splice(position, 0, entry);
    const items = this.#packs.items as Node[];
    if (items.length === 0) {
      this.#insertFirst(entry);
      return;
    }
    const indent = ' '.repeat(this.#dashColumn());
    const text = indent + formatYaml([entry], this.#style, indent);
    const blank = this.#hasBlankLines(items) ? this.#style.lineEnd : '';
    const previous = items[position - 1];
    if (previous) this.#splices.insertLines(lineAfter(this.#text, contentEnd(previous)), blank + text);
    else this.#splices.insertLines(aboveComments(this.#text, lineStart(this.#text, startOf(items[0]))), text + blank);
  }

  /** Replaces the fields of an entry; unchanged fields keep their bytes. */
  replace(entry: LocatedEntry, value: Mapping): void {
    this.#expected.packs[entry.position] = value;
    const node = this.#packs.items[entry.position] as Node;
    const column = startOf(node) - lineStart(this.#text, startOf(node));
    const end = contentEnd(node);
    if (isMap(node) && !node.flow) this.#rewrite(node, this.#index.entryValue(entry), value, ' '.repeat(column));
    else this.#splices.replaceLines(startOf(node), end, formatYaml(value, this.#style, ' '.repeat(column)));
  }

  /** Returns the file with all changes applied. @throws IndexNotEditable if the result does not have the intended value */
  content(): Uint8Array[] {
    const mark = this.#index.bytes[0] === 0xef ? '\u{FEFF}' : '';
    const bytes = Buffer.from(mark + this.#splices.result());
    if (!this.#isAsExpected(bytes)) this.#refuse('a changed part uses anchors, tags or unusual line breaks');
    return [bytes];
  }

  #isAsExpected(bytes: Uint8Array): boolean {
    const { root, packs } = this.#expected;
    try {
      const limits = { ...DEFAULT_LIMITS, yamlBytes: bytes.length };
      const { value } = readYaml(bytes, this.#index.location, limits);
      return isDeepStrictEqual(value, { ...root, packs });
    } catch {
      return false;
    }
  }

  #rewrite(node: YAMLMap, current: Mapping, value: Mapping, indent: string): void {
    const pairs = this.#pairsOf(node);
    for (const [position, pair] of pairs.entries()) {
      if (!Object.hasOwn(value, pair.key)) this.#remove(pair, pairs[position + 1], position === 0);
      else if (!isDeepStrictEqual(current[pair.key], value[pair.key])) this.#setPair(pair, value[pair.key], indent);
    }
    const keys = Object.keys(value);
    for (const [position, key] of keys.entries()) {
      if (isDeepStrictEqual(current[key], value[key]) || pairs.some((pair) => pair.key === key)) continue;
      const before = keys.slice(0, position);
      const previous = pairs.findLast((pair) => before.includes(pair.key));
      const offset = previous ? lineAfter(this.#text, previous.end) : undefined;
      if (offset === undefined) this.#refuse(`there is no field to insert '${key}' after`);
      this.#splices.insertLines(offset, indent + formatYaml({ [key]: value[key] }, this.#style, indent));
    }
  }

  #setPair(pair: PairLocation, value: unknown, indent: string): void {
    const old = pair.value;
    const scalar = isScalar(old) && !['BLOCK_LITERAL', 'BLOCK_FOLDED'].includes(old.type ?? '');
    if (scalar && typeof value === 'string') this.#setScalar(pair, value);
    else this.#splices.replaceLines(pair.start, pair.end, formatYaml({ [pair.key]: value }, this.#style, indent));
  }

  /** Replaces a scalar; the rest of its line is unchanged. */
  #setScalar({ value: node, end }: PairLocation, value: string): void {
    const start = node?.range?.[0] ?? end;
    const space = /[ \t]/.test(this.#text[start - 1] ?? '') ? '' : ' ';
    const quotes = isScalar(node) ? node.type : undefined;
    this.#splices.replace(start, end, space + formatYamlString(value, quotes));
  }

  #remove(pair: PairLocation, next: PairLocation | undefined, first: boolean): void {
    if (!first) this.#splices.replace(lineStart(this.#text, pair.start), lineAfter(this.#text, pair.end), '');
    else this.#splices.replace(pair.start, next?.start ?? pair.end, '');
  }

  /** Replaces the brackets of an empty list. */
  #insertFirst(entry: Mapping): void {
    const end = contentEnd(this.#packs);
    const start = this.#text.slice(0, startOf(this.#packs)).trimEnd().length;
    this.#splices.replace(start, end, '');
    this.#splices.insertLines(lineAfter(this.#text, end), `  ${formatYaml([entry], this.#style, '  ')}`);
  }

  #pairsOf(map: YAMLMap): PairLocation[] {
    return map.items.map((pair) => {
      const key = pair.key as Node;
      const value = pair.value as Node | null;
      if (!isScalar(key)) this.#refuse('a key is not a scalar');
      return { key: String(key.value), start: startOf(key), value, end: value ? contentEnd(value) : contentEnd(key) };
    });
  }

  #styleOf(): YamlStyle {
    const lineEnd = /\r?\n/.exec(this.#text)?.[0] ?? '\n';
    const flatLists = !this.#packs.flow && this.#packs.items.length > 0 && this.#dashColumn() === 0;
    return { lineEnd, flatLists };
  }

  #dashColumn(): number {
    const start = startOf(this.#packs.items[0] as Node);
    const dash = this.#text.slice(lineStart(this.#text, start), start);
    if (!/^ *- +$/.test(dash)) this.#refuse('an entry does not begin on the line of its dash');
    return dash.indexOf('-');
  }

  /** Checks whether the entries are separated by blank lines. */
  #hasBlankLines([first, second]: readonly Node[]): boolean {
    if (!first || !second) return false;
    return /^[ \t]*\r?\n/.test(this.#text.slice(lineAfter(this.#text, contentEnd(first)), startOf(second)));
  }

  #refuse(why: string): never {
    throw new IndexNotEditable(this.#index.location, why);
  }
}
