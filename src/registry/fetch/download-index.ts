import type { Mirrors } from '../../config/types.ts';
import { expandVariables, type Variables } from '../../config/variables.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { count } from '../../platform/count.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { conditionalHeaders, type Validators } from '../../platform/http/conditional.ts';
import { discard, type Http, type HttpResponse } from '../../platform/http/http.ts';
import { contentLengthOf, receive } from '../../platform/http/receive-resumable.ts';
import type { Reporter } from '../../platform/reporter.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { IndexTooLarge } from '../index/read-index.ts';
import { type IndexLocation, localPathOf, resolveIndexLocation } from './index-location.ts';

export interface IndexTools {
  readonly http: Http;
  readonly reporter: Reporter;
  readonly limits: Limits;
  readonly variables: Variables;
  /** The base of relative index paths. */
  readonly workingDirectory: string;
}

/** A server responded with a status other than 200. */
export class IndexNotServed extends AttuneError {
  constructor(url: SafeUrl, status: number, contentType: string) {
    super('NETWORK_HTTP_STATUS', `${url} responded with status ${status} (${contentType}).`, {
      facts: { url: `${url}`, status, content_type: contentType },
      hint: hintFor(status),
    });
  }
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) {
    return `Add the credentials of the registry under 'headers' in settings.yaml, such as Authorization: "Bearer \${TOKEN}".`;
  }
  if (status === 404 || status === 410) return 'Check the URL of the registry in settings.yaml.';
  if (status === 202) return 'The server is still preparing the index. Try again later.';
  return status >= 500 ? 'Try again later.' : 'Contact the operator of the registry.';
}

export interface IndexContent extends Validators {
  readonly bytes: Buffer;
  /** The path or URL that the content was read from. */
  readonly location: SafeUrl;
  /** A summary of the server's response; `undefined` for a file. */
  readonly responseSummary: string | undefined;
  /** True if the server forbids storing it (`Cache-Control: no-store`). */
  readonly noStore: boolean;
}

/**
 * Reads the bytes of an index from its own URL or from its mirror, without interpreting them.
 * @param headers are sent to the index's own server only: they may contain credentials
 * @throws IndexTooLarge, IndexNotServed, InvalidIndexUrl, NetworkError, FileError
 */
export async function readIndexContent(
  own: SafeUrl,
  headers: Readonly<Record<string, string>>,
  mirrors: Mirrors,
  tools: IndexTools,
): Promise<IndexContent> {
  const location = resolveIndexLocation(own, mirrors, tools);
  // Without validators no server can respond with 304.
  return (await readIndexAt(location, headers, undefined, tools)) as IndexContent;
}

/**
 * Reads the bytes of an index from a resolved location.
 * @param known the validators of the cached content
 * @returns `undefined` if the cached content is still current
 */
export async function readIndexAt(
  { url, mirrored, local }: IndexLocation,
  headers: Readonly<Record<string, string>>,
  known: Validators | undefined,
  tools: IndexTools,
): Promise<IndexContent | undefined> {
  if (local) return readLocal(url, tools.limits);
  return download(url, mirrored ? {} : headers, known, tools);
}

function readLocal(url: SafeUrl, limits: Limits): IndexContent {
  const path = localPathOf(url);
  if ((inspectTarget(path)?.size ?? 0) > limits.indexBytes) throw new IndexTooLarge(path, limits.indexBytes);
  const noResponse = { responseSummary: undefined, etag: undefined, lastModified: undefined, noStore: false };
  return { bytes: readFile(path), location: url.derive(path), ...noResponse };
}

async function download(
  url: SafeUrl,
  headers: Readonly<Record<string, string>>,
  known: Validators | undefined,
  tools: IndexTools,
): Promise<IndexContent | undefined> {
  const expanded = Object.entries(headers).map(([name, value]) => [name, expandVariables(value, tools.variables)]);
  const content = new ContentInMemory(url, tools);
  // Only the host is shown: the path may contain secret variables.
  using activity = tools.reporter.activity(`Downloading an index from ${new URL(url.reveal()).host}`);
  const first = await tools.http.send({
    url,
    headers: { ...Object.fromEntries(expanded), ...conditionalHeaders(known) },
  });
  const response = await receive(first, {
    begin: (response) => content.begin(response),
    write: (chunk) => activity.progress(content.add(chunk), content.total, 'bytes'),
  });
  const type = response.header('content-type') ?? 'no content type';
  if (response.status !== 200) {
    await discard(response);
    if (response.status === 304 && known !== undefined) return undefined;
    throw new IndexNotServed(url, response.status, type);
  }
  const bytes = content.bytes();
  return {
    bytes,
    location: url,
    responseSummary: `${redirection(url, response)}status ${response.status}, ${type}, ${count(bytes.length, 'byte')}`,
    etag: response.header('etag'),
    lastModified: response.header('last-modified'),
    noStore: /\bno-store\b/i.test(response.header('cache-control') ?? ''),
  };
}

/** Describes a redirect, without the query, which contains the signatures of storage services. */
function redirection(requested: SafeUrl, response: HttpResponse): string {
  // The response's URL has no credentials, so the requested one is compared without them.
  if (`${response.url}` === `${requested}`) return '';
  const { origin, pathname } = new URL(response.url.reveal());
  return `redirected to ${response.url.derive(origin + pathname)}, `;
}

class ContentInMemory {
  readonly #url: SafeUrl;
  readonly #limits: Limits;
  #chunks: Uint8Array[] = [];
  #size = 0;
  total: number | undefined;

  constructor(url: SafeUrl, { limits }: IndexTools) {
    this.#url = url;
    this.#limits = limits;
  }

  begin(response: HttpResponse): void {
    this.#chunks = [];
    this.#size = 0;
    this.total = contentLengthOf(response);
  }

  /** @returns the total size so far. @throws IndexTooLarge */
  add(chunk: Uint8Array): number {
    this.#size += chunk.length;
    const { indexBytes } = this.#limits;
    if (this.#size > indexBytes) throw new IndexTooLarge(`${this.#url}`, indexBytes);
    this.#chunks.push(chunk);
    return this.#size;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
