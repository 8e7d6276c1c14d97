/** The extra fields of a zip's records that matter here (APPNOTE.TXT 4.5 and 4.6.9): each an id, a length and data. */
import { crc32 } from 'node:zlib';

const ZIP64 = 0x0001;
const UNICODE_PATH = 0x7075;

/** The data of the first field with an id; fields that do not fit into the rest are none. */
function fieldIn(extra: Buffer, id: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) return undefined;
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, end);
    at = end;
  }
  return undefined;
}

/**
 * The name in UTF-8 that Info-ZIP writes beside one in the encoding of the system; `undefined` without such a field, or
 * when it belongs to another name, as somebody renamed the entry since.
 */
export function unicodePath(extra: Buffer, rawName: Buffer): string | undefined {
  const field = fieldIn(extra, UNICODE_PATH);
  if (field === undefined || field.length < 5 || field.readUInt8(0) !== 1) return undefined;
  return field.readUInt32LE(1) === crc32(rawName) ? field.toString('utf8', 5) : undefined;
}

interface Sizes {
  readonly size: number;
  readonly packedSize: number;
  readonly offset: number;
}

const ELSEWHERE = 0xffffffff;

/**
 * The sizes of a record: those which do not fit into 32 bits stand in the Zip64 field, in this order.
 * @throws Error with the reason, for the end of a sentence
 */
export function zip64Sizes(extra: Buffer, short: Sizes, rawName: Buffer): Sizes {
  if (![short.size, short.packedSize, short.offset].includes(ELSEWHERE)) return short;
  const field = fieldIn(extra, ZIP64);
  if (field === undefined) return short;
  let at = 0;
  const next = (value: number) => {
    if (value !== ELSEWHERE) return value;
    if (at + 8 > field.length) throw new Error(`the Zip64 sizes of '${rawName}' are missing`);
    const long = Number(field.readBigUInt64LE(at));
    at += 8;
    return long;
  };
  return { size: next(short.size), packedSize: next(short.packedSize), offset: next(short.offset) };
}
