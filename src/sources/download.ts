import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { oneLine, pageKind } from '../archives/sniff.ts';
import { OverLimit } from '../archives/tree-guard.ts';
import { AttuneError } from '../errors.ts';
import type { Algorithm, Digest } from '../packs/digest.ts';
import { type HttpResponse, withoutUserInfo } from '../platform/http.ts';
import type { Activity } from '../platform/reporter.ts';
import { NewFile } from '../platform/write-files.ts';
import type { SourceTools } from './source.ts';

/** A file of ours in scratch, with what was learned while it was written. */
export interface SavedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: Digest;
  /** By the algorithm that was asked for. */
  readonly digest: Digest;
}

export interface Download extends SavedFile {
  /** After redirects, without user info. */
  readonly url: string;
  readonly status: number;
  readonly contentType: string | undefined;
  /** What the server put around the content on the way, and what is gone from the file. */
  readonly contentEncoding: string | undefined;
}

/** A server that answered, but not with what was asked for. */
class HttpStatusError extends AttuneError {
  /** @param text the beginning of the page, if it has one */
  constructor(asked: string, { url, status }: HttpResponse, contentType: string | undefined, text: string) {
    const from = withoutUserInfo(url);
    const page = text === '' ? '' : `: "${text}"`;
    super(
      'NETWORK_HTTP_STATUS',
      `Cannot download ${withoutUserInfo(asked)}: ${from} answered with HTTP status ${status} (${contentType ?? 'no content type'})${page}.`,
      { facts: { url: from, status, content_type: contentType ?? null }, hint: hintFor(status) },
    );
  }
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) return 'Check that you may read it, and the credentials in the URL.';
  if (status === 404 || status === 410) return 'Check the spelling of the address; a publisher may have moved it.';
  if (status === 429 || status >= 500)
    return 'Try again later, or use a mirror (pack_registry.mirrors in config.yaml).';
  return 'Check the address.';
}

interface DownloadTools extends Pick<SourceTools, 'http' | 'limits' | 'scratch'> {
  /** The download, which is told how much has come. */
  readonly activity: Activity;
}

/**
 * Downloads an http(s) URL into a new file in scratch, hashing it on the way.
 * @param algorithm the one of the digest that is expected, if that is another than SHA-256
 * @throws HttpStatusError for any status but 2xx, OverLimit above `limits.archiveBytes`, NetworkFault
 */
export async function download(url: string, tools: DownloadTools, algorithm: Algorithm = 'sha256'): Promise<Download> {
  const response = await tools.http.send({ url });
  const contentType = response.header('content-type');
  if (response.status < 200 || response.status > 299) {
    throw new HttpStatusError(url, response, contentType, await pageText(response));
  }
  const contentEncoding = response.header('content-encoding');
  const length = contentEncoding === undefined ? Number(response.header('content-length') ?? Number.NaN) : Number.NaN;
  const total = Number.isNaN(length) ? undefined : length;
  const saved = await save(response.body, `archive '${withoutUserInfo(url)}'`, total, tools, algorithm);
  return { ...saved, url: withoutUserInfo(response.url), status: response.status, contentType, contentEncoding };
}

/**
 * Writes what comes into a new file in scratch, hashing it on the way.
 * @param what it is, for messages: `archive 'x.zip'`
 * @param total how many bytes there will be, as far as that is known
 * @throws OverLimit above `limits.archiveBytes`, FileFault, what `chunks` throws
 */
export async function save(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  what: string,
  total: number | undefined,
  { scratch, activity, limits }: Omit<DownloadTools, 'http'>,
  algorithm: Algorithm = 'sha256',
): Promise<SavedFile> {
  const path = join(scratch, `${randomUUID()}.download`);
  const hashes = new Map([...new Set<Algorithm>(['sha256', algorithm])].map((name) => [name, createHash(name)]));
  let bytes = 0;
  const refuseAbove = (size: number) => {
    if (size <= limits.archiveBytes) return;
    throw new OverLimit(what, `it has at least ${size} bytes`, 'archiveBytes', limits.archiveBytes);
  };
  const file = new NewFile(path);
  try {
    for await (const chunk of chunks) {
      refuseAbove(Math.max(total ?? 0, bytes + chunk.length));
      bytes += chunk.length;
      file.write(chunk);
      for (const hash of hashes.values()) hash.update(chunk);
      activity.progress(bytes, total, 'bytes');
    }
  } finally {
    file.close();
  }
  const digests = new Map([...hashes].map(([name, hash]) => [name, { algorithm: name, hex: hash.digest('hex') }]));
  return { file: path, bytes, sha256: digests.get('sha256') as Digest, digest: digests.get(algorithm) as Digest };
}

/** How much of an error page is looked at, and how much of its text is shown. */
const PAGE_BYTES = 4096;
const SHOWN_CHARACTERS = 160;

/** The beginning of an error page's text, one line; empty if it has none. */
async function pageText({ body }: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(Uint8Array.from(chunk));
      bytes += chunk.length;
      if (bytes >= PAGE_BYTES) break;
    }
  } catch {
    // The status is what matters; a page that breaks off is shown as far as it came.
  }
  const page = Buffer.concat(chunks).subarray(0, PAGE_BYTES);
  const text = page.toString('utf8').replace(/\ufffd+$/, '');
  if (text.includes('\ufffd')) return '';
  return oneLine(pageKind(page) === 'an HTML page' ? withoutTags(text) : text, SHOWN_CHARACTERS);
}

function withoutTags(html: string): string {
  return html.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
}
