// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text that may have come from anywhere, safe to show on a terminal: what would move the cursor, change colours or turn
 * the direction of writing is shown as its code. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/** The same for every string of a document. Line feeds inside single values become spaces, so that a row stays a row. */
export function printableDocument<T>(value: T): T {
  if (typeof value === 'string') return printable(value.replace(/\s*\n\s*/g, ' ').trimEnd()) as T;
  if (Array.isArray(value)) return value.map(printableDocument) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [printable(key), printableDocument(held)])) as T;
}

/** JSON leaves DEL and the C1 controls as they are; a terminal obeys some of them. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[\u007f-\u009f]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
