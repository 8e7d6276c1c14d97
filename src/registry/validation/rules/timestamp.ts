import type { Fields } from '../../index/fields.ts';

/** RFC 3339, which is what ISO 8601 means to most who read indexes. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

export function inspectTimestamp(fields: Fields, key: string): void {
  const text = fields.raw(key);
  if (typeof text !== 'string' || (TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text)))) return;
  fields.problem('invalid-timestamp', [key], `'${text}' is not a date and time with a zone`);
}
