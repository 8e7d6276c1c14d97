import { fileURLToPath, pathToFileURL } from 'node:url';
import { applyMirror, type Mirrors } from '../config/mirrors.ts';
import { reasonOf } from '../errors.ts';
import { inspectTarget, readFile } from '../platform/files.ts';
import { withoutUserInfo } from '../platform/http.ts';
import { IndexNotServed, InvalidIndexUrl, type RegistryTools } from './fetch-index.ts';
import { IndexTooLarge } from './read-index.ts';

export interface IndexContent {
  readonly bytes: Buffer;
  /** What the relative URLs in it are relative to: its own URL, which may hold user info. */
  readonly base: string;
}

/**
 * The bytes of an index that somebody names, whatever is in them; from the mirror of its URL if there is one.
 * @param place https, http or file, or an absolute path
 * @throws IndexTooLarge, IndexNotServed, InvalidIndexUrl, NetworkFault, FileFault
 */
export async function readIndexContent(place: string, mirrors: Mirrors, tools: RegistryTools): Promise<IndexContent> {
  const base = urlOf(place).href;
  const { url, mirrored } = applyMirror(base, mirrors, tools.variables);
  const from = mirrored ? urlOf(url) : new URL(base);
  return { base, bytes: from.protocol === 'file:' ? readLocal(from, tools) : await download(from.href, tools) };
}

function urlOf(place: string): URL {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return pathToFileURL(place);
  const url = URL.parse(place);
  if (!url) throw new InvalidIndexUrl(place, 'it is not a URL');
  if (['https:', 'http:', 'file:'].includes(url.protocol)) return url;
  throw new InvalidIndexUrl(place, `an index cannot be had by ${url.protocol.slice(0, -1)}`);
}

function readLocal(url: URL, { limits }: RegistryTools): Buffer {
  const path = pathOf(url);
  if ((inspectTarget(path)?.size ?? 0) > limits.indexBytes) throw new IndexTooLarge(path, limits.indexBytes);
  return readFile(path);
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InvalidIndexUrl(url.href, reasonOf(error));
  }
}

async function download(url: string, { http, limits, reporter }: RegistryTools): Promise<Buffer> {
  reporter.step(`Reading ${withoutUserInfo(url)}`);
  const response = await http.send({ url });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    // The page that comes with another status is not kept, and its connection not left open.
    if (response.status !== 200) break;
    size += chunk.length;
    if (size > limits.indexBytes) throw new IndexTooLarge(withoutUserInfo(url), limits.indexBytes);
    chunks.push(chunk);
    reporter.progress(size, undefined, 'bytes');
  }
  if (response.status === 200) return Buffer.concat(chunks);
  throw new IndexNotServed(url, response.status, response.header('content-type') ?? 'no content type');
}
