// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const JSON_CONTROLS = /[\u007f-\u009f]/g;

/**
 * Makes untrusted text safe to print on a terminal: characters that move the cursor, change colors or reverse the
 * writing direction are replaced with their escaped codes. Line feeds and tabs are kept.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/** Makes all strings of a document safe to print. Line feeds in values become spaces, so that a table row stays one line. */
export function printableDocument<T>(value: T): T {
  if (typeof value === 'string') return printable(value.replace(/\s*\n\s*/g, ' ').trimEnd()) as T;
  if (Array.isArray(value)) return value.map(printableDocument) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [printable(key), printableDocument(field)]),
  ) as T;
}

/** Formats a value as JSON and escapes DEL and the C1 controls, which JSON allows but some terminals interpret. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(JSON_CONTROLS, escaped);
}

/** Formats a value as JSON on one line, for standard error, which terminals and logs show: all controls are escaped. */
export function printableJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(CONTROLS, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
