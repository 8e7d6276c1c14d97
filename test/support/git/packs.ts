import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** Packs made by hand (gitformat-pack), so that there can be anything in them. */

const TYPES = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** The size and type that an entry of a pack begins with. */
export function entryHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}

/** A pack with a right header and trailer around these entries. */
export function packOf(...entries: readonly Buffer[]): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(entries.length, 8);
  const body = Buffer.concat([head, ...entries]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

export function objectEntry(kind: keyof typeof TYPES, content: Buffer): Buffer {
  return Buffer.concat([entryHead(TYPES[kind], content.length), deflateSync(content)]);
}

/** A delta on the object with an id. */
export function namedDelta(base: string, delta: Buffer): Buffer {
  return Buffer.concat([entryHead(7, delta.length), Buffer.from(base, 'hex'), deflateSync(delta)]);
}

/** A size as deltas have it. */
export function varint(size: number): Buffer {
  const bytes: number[] = [];
  let rest = size;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** A delta that repeats the whole base. */
export function repeating(base: number, times: number): Buffer {
  const copy = Buffer.from([0xf0 | 0x80, base & 0xff, (base >> 8) & 0xff, (base >> 16) & 0xff]);
  return Buffer.concat([varint(base), varint(base * times), ...Array<Buffer>(times).fill(copy)]);
}

/** A delta that takes nothing from its base. */
export function replacing(base: number, content: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += 127) {
    const piece = content.subarray(at, at + 127);
    pieces.push(Buffer.from([piece.length]), piece);
  }
  return Buffer.concat([varint(base), varint(content.length), ...pieces]);
}
