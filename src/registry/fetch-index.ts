import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { IndexSetting } from '../config/config.ts';
import { applyMirror, type Mirrors } from '../config/mirrors.ts';
import { concealVariables, expandVariables, type Variables } from '../config/variables.ts';
import { AttuneError, reasonOf } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { inspectTarget, readFile } from '../platform/files.ts';
import { type Http, type HttpResponse, withoutUserInfo } from '../platform/http.ts';
import type { Reporter } from '../platform/reporter.ts';
import type { Index } from './index-format.ts';
import { IndexTooLarge, readIndex } from './read-index.ts';

export interface RegistryTools {
  readonly http: Http;
  readonly reporter: Reporter;
  readonly limits: Limits;
  readonly variables: Variables;
  /** What the path of an index is relative to. */
  readonly workingDirectory: string;
}

export interface FetchedIndex {
  readonly index: Index;
  /** The index's own URL, which the relative ones in it are relative to. It may hold user info. */
  readonly base: string;
}

/** Something went wrong with one registry; the code is that of what went wrong. */
export class RegistryUnreadable extends AttuneError {
  /** @param answer what the server said, for content that is no index */
  constructor(setting: IndexSetting, why: AttuneError, answer: string | undefined, conceal: (text: string) => string) {
    const url = withoutUserInfo(setting.url);
    const place = answer === undefined ? url : `${url}: ${answer}`;
    // The cause itself is left out: it may hold what the variables in the URL stand for.
    super(why.code, conceal(`Cannot read the registry '${setting.name}' (${place}). ${why.message}`), {
      facts: { ...concealFacts(why.facts, conceal), registry: setting.name, url },
      hint: `${conceal(why.hint ?? 'Check the registry.')} To use another registry, name it with --registry.`,
    });
  }
}

function concealFacts(facts: AttuneError['facts'], conceal: (text: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' ? conceal(fact) : fact]),
  );
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
 * Reads the index of one registry from wherever it is, or from its mirror. The relative URLs in it stay relative to
 * its configured URL, not to the mirror or to where a redirect led: that is what its publisher knows, and mirrors are
 * looked up for each of those URLs again.
 * @throws RegistryUnreadable, with the code of what went wrong
 */
export async function fetchIndex(setting: IndexSetting, mirrors: Mirrors, tools: RegistryTools): Promise<FetchedIndex> {
  const templates = [setting.url, ...Object.values(mirrors)].join(' ');
  const conceal = (text: string) => concealVariables(text, templates, tools.variables);
  let answer: string | undefined;
  try {
    const base = locate(expandVariables(setting.url, tools.variables), tools.workingDirectory);
    const { url, mirrored } = applyMirror(base.href, mirrors, tools.variables);
    // The headers may hold credentials, and a mirror is somebody else.
    const headers = mirrored ? {} : setting.headers;
    tools.reporter.step(`Reading the registry '${setting.name}'`);
    const content = await read(mirrored ? locate(url, tools.workingDirectory) : base, headers, tools);
    answer = content.answer;
    const location = conceal(withoutUserInfo(content.location));
    return { index: readIndex(content.bytes, location, tools.limits, tools.reporter), base: base.href };
  } catch (error) {
    if (error instanceof AttuneError) throw new RegistryUnreadable(setting, error, answer, conceal);
    throw error;
  }
}

function locate(place: string, workingDirectory: string): URL {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return pathToFileURL(resolve(workingDirectory, place));
  const url = URL.parse(place);
  if (!url) throw new InvalidIndexUrl(place, 'it is not a URL');
  if (['https:', 'http:', 'file:'].includes(url.protocol)) return url;
  throw new InvalidIndexUrl(place, `an index cannot be had by ${url.protocol.slice(0, -1)}`);
}

interface Content {
  readonly bytes: Buffer;
  readonly location: string;
  /** `undefined` for a file. */
  readonly answer: string | undefined;
}

function read(url: URL, headers: IndexSetting['headers'], tools: RegistryTools): Content | Promise<Content> {
  return url.protocol === 'file:' ? readLocal(url, tools.limits) : download(url, headers, tools);
}

function readLocal(url: URL, limits: Limits): Content {
  let path: string;
  try {
    path = fileURLToPath(url);
  } catch (error) {
    throw new InvalidIndexUrl(url.href, reasonOf(error));
  }
  if ((inspectTarget(path)?.size ?? 0) > limits.indexBytes) throw new IndexTooLarge(path, limits.indexBytes);
  return { bytes: readFile(path), location: path, answer: undefined };
}

async function download(url: URL, headers: IndexSetting['headers'], tools: RegistryTools): Promise<Content> {
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

async function collect(response: HttpResponse, url: URL, { limits, reporter }: RegistryTools): Promise<Buffer> {
  const total = Number.parseInt(response.header('content-length') ?? '', 10);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limits.indexBytes) throw new IndexTooLarge(withoutUserInfo(url.href), limits.indexBytes);
    chunks.push(chunk);
    reporter.progress(size, Number.isNaN(total) ? undefined : total, 'bytes');
  }
  return Buffer.concat(chunks);
}

/** Ends an answer that nobody reads, so that its connection does not stay open until it times out. */
async function discard({ body }: HttpResponse): Promise<void> {
  for await (const _ of body) break;
}
