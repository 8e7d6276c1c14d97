import type { EntryDocument } from '../../../registry/index/entry-document.ts';
import { printableJson } from '../../text/sanitize.ts';

/**
 * The document is made to be redirected into a file, so it is JSON for a person as well. It is taken as it is: a view is
 * otherwise given strings on one line each, which would change what is written.
 */
export function indexEntryView(entry: EntryDocument): () => string {
  return () => `${printableJson(entry)}\n`;
}
