import { isDeepStrictEqual } from 'node:util';
import { contentStart, type Member, type Range, scanMembers, textOf } from '../../index/positions/json-scan.ts';
import { type LocatedEntry, type LocatedJson, type Mapping, ROOT_FIELDS } from '../../index/positions/located-index.ts';
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

/** Bytes to be put in the place of a range. */
interface Splice extends Range {
  readonly text: string;
}

/**
 * Changes an index in JSON at the places that change and nowhere else. All places are found in the bytes as they are, and
 * the text between them is passed on without being looked at.
 */
export class JsonEditor {
  readonly #index: LocatedJson;
  readonly #bytes: Uint8Array;
  readonly #root: Range;
  readonly #members: readonly Member[];
  readonly #items: readonly Range[];
  readonly #style: JsonStyle;
  readonly #splices: Splice[] = [];

  constructor(index: LocatedJson) {
    this.#index = index;
    this.#bytes = index.bytes;
    this.#root = { start: contentStart(index.bytes), end: index.bytes.length };
    this.#members = index.outline.members;
    this.#items = index.outline.items;
    this.#style = styleOf(index.bytes, this.#members, this.#items[0]);
  }

  /** Sets a member of the index that is a string. */
  setRoot(key: string, value: string): void {
    const member = this.#members.find((candidate) => candidate.key === key);
    if (member) this.#replace({ start: member.valueStart, end: member.end }, formatJson(value, this.#style, undefined));
    else this.#addToRoot(key, value);
  }

  /** @param position of the entry that it comes before; the number of entries to put it last */
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

  /** Puts other fields into an entry: those that are equal keep their bytes. */
  replace(entry: LocatedEntry, value: Mapping): void {
    const range = this.#items[entry.position] as Range;
    this.#replace(range, this.#rewritten(range, this.#index.entryValue(entry), value));
  }

  /** The file with all changes. */
  content(): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let at = 0;
    for (const { start, end, text } of this.#splices.toSorted((one, other) => one.start - other.start)) {
      chunks.push(this.#bytes.subarray(at, start), Buffer.from(text));
      at = end;
    }
    return [...chunks, this.#bytes.subarray(at)];
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

  /** That of the first entry's last line, which a bracket is all that is on. */
  #entryIndent(): Indent {
    const [first] = this.#items as readonly [Range];
    const [member] = scanMembers(this.#bytes, first.start) as [Member];
    if (!isBroken(textOf(this.#bytes, first.start, member.start))) return undefined;
    return /[ \t]*$/.exec(textOf(this.#bytes, first.start, first.end - 1))?.[0];
  }

  #rewritten(range: Range, current: Mapping, value: Mapping): string {
    const members = scanMembers(this.#bytes, range.start);
    const leads = leadsOf(this.#bytes, range, members);
    const usual = commonLead(leads, this.#style);
    const indent = isBroken(usual) ? indentBefore(usual) : undefined;
    const parts = Object.entries(value).map(([key, held], position) => {
      const place = members.findIndex((member) => member.key === key);
      const member = members[place];
      const lead = position === 0 ? leads[0] : (place > 0 && leads[place]) || usual;
      if (!member) return lead + formatMember(key, held, this.#style, indent);
      if (isDeepStrictEqual(current[key], held)) return lead + textOf(this.#bytes, member.start, member.end);
      return lead + textOf(this.#bytes, member.start, member.valueStart) + formatJson(held, this.#style, indent);
    });
    const tail = textOf(this.#bytes, (members.at(-1) as Member).end, range.end - 1);
    return `{${parts.join(',')}${tail}}`;
  }

  #splice(at: number, text: string): void {
    this.#replace({ start: at, end: at }, text);
  }

  #replace({ start, end }: Range, text: string): void {
    this.#splices.push({ start, end, text });
  }
}
