import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { SafeUrl } from '../safe-url.ts';
import { NetworkError } from './http.ts';
import { protocolError } from './network-error.ts';

const DECODERS: Readonly<Record<string, typeof createGunzip>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Returns whether a `Content-Encoding` can be decoded. Nested encodings are not: they are only used for bombs. */
export function canDecode(encoding: string): boolean {
  return Object.hasOwn(DECODERS, encoding.trim().toLowerCase());
}

/** Decodes a body from its `Content-Encoding` as a stream. @throws NetworkError if the body is not encoded that way */
export async function* decode(
  url: SafeUrl,
  body: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  const decoder = DECODERS[encoding.trim().toLowerCase()]?.();
  if (decoder === undefined) {
    yield* body;
    return;
  }
  // An error of the body destroys the decoder and is thrown by the loop below.
  pipeline(body, decoder, () => {});
  try {
    yield* decoder;
  } catch (error) {
    if (error instanceof NetworkError) throw error;
    throw protocolError(url, `its response is not in the encoding of its Content-Encoding header, ${encoding}`, error);
  }
}
