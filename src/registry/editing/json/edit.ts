import { isDeepStrictEqual } from 'node:util';
import type { Mapping } from '../../index/mapping.ts';
import { contentStart, decodeRange, type Member, type Range, scanMembers } from '../../index/positions/json-scan.ts';
import { type LocatedEntry, type LocatedJson, ROOT_FIELDS } from '../../index/positions/located-index.ts';
import {
  commonLead,
  formatJson,
  formatMember,
  type Indent,
  indentBefore,
  isBroken,
  type JsonStyle,
  leadsOf,
  styleOf,
} from './style.ts';

/** A replacement of a range. */
interface Splice extends Range {
  readonly text: string;
}

/**
 * Edits a JSON index in place. All offsets refer to the original bytes, and the bytes between the changes are copied
 * without being parsed.
 */
export class JsonEditor {
  readonly #index: LocatedJson;
  readonly #bytes: Uint8Array;
  readonly #root: Range;
  readonly #members: readonly Member[];
  readonly #items: readonly Range[];
  /** The first valid entry, whose style others follow. */
  readonly #sample: Range | undefined;
  readonly #style: JsonStyle;
  readonly #splices: Splice[] = [];

  constructor(index: LocatedJson) {
    this.#index = index;
    this.#bytes = index.bytes;
    this.#root = { start: contentStart(index.bytes), end: index.bytes.length };
    this.#members = index.outline.members;
    this.#items = index.outline.items;
    this.#sample = index.outline.items[index.entries[0]?.position ?? -1];
    this.#style = styleOf(index.bytes, this.#members, this.#sample);
  }

  /** Sets a string member of the index. */
  setRoot(key: string, value: string): void {
    const member = this.#members.find((candidate) => candidate.key === key);
    if (member) this.#replace({ start: member.valueStart, end: member.end }, formatJson(value, this.#style, undefined));
    else this.#addToRoot(key, value);
  }

  /** @param position the position of the entry to insert before; the number of entries to append */
  insert(position: number, entry: Mapping): void {
    if (this.#items.length === 0) {
      this.#insertFirst(entry);
      return;
    }
    const lead = commonLead(leadsOf(this.#bytes, this.#index.outline.packs, this.#items.slice(0, 2)), this.#style);
    const text = formatJson(entry, this.#style, this.#entryIndent());
    const next = this.#items[position];
    if (next) this.#splice(next.start, `${text},${lead}`);
    else this.#splice((this.#items.at(-1) as Range).end, `,${lead}${text}`);
  }

  /** Replaces the fields of an entry; unchanged fields keep their bytes. */
  replace(entry: LocatedEntry, value: Mapping): void {
    const range = this.#items[entry.position] as Range;
    this.#replace(range, this.#rewritten(range, this.#index.entryValue(entry), value));
  }

  /** Returns the file with all changes applied. */
  content(): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let copied = 0;
    for (const { start, end, text } of this.#splices.toSorted((one, other) => one.start - other.start)) {
      chunks.push(this.#bytes.subarray(copied, start), Buffer.from(text));
      copied = end;
    }
    return [...chunks, this.#bytes.subarray(copied)];
  }

  #addToRoot(key: string, value: string): void {
    const text = formatMember(key, value, this.#style, undefined);
    const lead = commonLead(leadsOf(this.#bytes, this.#root, this.#members.slice(0, 2)), this.#style);
    const earlier = ROOT_FIELDS.slice(0, ROOT_FIELDS.indexOf(key));
    const previous = this.#members.findLast((member) => earlier.includes(member.key));
    if (previous) this.#splice(previous.end, `,${lead}${text}`);
    else this.#splice((this.#members[0] as Member).start, `${text},${lead}`);
  }

  #insertFirst(entry: Mapping): void {
    const [lead] = leadsOf(this.#bytes, this.#root, this.#members);
    const indent = isBroken(lead) ? indentBefore(lead ?? '') : undefined;
    this.#replace(this.#index.outline.packs, formatJson([entry], this.#style, indent));
  }

  /** Returns the indentation of the first entry's closing brace; `undefined` if the entry is on one line. */
  #entryIndent(): Indent {
    const first = this.#sample;
    if (!first) return undefined;
    const [member] = scanMembers(this.#bytes, first.start) as [Member];
    if (!isBroken(decodeRange(this.#bytes, first.start, member.start))) return undefined;
    return /[ \t]*$/.exec(decodeRange(this.#bytes, first.start, first.end - 1))?.[0];
  }

  #rewritten(range: Range, current: Mapping, value: Mapping): string {
    const members = scanMembers(this.#bytes, range.start);
    const byKey = new Map(members.map((member, index) => [member.key, index]));
    const leads = leadsOf(this.#bytes, range, members);
    const common = commonLead(leads, this.#style);
    const indent = isBroken(common) ? indentBefore(common) : undefined;
    const parts = Object.entries(value).map(([key, next], position) => {
      const index = byKey.get(key) ?? -1;
      const member = members[index];
      const lead = position === 0 ? leads[0] : (index > 0 && leads[index]) || common;
      if (!member) return lead + formatMember(key, next, this.#style, indent);
      if (isDeepStrictEqual(current[key], next)) return lead + decodeRange(this.#bytes, member.start, member.end);
      return lead + decodeRange(this.#bytes, member.start, member.valueStart) + formatJson(next, this.#style, indent);
    });
    const tail = decodeRange(this.#bytes, (members.at(-1) as Member).end, range.end - 1);
    return `{${parts.join(',')}${tail}}`;
  }

  #splice(offset: number, text: string): void {
    this.#replace({ start: offset, end: offset }, text);
  }

  #replace({ start, end }: Range, text: string): void {
    this.#splices.push({ start, end, text });
  }
}
