import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { SafeUrl } from '../safe-url.ts';
import { NetworkFault } from './http.ts';
import { brokenProtocol } from './network-error.ts';

const DECODERS: Readonly<Record<string, typeof createGunzip>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Whether a body in this `Content-Encoding` can be taken out of it. One in two of them never is: nobody needs it, and
 * bombs are made so.
 */
export function canDecode(encoding: string): boolean {
  return Object.hasOwn(DECODERS, encoding.trim().toLowerCase());
}

/** A body taken out of its `Content-Encoding`, piece by piece. @throws NetworkFault when it is not in it */
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
  // What goes wrong comes out where the decoded bytes do.
  pipeline(body, decoder, () => {});
  try {
    yield* decoder;
  } catch (error) {
    if (error instanceof NetworkFault) throw error;
    throw brokenProtocol(url, `what it sends is not in the encoding that it names, ${encoding}`, error);
  }
}
