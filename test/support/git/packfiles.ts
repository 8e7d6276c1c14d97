/** Builds packfiles byte by byte (gitformat-pack), including invalid ones. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

const TYPES = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** Builds the header of an entry: its type and size. */
export function entryHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}

/** Builds a packfile with a correct header and trailer around these entries. */
export function packfileOf(...entries: readonly Buffer[]): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(entries.length, 8);
  const body = Buffer.concat([head, ...entries]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

export function objectEntry(kind: keyof typeof TYPES, content: Buffer): Buffer {
  return Buffer.concat([entryHead(TYPES[kind], content.length), deflateSync(content)]);
}

/** Builds an entry with a delta whose base is given by its id. */
export function refDelta(base: string, delta: Buffer): Buffer {
  return Buffer.concat([entryHead(7, delta.length), Buffer.from(base, 'hex'), deflateSync(delta)]);
}

/** Encodes a size like in deltas. */
export function varint(size: number): Buffer {
  const bytes: number[] = [];
  let rest = size;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** Builds a delta that repeats the whole base. */
export function repeatingDelta(base: number, times: number): Buffer {
  const copy = Buffer.from([0xf0 | 0x80, base & 0xff, (base >> 8) & 0xff, (base >> 16) & 0xff]);
  return Buffer.concat([varint(base), varint(base * times), ...Array<Buffer>(times).fill(copy)]);
}

/** Builds a delta that copies nothing from its base. */
export function replacingDelta(base: number, content: Buffer): Buffer {
  const instructions: Buffer[] = [];
  for (let offset = 0; offset < content.length; offset += 127) {
    const inserted = content.subarray(offset, offset + 127);
    instructions.push(Buffer.from([inserted.length]), inserted);
  }
  return Buffer.concat([varint(base), varint(content.length), ...instructions]);
}
