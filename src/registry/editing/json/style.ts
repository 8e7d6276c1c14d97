import { isAscii } from 'node:buffer';
import { decodeRange, type Member, type Range, scanMembers } from '../../index/positions/json-scan.ts';

/** The layout of a JSON file, which added values follow. */
export interface JsonStyle {
  /** One step of indentation. */
  readonly unit: string;
  readonly lineEnd: string;
  /** Between a colon and the value. */
  readonly afterColon: string;
  /** Between a comma and what follows on the same line. */
  readonly afterComma: string;
  /** True if all non-ASCII characters are escaped. */
  readonly ascii: boolean;
}

/** The indentation of the line that a value begins on; `undefined` keeps the value on one line. */
export type Indent = string | undefined;

/** Returns the white space before each element of an object or a list, after the preceding bracket or comma. */
export function leadsOf(bytes: Uint8Array, container: Range, elements: readonly Range[]): string[] {
  return elements.map(({ start }, position) => {
    const previous = elements[position - 1]?.end;
    const lead = decodeRange(bytes, previous ?? container.start + 1, start);
    return previous === undefined ? lead : lead.slice(lead.indexOf(',') + 1);
  });
}

/** Returns the white space before the second and later elements, derived from the existing elements. */
export function commonLead(leads: readonly string[], style: JsonStyle): string {
  const [first, second] = leads;
  return second ?? (first?.includes('\n') ? first : style.afterComma);
}

export function isBroken(lead: string | undefined): boolean {
  return lead?.includes('\n') ?? false;
}

/** Returns the part of a text after its last line feed. */
export function indentBefore(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

/**
 * Detects the layout of a document.
 * @param root the members of the document
 * @param sample an inner object that shows the layout of the others
 */
export function styleOf(bytes: Uint8Array, root: readonly Member[], sample: Range | undefined): JsonStyle {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const newline = buffer.indexOf('\n');
  const first = root[0] as Member;
  const members = sample ? scanMembers(bytes, sample.start) : root;
  const [one, two] = members;
  const colon = decodeRange(bytes, first.start, first.valueStart);
  const gap = one && two ? decodeRange(bytes, one.end, two.start).replace(/^\s*,/, '') : '';
  return {
    unit: unitOf(bytes, root, sample, members),
    lineEnd: newline > 0 && bytes[newline - 1] === 0x0d ? '\r\n' : '\n',
    afterColon: /[ \t]*$/.exec(colon)?.[0] ?? '',
    afterComma: gap.includes('\n') ? ' ' : gap,
    ascii: isAscii(buffer) && buffer.includes('\\u'),
  };
}

/** Returns the indentation of an entry's members relative to its braces, else that of the document, else two spaces. */
function unitOf(
  bytes: Uint8Array,
  root: readonly Member[],
  sample: Range | undefined,
  members: readonly Member[],
): string {
  const outer = indentBefore(decodeRange(bytes, 0, root[0]?.start ?? 0));
  const unit = /^[ \t]+$/.test(outer) ? outer : '  ';
  const [first] = members;
  if (!sample || !first || !isBroken(decodeRange(bytes, sample.start, first.start))) return unit;
  const inner = indentBefore(decodeRange(bytes, sample.start, first.start));
  const brace = /[ \t]*$/.exec(decodeRange(bytes, sample.start, sample.end - 1))?.[0] ?? '';
  return inner.length > brace.length && inner.startsWith(brace) ? inner.slice(brace.length) : unit;
}

/** Serializes a value in the style of a file. */
export function formatJson(value: unknown, style: JsonStyle, indent: Indent): string {
  if (typeof value === 'string') return formatString(value, style);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent === undefined ? undefined : indent + style.unit;
  const parts = Array.isArray(value)
    ? value.map((item) => formatJson(item, style, inner))
    : Object.entries(value).map(([key, member]) => formatMember(key, member, style, inner));
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (parts.length === 0) return `${open}${close}`;
  if (indent === undefined) return `${open}${parts.join(`,${style.afterComma}`)}${close}`;
  const lead = `${style.lineEnd}${inner}`;
  return `${open}${lead}${parts.join(`,${lead}`)}${style.lineEnd}${indent}${close}`;
}

/** @param indent the indentation of the line that the member begins on */
export function formatMember(key: string, value: unknown, style: JsonStyle, indent: Indent): string {
  return `${formatString(key, style)}:${style.afterColon}${formatJson(value, style, indent)}`;
}

function formatString(text: string, { ascii }: JsonStyle): string {
  const quoted = JSON.stringify(text);
  if (!ascii) return quoted;
  return quoted.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
