import { discard, type HttpResponse, NetworkError } from './http.ts';
import { connectionLostError } from './network-error.ts';

/** Receives the content of a response. */
export interface Sink {
  /** Starts a content, which replaces any previous one. */
  begin(response: HttpResponse): void;
  write(chunk: Uint8Array): void;
}

/**
 * Reads the content of a response to its end. If the connection is cut and requests are retried, continues at the same
 * offset (RFC 9110, section 14) where the server supports ranges and confirms that the content is unchanged; otherwise
 * starts over.
 * @returns the response that the content in the sink belongs to; or the last response without content, with its body unread
 * @throws NetworkError, and errors of the sink
 */
export async function receive(first: HttpResponse, sink: Sink): Promise<HttpResponse> {
  let response = first;
  while (hasContent(response)) {
    const whole = response;
    let part: HttpResponse | undefined = whole;
    let bytes = 0;
    const write = (chunk: Uint8Array) => {
      bytes += chunk.length;
      sink.write(chunk);
    };
    sink.begin(whole);
    while (part !== undefined) {
      const error: NetworkError | undefined = await drain(part, write, () => isComplete(whole, bytes));
      if (error === undefined) return whole;
      response = await requestRest(error, part, whole, bytes);
      part = isRest(response, whole, bytes) ? response : undefined;
    }
    if (isPartial(response)) response = await requestWhole(response);
  }
  return response;
}

/**
 * Returns whether a response contains the complete requested content: 200, or 203 from a proxy. The body of any other 2xx
 * response is a message about the request (RFC 9110, section 15.3).
 */
export function hasContent({ status }: HttpResponse): boolean {
  return status === 200 || status === 203;
}

/** Returns the announced length of the body in bytes; `undefined` if unknown. */
export function contentLengthOf({ header, decoded }: HttpResponse): number | undefined {
  const text = header('content-length');
  return decoded || text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/**
 * Writes the body of a response.
 * @returns the error if the body ended early and a retry is possible
 */
async function drain(
  { body, url, retry }: HttpResponse,
  write: (chunk: Uint8Array) => void,
  isComplete: () => boolean,
): Promise<NetworkError | undefined> {
  let failure: NetworkError;
  try {
    for await (const chunk of body) write(chunk);
    if (isComplete()) return undefined;
    failure = connectionLostError(url);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    failure = error;
  }
  if (retry === undefined || !failure.transient) throw failure;
  return failure;
}

function isComplete(whole: HttpResponse, bytes: number): boolean {
  const length = contentLengthOf(whole);
  return length === undefined || length === bytes;
}

/** Requests the bytes after an offset. `part.retry` exists, because `drain` has returned an error. */
function requestRest(
  error: NetworkError,
  part: HttpResponse,
  whole: HttpResponse,
  bytes: number,
): Promise<HttpResponse> {
  const validator = bytes === 0 || whole.decoded || rejectsRanges(whole) ? undefined : strongValidator(whole);
  const headers = validator === undefined ? {} : { range: `bytes=${bytes}-`, 'if-range': validator };
  return (part.retry as NonNullable<HttpResponse['retry']>)(error, headers);
}

function rejectsRanges({ header }: HttpResponse): boolean {
  return /^\s*none\s*$/i.test(header('accept-ranges') ?? '');
}

const CLOCK_SKEW_MS = 60_000;

/**
 * Returns a validator for `If-Range` that identifies the exact bytes (RFC 9110, 8.8.2.2 and 13.1.5): a strong entity tag, or
 * a modification date well before the response, so that no other change can have happened within the same second.
 */
function strongValidator({ header }: HttpResponse): string | undefined {
  const tag = header('etag');
  if (tag?.startsWith('"')) return tag;
  const modified = header('last-modified');
  const age = Date.parse(header('date') ?? '') - Date.parse(modified ?? '');
  return age >= CLOCK_SKEW_MS ? modified : undefined;
}

function isPartial({ status }: HttpResponse): boolean {
  return status === 206 || status === 416;
}

/** Returns whether a response is exactly the rest of the content after an offset. */
function isRest({ status, header, decoded }: HttpResponse, whole: HttpResponse, offset: number): boolean {
  if (status !== 206 || decoded) return false;
  const tag = header('etag');
  if (tag !== undefined && tag !== whole.header('etag')) return false;
  const range = /^\s*bytes (\d+)-(\d+)\/(\d+|\*)\s*$/i.exec(header('content-range') ?? '');
  if (range === null) return false;
  const [from, to, total] = [Number(range[1]), Number(range[2]), range[3] === '*' ? undefined : Number(range[3])];
  const length = contentLengthOf(whole) ?? total;
  return from === offset && length === to + 1 && (total === undefined || total === length);
}

/** Requests the whole content after the server sent a wrong part. */
async function requestWhole(wrongPart: HttpResponse): Promise<HttpResponse> {
  await discard(wrongPart);
  const range = wrongPart.header('content-range') ?? 'none';
  const why = `the connection was cut, and the server did not resume with the remaining bytes (Content-Range ${range})`;
  const error = connectionLostError(wrongPart.url, why);
  if (wrongPart.retry === undefined) throw error;
  return wrongPart.retry(error, {});
}
