import type { Mirrors } from '../../config/mirrors.ts';
import { expandVariables, type Variables } from '../../config/variables.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
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
  /** What the path of an index is relative to. */
  readonly workingDirectory: string;
}

/** A server that answers, but not with the index. */
export class IndexNotServed extends AttuneError {
  constructor(url: SafeUrl, status: number, contentType: string) {
    super('NETWORK_HTTP_STATUS', `${url} answers with status ${status} (${contentType}).`, {
      facts: { url: `${url}`, status, content_type: contentType },
      hint: hintFor(status),
    });
  }
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) {
    return `Give the registry its credentials under 'headers' in config.yaml, such as Authorization: "Bearer \${TOKEN}".`;
  }
  if (status === 404 || status === 410) return 'Check the URL of the registry in config.yaml.';
  return status >= 500 ? 'Try again later.' : 'Ask who runs the registry.';
}

export interface IndexContent extends Validators {
  readonly bytes: Buffer;
  /** The path or URL that it came from. */
  readonly location: SafeUrl;
  /** What the server said; `undefined` for a file. */
  readonly answer: string | undefined;
  /** The server asks that nobody keeps it. */
  readonly unkept: boolean;
}

/** What a server called the content of an address (RFC 9110, 8.8). */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/**
 * The bytes of an index, whatever is in them, from where it is or from its mirror.
 * @param headers for its own server alone: they may hold credentials, and a mirror is somebody else
 * @throws IndexTooLarge, IndexNotServed, InvalidIndexUrl, NetworkError, FileError
 */
export async function readIndexContent(
  own: SafeUrl,
  headers: Readonly<Record<string, string>>,
  mirrors: Mirrors,
  tools: IndexTools,
): Promise<IndexContent> {
  const place = resolveIndexLocation(own, mirrors, tools);
  // Without validators no server can say that nothing has changed.
  return (await readIndexAt(place, headers, undefined, tools)) as IndexContent;
}

/**
 * The same, once it is known where that is.
 * @param known what the server called the content that is here already
 * @returns `undefined` when the server says that it is still that
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
  const nothing = { answer: undefined, etag: undefined, lastModified: undefined, unkept: false };
  return { bytes: readFile(path), location: url.derive(path), ...nothing };
}

async function download(
  url: SafeUrl,
  headers: Readonly<Record<string, string>>,
  known: Validators | undefined,
  tools: IndexTools,
): Promise<IndexContent | undefined> {
  const expanded = Object.entries(headers).map(([name, value]) => [name, expandVariables(value, tools.variables)]);
  const content = new ContentInMemory(url, tools);
  // The server alone: what stands behind it may be made of variables that are secret.
  using activity = tools.reporter.activity(`Downloading an index from ${new URL(url.reveal()).host}`);
  const first = await tools.http.send({
    url,
    headers: { ...Object.fromEntries(expanded), ...conditions(known) },
  });
  const response = await receive(first, {
    begin: (answer) => content.begin(answer),
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
    answer: `${redirection(url, response)}status ${response.status}, ${type}, ${bytes.length} bytes`,
    etag: response.header('etag'),
    lastModified: response.header('last-modified'),
    unkept: /\bno-store\b/i.test(response.header('cache-control') ?? ''),
  };
}

/** RFC 9110, 13.1: the date is for servers that know no tags. */
function conditions(known: Validators | undefined): Record<string, string> {
  return {
    ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
    ...(known?.lastModified === undefined ? {} : { 'if-modified-since': known.lastModified }),
  };
}

/** Without the query, in which storage services put signatures. */
function redirection(asked: SafeUrl, response: HttpResponse): string {
  // The answer's address has no login, so neither may the one that it is compared with.
  if (`${response.url}` === `${asked}`) return '';
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

  begin(answer: HttpResponse): void {
    this.#chunks = [];
    this.#size = 0;
    this.total = contentLengthOf(answer);
  }

  /** @returns how much there is, all in all. @throws IndexTooLarge */
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
