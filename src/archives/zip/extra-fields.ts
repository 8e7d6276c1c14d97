/** Parses the relevant extra fields of zip records (APPNOTE.TXT 4.5 and 4.6.9). Each has an id, a length and data. */
import { crc32 } from 'node:zlib';

const ZIP64 = 0x0001;
const UNICODE_PATH = 0x7075;

/** Returns the data of the first field with an id. Fields that exceed the available bytes are ignored. */
function findField(extra: Buffer, id: number): Buffer | undefined {
  for (let offset = 0; offset + 4 <= extra.length; ) {
    const end = offset + 4 + extra.readUInt16LE(offset + 2);
    if (end > extra.length) return undefined;
    if (extra.readUInt16LE(offset) === id) return extra.subarray(offset + 4, end);
    offset = end;
  }
  return undefined;
}

/**
 * Returns the UTF-8 name that Info-ZIP writes in addition to the name in the system's encoding; `undefined` without such
 * a field, or if the field belongs to an earlier name because the entry was renamed.
 */
export function readUnicodePath(extra: Buffer, rawName: Buffer): string | undefined {
  const field = findField(extra, UNICODE_PATH);
  if (field === undefined || field.length < 5 || field.readUInt8(0) !== 1) return undefined;
  return field.readUInt32LE(1) === crc32(rawName) ? field.toString('utf8', 5) : undefined;
}

interface Sizes {
  readonly size: number;
  readonly packedSize: number;
  readonly offset: number;
}

/** The 32-bit value that refers to the Zip64 field. */
export const ZIP64_PLACEHOLDER = 0xffffffff;

/**
 * Returns the sizes of a record. Those that do not fit into 32 bits are in the Zip64 field, in the order of `Sizes`.
 * @throws Error with a reason that completes `Cannot read <archive>: `
 */
export function readZip64Sizes(extra: Buffer, short: Sizes, rawName: Buffer): Sizes {
  if (![short.size, short.packedSize, short.offset].includes(ZIP64_PLACEHOLDER)) return short;
  const field = findField(extra, ZIP64);
  if (field === undefined) return short;
  let offset = 0;
  const next = (value: number) => {
    if (value !== ZIP64_PLACEHOLDER) return value;
    if (offset + 8 > field.length) throw new Error(`the Zip64 sizes of '${rawName}' are missing`);
    const long = Number(field.readBigUInt64LE(offset));
    offset += 8;
    return long;
  };
  return { size: next(short.size), packedSize: next(short.packedSize), offset: next(short.offset) };
}
