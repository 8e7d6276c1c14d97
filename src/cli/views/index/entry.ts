import type { EntryDocument } from '../../../registry/index/entry-document.ts';
import { printableJson } from '../../text/sanitize.ts';

/**
 * Formats the entry as JSON, because the output is usually redirected to a file. It uses the original document instead of
 * the copy that a view gets, whose strings are on one line each.
 */
export function indexEntryView(entry: EntryDocument): () => string {
  return () => `${printableJson(entry)}\n`;
}
