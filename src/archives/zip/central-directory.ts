/**
 * Reads a zip's central directory and local headers. No library is used, because libraries trust too much of what an
 * archive claims (docs/decisions/2026-11-22-zip.md). A zip is accepted only if all programs read it the same way: one end
 * record, at the end; one directory, right before it; as many entries as both counts say; local headers that agree with
 * the directory. The format is described in PKWARE's APPNOTE.TXT, 4.3 to 4.5.
 */
import type { FileWindow } from '../file-window.ts';
import { readUnicodePath, readZip64Sizes, ZIP64_PLACEHOLDER } from './extra-fields.ts';

/** An entry of the central directory. */
export interface ZipRecord {
  /** The name's bytes, decoded as Latin-1. The local header must have the same bytes. */
  readonly rawName: string;
  /** The name as text; contains U+FFFD if it is not UTF-8. */
  readonly path: string;
  readonly encrypted: boolean;
  readonly disk: number;
  /** The compression method: 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** The offset of the local header. */
  readonly offset: number;
  /** The Unix file mode; 0 if there is none. */
  readonly mode: number;
  /** True if the entry was made on a system that has execute bits. */
  readonly fromUnix: boolean;
}

const END_RECORD = { signature: 0x06054b50, length: 22 };
const MAX_COMMENT_BYTES = 0xffff;
const ZIP64_LOCATOR = { signature: 0x07064b50, length: 20 };
const ZIP64_RECORD = { signature: 0x06064b50, length: 56 };
const CENTRAL_HEADER = { signature: 0x02014b50, length: 46 };
const LOCAL_HEADER = { signature: 0x04034b50, length: 30 };

/** The location of the central directory and the number of its entries. */
export interface ZipDirectory {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the central directory and verifies that the file has exactly one.
 * @throws Error with a reason that completes `Cannot read <archive>: `
 */
export function findDirectory(zip: FileWindow): ZipDirectory {
  const end = findEndRecord(zip);
  const { disks, counts, size, offset, position } = readZip64Record(zip, end) ?? readEndRecord(zip, end);
  if (disks.some((disk) => disk !== 0)) throw new Error('it is one part of a split zip');
  if (counts[0] !== counts[1]) throw new Error('it is one part of a split zip');
  if (offset + size !== position) throw new Error('its central directory is not where its end record says');
  return { count: counts[0], start: offset, end: position };
}

function findEndRecord(zip: FileWindow): number {
  const tailStart = Math.max(0, zip.size - END_RECORD.length - MAX_COMMENT_BYTES);
  const tail = zip.bytes(tailStart, zip.size - tailStart);
  const last = tail.length - END_RECORD.length;
  const index = last < 0 ? -1 : tail.lastIndexOf(toBytes(END_RECORD.signature), last);
  if (index < 0) throw new Error('its end record is missing, so it is truncated or not a zip');
  if (index + END_RECORD.length + tail.readUInt16LE(index + 20) !== tail.length) {
    throw new Error('it does not end where its end record says');
  }
  return tailStart + index;
}

function toBytes(signature: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return bytes;
}

interface EndRecord {
  readonly disks: readonly number[];
  /** The number of entries on this disk and on all disks. */
  readonly counts: readonly [number, number];
  readonly size: number;
  readonly offset: number;
  /** The offset at which the record begins and the central directory must end. */
  readonly position: number;
}

function readEndRecord(zip: FileWindow, position: number): EndRecord {
  const record = zip.bytes(position, END_RECORD.length);
  return {
    disks: [record.readUInt16LE(4), record.readUInt16LE(6)],
    counts: [record.readUInt16LE(8), record.readUInt16LE(10)],
    size: record.readUInt32LE(12),
    offset: record.readUInt32LE(16),
    position,
  };
}

/** Reads the record that replaces the end record in a Zip64 file; returns `undefined` for a plain zip. */
function readZip64Record(zip: FileWindow, end: number): EndRecord | undefined {
  if (end < ZIP64_LOCATOR.length) return undefined;
  const locator = zip.bytes(end - ZIP64_LOCATOR.length, ZIP64_LOCATOR.length);
  if (locator.readUInt32LE(0) !== ZIP64_LOCATOR.signature) return undefined;
  const declaredPosition = locator.readBigUInt64LE(8);
  const position = end - ZIP64_LOCATOR.length - ZIP64_RECORD.length;
  const record = position < 0 ? undefined : zip.bytes(position, ZIP64_RECORD.length);
  if (record?.readUInt32LE(0) !== ZIP64_RECORD.signature || declaredPosition !== BigInt(position)) {
    throw new Error('its Zip64 end record is not where its locator says');
  }
  const long = (offset: number) => Number(record.readBigUInt64LE(offset));
  return {
    disks: [record.readUInt32LE(16), record.readUInt32LE(20)],
    counts: [long(24), long(32)],
    size: long(40),
    offset: long(48),
    position,
  };
}

/**
 * Yields the records of a central directory in their order, reading each on demand.
 * @throws Error with a reason that completes `Cannot read <archive>: `
 */
export function* readRecords(zip: FileWindow, { count, start, end }: ZipDirectory): Generator<ZipRecord> {
  let offset = start;
  for (let index = 0; index < count; index++) {
    const fixed = offset + CENTRAL_HEADER.length <= end ? zip.bytes(offset, CENTRAL_HEADER.length) : undefined;
    const damaged = new Error(`its central directory is damaged at entry ${index + 1} of ${count}`);
    if (fixed?.readUInt32LE(0) !== CENTRAL_HEADER.signature) throw damaged;
    const length = CENTRAL_HEADER.length + fixed.readUInt16LE(28) + fixed.readUInt16LE(30) + fixed.readUInt16LE(32);
    if (offset + length > end) throw damaged;
    yield parseRecord(zip.bytes(offset, length));
    offset += length;
  }
  if (offset !== end) throw new Error('its central directory is longer or shorter than its end record says');
}

/** Flags for traditional and strong encryption, and for a directory with masked fields. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
/** Flag for checksum and sizes that follow the content, so that the local header may lack them. */
const DESCRIPTOR = 0x0008;
const UTF8_NAME = 0x0800;
const UNIX_SYSTEMS = new Set([3, 19]);

function parseRecord(header: Buffer): ZipRecord {
  const flags = header.readUInt16LE(8);
  const nameEnd = CENTRAL_HEADER.length + header.readUInt16LE(28);
  const extra = header.subarray(nameEnd, nameEnd + header.readUInt16LE(30));
  const rawName = header.subarray(CENTRAL_HEADER.length, nameEnd);
  const short = { size: header.readUInt32LE(24), packedSize: header.readUInt32LE(20), offset: header.readUInt32LE(42) };
  return {
    rawName: rawName.toString('latin1'),
    path: ((flags & UTF8_NAME) === 0 ? readUnicodePath(extra, rawName) : undefined) ?? rawName.toString('utf8'),
    encrypted: (flags & ENCRYPTED) !== 0,
    disk: header.readUInt16LE(34),
    method: header.readUInt16LE(10),
    crc: header.readUInt32LE(16),
    ...readZip64Sizes(extra, short, rawName),
    mode: header.readUInt32LE(38) >>> 16,
    fromUnix: UNIX_SYSTEMS.has(header.readUInt8(5)),
  };
}

/**
 * Returns the offset of an entry's content, which follows its local header.
 * @throws Error with a reason that completes `Cannot read <archive>: ` when the local header is missing or disagrees with
 *   the central directory
 */
export function findContentStart(zip: FileWindow, record: ZipRecord): number {
  const { offset, rawName } = record;
  const present = offset + LOCAL_HEADER.length <= zip.size;
  const header = present ? zip.bytes(offset, LOCAL_HEADER.length) : undefined;
  if (header?.readUInt32LE(0) !== LOCAL_HEADER.signature) {
    throw new Error(`the local header of '${record.path}' is missing`);
  }
  const difference = findDifference(header, record);
  const nameLength = header.readUInt16LE(26);
  const start = offset + LOCAL_HEADER.length + nameLength + header.readUInt16LE(28);
  // The next read invalidates `header`.
  const nameStart = offset + LOCAL_HEADER.length;
  const sameName =
    nameStart + nameLength <= zip.size && zip.bytes(nameStart, nameLength).toString('latin1') === rawName;
  const mismatch = sameName ? difference : 'name';
  if (mismatch) throw new Error(`the local header of '${record.path}' has a different ${mismatch}`);
  return start;
}

/** Returns the most dangerous property in which a local header differs from the central directory. */
function findDifference(header: Buffer, record: ZipRecord): string | undefined {
  const flags = header.readUInt16LE(6);
  if (((flags & ENCRYPTED) !== 0) !== record.encrypted) return 'encryption';
  if (header.readUInt16LE(8) !== record.method) return 'compression';
  if ((flags & DESCRIPTOR) !== 0) return undefined;
  if (header.readUInt32LE(14) !== record.crc) return 'checksum (CRC-32)';
  const differs = (local: number, size: number) => local !== ZIP64_PLACEHOLDER && local !== size;
  const sizes = differs(header.readUInt32LE(18), record.packedSize) || differs(header.readUInt32LE(22), record.size);
  return sizes ? 'size' : undefined;
}

/** Reports whether a range may contain an entry that the directory does not list, which some programs would read. */
export function mayHideEntry(zip: FileWindow, start: number, end: number): boolean {
  // A data descriptor, which may lie in the range, is shorter than a local header.
  if (end - start < LOCAL_HEADER.length) return false;
  return zip.find(toBytes(LOCAL_HEADER.signature), start, end) !== undefined;
}
