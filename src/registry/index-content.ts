import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { applyMirror, type Mirrors } from '../config/mirrors.ts';
import { expandVariables, type Variables } from '../config/variables.ts';
import { AttuneError, reasonOf } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { inspectTarget, readFile } from '../platform/files.ts';
import { discard, type Http, type HttpResponse, withoutUserInfo } from '../platform/http.ts';
import { lengthOf, receive } from '../platform/http-receive.ts';
import type { Reporter } from '../platform/reporter.ts';
import { SafeUrl } from '../platform/safe-url.ts';
import { IndexTooLarge } from './read-index.ts';

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
  constructor(url: string, status: number, contentType: string) {
    super('NETWORK_HTTP_STATUS', `${withoutUserInfo(url)} answers with status ${status} (${contentType}).`, {
      facts: { url: withoutUserInfo(url), status, content_type: contentType },
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

export class InvalidIndexUrl extends AttuneError {
  constructor(url: string, why: string) {
    super('INVALID_CONFIG', `'${withoutUserInfo(url)}' cannot be the URL of an index: ${why}.`, {
      facts: { url: withoutUserInfo(url) },
      hint: 'Give an https or file URL, or the path of a file.',
    });
  }
}

/**
 * @param place an https, http or file URL, or a path relative to the working directory
 * @throws InvalidIndexUrl
 */
export function indexUrl(place: string, workingDirectory: string): URL {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return pathToFileURL(resolve(workingDirectory, place));
  const url = URL.parse(place);
  if (!url) throw new InvalidIndexUrl(place, 'it is not a URL');
  if (['https:', 'http:', 'file:'].includes(url.protocol)) return url;
  throw new InvalidIndexUrl(place, `an index cannot be had by ${url.protocol.slice(0, -1)}`);
}

export interface IndexContent extends Validators {
  readonly bytes: Buffer;
  /** The path or URL that it came from, which may hold user info. */
  readonly location: string;
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

/** Where an index is read from: from its own address, or from the mirror of that. */
export interface IndexPlace {
  readonly url: URL;
  readonly mirrored: boolean;
}

/** @throws InvalidIndexUrl, UnusableVariable */
export function indexPlace(
  own: URL,
  mirrors: Mirrors,
  { variables, workingDirectory }: Pick<IndexTools, 'variables' | 'workingDirectory'>,
): IndexPlace {
  const { url, mirrored } = applyMirror(own.href, mirrors, variables);
  return { url: mirrored ? indexUrl(url, workingDirectory) : own, mirrored };
}

/**
 * The bytes of an index, whatever is in them, from where it is or from its mirror.
 * @param headers for its own server alone: they may hold credentials, and a mirror is somebody else
 * @throws IndexTooLarge, IndexNotServed, InvalidIndexUrl, NetworkFault, FileFault
 */
export async function readIndexContent(
  own: URL,
  headers: Readonly<Record<string, string>>,
  mirrors: Mirrors,
  tools: IndexTools,
): Promise<IndexContent> {
  const place = indexPlace(own, mirrors, tools);
  // Without validators no server can say that nothing has changed.
  return (await readIndexAt(place, headers, undefined, tools)) as IndexContent;
}

/**
 * The same, once it is known where that is.
 * @param known what the server called the content that is here already
 * @returns `undefined` when the server says that it is still that
 */
export async function readIndexAt(
  { url, mirrored }: IndexPlace,
  headers: Readonly<Record<string, string>>,
  known: Validators | undefined,
  tools: IndexTools,
): Promise<IndexContent | undefined> {
  if (url.protocol === 'file:') return readLocal(url, tools.limits);
  return download(url, mirrored ? {} : headers, known, tools);
}

function readLocal(url: URL, limits: Limits): IndexContent {
  const path = localPathOf(url);
  if ((inspectTarget(path)?.size ?? 0) > limits.indexBytes) throw new IndexTooLarge(path, limits.indexBytes);
  const nothing = { answer: undefined, etag: undefined, lastModified: undefined, unkept: false };
  return { bytes: readFile(path), location: path, ...nothing };
}

/** The path of a file URL. @throws InvalidIndexUrl */
export function localPathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InvalidIndexUrl(url.href, reasonOf(error));
  }
}

async function download(
  url: URL,
  headers: Readonly<Record<string, string>>,
  known: Validators | undefined,
  tools: IndexTools,
): Promise<IndexContent | undefined> {
  const expanded = Object.entries(headers).map(([name, value]) => [name, expandVariables(value, tools.variables)]);
  const content = new ContentInMemory(url, tools);
  // The server alone: what stands behind it may be made of variables that are secret.
  using activity = tools.reporter.activity(`Downloading an index from ${url.host}`);
  const first = await tools.http.send({
    url: url.href,
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
    throw new IndexNotServed(url.href, response.status, type);
  }
  const bytes = content.bytes();
  return {
    bytes,
    location: url.href,
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
function redirection(asked: URL, response: HttpResponse): string {
  // The answer's address has no login, so neither may the one that it is compared with.
  if (`${response.url}` === `${new SafeUrl(asked.href)}`) return '';
  const { origin, pathname } = new URL(response.url);
  return `redirected to ${origin}${pathname}, `;
}

class ContentInMemory {
  readonly #url: URL;
  readonly #limits: Limits;
  #chunks: Uint8Array[] = [];
  #size = 0;
  total: number | undefined;

  constructor(url: URL, { limits }: IndexTools) {
    this.#url = url;
    this.#limits = limits;
  }

  begin(answer: HttpResponse): void {
    this.#chunks = [];
    this.#size = 0;
    this.total = lengthOf(answer);
  }

  /** @returns how much there is, all in all. @throws IndexTooLarge */
  add(chunk: Uint8Array): number {
    this.#size += chunk.length;
    const { indexBytes } = this.#limits;
    if (this.#size > indexBytes) throw new IndexTooLarge(withoutUserInfo(this.#url.href), indexBytes);
    this.#chunks.push(chunk);
    return this.#size;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
