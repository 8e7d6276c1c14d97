/**
 * What a server sent for a URL: the digest of the archive and the validators for a conditional request. A record is a JSON
 * file `{ sha256, etag, last_modified }`.
 */
import { createHash } from 'node:crypto';
import type { Digest } from '../../packs/digest.ts';
import type { Validators } from '../../platform/http/conditional.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';

export interface UrlRecord extends Validators {
  readonly sha256: Digest;
}

export const SHA256_HEX = /^[0-9a-f]{64}$/;

/**
 * Returns the file name of a URL's record: the SHA-256 of the URL with its user info. The cache therefore contains no
 * URLs, and content that one login received is not served to another.
 */
export function urlRecordName(url: SafeUrl): string {
  return createHash('sha256').update(url.reveal()).digest('hex');
}

export function formatUrlRecord({ sha256, etag, lastModified }: UrlRecord): string {
  return `${JSON.stringify({ sha256: sha256.hex, etag, last_modified: lastModified })}\n`;
}

/** Parses a record; returns `undefined` for a missing or damaged one. */
export function parseUrlRecord(text: string | undefined): UrlRecord | undefined {
  try {
    const { sha256, etag, last_modified }: Record<string, unknown> = JSON.parse(text ?? '{}');
    if (typeof sha256 !== 'string' || !SHA256_HEX.test(sha256)) return undefined;
    return {
      sha256: { algorithm: 'sha256', hex: sha256 },
      etag: headerValue(etag),
      lastModified: headerValue(last_modified),
    };
  } catch {
    return undefined;
  }
}

/** Returns a value that is valid in a request header, or `undefined`. */
function headerValue(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e\x80-\xff][\t\x20-\x7e\x80-\xff]*$/.test(value) ? value : undefined;
}
