import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { applyMirror, type Mirrors } from '../config/mirrors.ts';
import { expandVariables, type Variables } from '../config/variables.ts';
import { AttuneError, reasonOf } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { inspectTarget, readFile } from '../platform/files.ts';
import { type Http, type HttpResponse, withoutUserInfo } from '../platform/http.ts';
import type { Reporter } from '../platform/reporter.ts';
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

export interface IndexContent {
  readonly bytes: Buffer;
  /** The path or URL that it came from, which may hold user info. */
  readonly location: string;
  /** What the server said; `undefined` for a file. */
  readonly answer: string | undefined;
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
  const mirror = applyMirror(own.href, mirrors, tools.variables);
  const url = mirror.mirrored ? indexUrl(mirror.url, tools.workingDirectory) : own;
  if (url.protocol === 'file:') return readLocal(url, tools.limits);
  return download(url, mirror.mirrored ? {} : headers, tools);
}

function readLocal(url: URL, limits: Limits): IndexContent {
  const path = localPathOf(url);
  if ((inspectTarget(path)?.size ?? 0) > limits.indexBytes) throw new IndexTooLarge(path, limits.indexBytes);
  return { bytes: readFile(path), location: path, answer: undefined };
}

/** The path of a file URL. @throws InvalidIndexUrl */
export function localPathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InvalidIndexUrl(url.href, reasonOf(error));
  }
}

async function download(url: URL, headers: Readonly<Record<string, string>>, tools: IndexTools): Promise<IndexContent> {
  const expanded = Object.entries(headers).map(([name, value]) => [name, expandVariables(value, tools.variables)]);
  const response = await tools.http.send({ url: url.href, headers: Object.fromEntries(expanded) });
  const type = response.header('content-type') ?? 'no content type';
  if (response.status !== 200) {
    await discard(response);
    throw new IndexNotServed(url.href, response.status, type);
  }
  const bytes = await collect(response, url, tools);
  const answer = `${redirection(url, response)}status 200, ${type}, ${bytes.length} bytes`;
  return { bytes, location: url.href, answer };
}

/** Without the query, in which storage services put signatures. */
function redirection(asked: URL, response: HttpResponse): string {
  const { href, origin, pathname } = new URL(response.url);
  return href === asked.href ? '' : `redirected to ${origin}${pathname}, `;
}

async function collect(response: HttpResponse, url: URL, { limits, reporter }: IndexTools): Promise<Buffer> {
  const total = Number.parseInt(response.header('content-length') ?? '', 10);
  const chunks: Uint8Array[] = [];
  let size = 0;
  using activity = reporter.activity(`Downloading ${withoutUserInfo(url.href)}`);
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limits.indexBytes) throw new IndexTooLarge(withoutUserInfo(url.href), limits.indexBytes);
    chunks.push(chunk);
    activity.progress(size, Number.isNaN(total) ? undefined : total, 'bytes');
  }
  return Buffer.concat(chunks);
}

/** Ends an answer that nobody reads, so that its connection does not stay open until it times out. */
async function discard({ body }: HttpResponse): Promise<void> {
  for await (const _ of body) break;
}
