import { XMLBuilder } from 'fast-xml-parser';

const ATTRIBUTES = 'attributes';
const BUILDER = new XMLBuilder({
  ignoreAttributes: false,
  attributesGroupName: ATTRIBUTES,
  attributeNamePrefix: '',
  format: true,
  suppressEmptyNode: true,
  processEntities: false,
});

type Attributes = Readonly<Record<string, string | number>>;
export interface Element {
  readonly [name: string]: unknown;
}

/** Formats an XML document. Texts must be escaped. @param doctype the document type declaration */
export function formatXml(document: Element, doctype?: string): string {
  const body = BUILDER.build(document) as string;
  return ['<?xml version="1.0" encoding="UTF-8"?>', ...(doctype === undefined ? [] : [doctype]), body].join('\n');
}

/** Returns the attributes of an element, escaped. */
export function attributes(values: Attributes): Element {
  const escaped = Object.entries(values).map(([name, value]) => [name, escapeAttribute(String(value))]);
  return { [ATTRIBUTES]: Object.fromEntries(escaped) };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Escapes a text. XML 1.0 cannot represent most control characters (https://www.w3.org/TR/xml/#charsets), so they are
 * written as `\u` escapes.
 */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, unicodeEscape)
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll('\r', '&#13;');
}

/** Escapes an attribute. Parsers convert line breaks in attributes to spaces unless they are character references. */
function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

function unicodeEscape(character: string): string {
  return `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`;
}
