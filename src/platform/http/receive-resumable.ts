import { discard, type HttpResponse, NetworkFault } from './http.ts';
import { cutFault } from './network-error.ts';

/** Where the content of an answer goes. */
export interface Sink {
  /** A content begins, which replaces whatever came before. */
  begin(answer: HttpResponse): void;
  write(chunk: Uint8Array): void;
}

/**
 * Reads the content of an answer to its end. Where the connection is cut and requests are retried, it goes on where it
 * stopped (RFC 9110, 14), if the server can and says that it is still the same content; else from the beginning.
 * @returns the answer that the content in the sink belongs to; or the last one that has none, with its body unread
 * @throws NetworkFault, and what the sink throws
 */
export async function receive(first: HttpResponse, sink: Sink): Promise<HttpResponse> {
  let answer = first;
  while (hasContent(answer)) {
    const whole = answer;
    let part: HttpResponse | undefined = whole;
    let bytes = 0;
    const write = (chunk: Uint8Array) => {
      bytes += chunk.length;
      sink.write(chunk);
    };
    sink.begin(whole);
    while (part !== undefined) {
      const fault: NetworkFault | undefined = await drain(part, write, () => isComplete(whole, bytes));
      if (fault === undefined) return whole;
      answer = await goOn(fault, part, whole, bytes);
      part = continues(answer, whole, bytes) ? answer : undefined;
    }
    if (isPartial(answer)) answer = await startOver(answer);
  }
  return answer;
}

/** Whether an answer brings all of what was asked for. */
export function hasContent({ status }: HttpResponse): boolean {
  return status >= 200 && status <= 299 && status !== 206;
}

/** How many bytes the body of an answer has to have, as far as that is known. */
export function lengthOf({ header, decoded }: HttpResponse): number | undefined {
  const text = header('content-length');
  return decoded || text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** @returns why it came to its end too early, if it did and another connection may help */
async function drain(
  { body, url, again }: HttpResponse,
  write: (chunk: Uint8Array) => void,
  isComplete: () => boolean,
): Promise<NetworkFault | undefined> {
  let fault: NetworkFault;
  try {
    for await (const chunk of body) write(chunk);
    if (isComplete()) return undefined;
    fault = cutFault(url);
  } catch (error) {
    if (!(error instanceof NetworkFault)) throw error;
    fault = error;
  }
  if (again === undefined || !fault.passing) throw fault;
  return fault;
}

function isComplete(whole: HttpResponse, bytes: number): boolean {
  const length = lengthOf(whole);
  return length === undefined || length === bytes;
}

/** `part.again` is there: `drain` has seen to it. */
function goOn(fault: NetworkFault, part: HttpResponse, whole: HttpResponse, bytes: number): Promise<HttpResponse> {
  const validator = bytes === 0 || whole.decoded || isWithoutParts(whole) ? undefined : strongValidator(whole);
  const headers = validator === undefined ? {} : { range: `bytes=${bytes}-`, 'if-range': validator };
  return (part.again as NonNullable<HttpResponse['again']>)(fault, headers);
}

function isWithoutParts({ header }: HttpResponse): boolean {
  return /^\s*none\s*$/i.test(header('accept-ranges') ?? '');
}

const CLOCKS_DIFFER_MS = 60_000;

/**
 * What names these bytes and no others, for `If-Range` (RFC 9110, 8.8.2.2 and 13.1.5): an entity tag that is not weak, or
 * a date of modification that lies well before the answer, so that nothing can have been changed in the same second.
 */
function strongValidator({ header }: HttpResponse): string | undefined {
  const tag = header('etag');
  if (tag?.startsWith('"')) return tag;
  const modified = header('last-modified');
  const before = Date.parse(header('date') ?? '') - Date.parse(modified ?? '');
  return before >= CLOCKS_DIFFER_MS ? modified : undefined;
}

function isPartial({ status }: HttpResponse): boolean {
  return status === 206 || status === 416;
}

/** Whether an answer is the rest, all of it and nothing else. */
function continues({ status, header, decoded }: HttpResponse, whole: HttpResponse, bytes: number): boolean {
  if (status !== 206 || decoded) return false;
  const tag = header('etag');
  if (tag !== undefined && tag !== whole.header('etag')) return false;
  const range = /^\s*bytes (\d+)-(\d+)\/(\d+|\*)\s*$/i.exec(header('content-range') ?? '');
  if (range === null) return false;
  const [from, to, total] = [Number(range[1]), Number(range[2]), range[3] === '*' ? undefined : Number(range[3])];
  const length = lengthOf(whole) ?? total;
  return from === bytes && length === to + 1 && (total === undefined || total === length);
}

/** Asks for the whole in place of a part that is not the right one. */
async function startOver(wrong: HttpResponse): Promise<HttpResponse> {
  await discard(wrong);
  const range = wrong.header('content-range') ?? 'none';
  const fault = cutFault(wrong.url, `it was cut, and what came then was not the rest (Content-Range ${range})`);
  if (wrong.again === undefined) throw fault;
  return wrong.again(fault, {});
}
