/**
 * A zip's central directory and local headers, read by ourselves: a library takes the archive's word for more than it is
 * worth (docs/decisions/2026-11-22-zip.md). There must be one way only to read the file: one end record, at the end; one
 * directory, right before it; as many entries as both counts say; local headers that agree with it. The format is that
 * of PKWARE's APPNOTE.TXT, 4.3 to 4.5.
 */
import type { FileWindow } from '../file-window.ts';
import { unicodePath, zip64Sizes } from './extra-fields.ts';

/** One entry as the central directory has it. */
export interface ZipRecord {
  /** Its bytes, as Latin-1; the local header must have the same. */
  readonly rawName: string;
  /** As text; U+FFFD where it is not UTF-8. */
  readonly path: string;
  readonly encrypted: boolean;
  readonly disk: number;
  /** How it is compressed: 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where the local header is. */
  readonly offset: number;
  /** The file mode of Unix; 0 where there is none. */
  readonly mode: number;
  /** The system that the entry was made on knows execute bits. */
  readonly fromUnix: boolean;
}

const END_RECORD = { signature: 0x06054b50, length: 22 };
const LONGEST_COMMENT = 0xffff;
const ZIP64_LOCATOR = { signature: 0x07064b50, length: 20 };
const ZIP64_RECORD = { signature: 0x06064b50, length: 56 };
const CENTRAL_HEADER = { signature: 0x02014b50, length: 46 };
const LOCAL_HEADER = { signature: 0x04034b50, length: 30 };

export interface ZipDirectory {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the central directory and makes sure that there is only one way to read the file.
 * @throws Error with the reason, for the end of a sentence
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
  const tailStart = Math.max(0, zip.size - END_RECORD.length - LONGEST_COMMENT);
  const tail = zip.bytes(tailStart, zip.size - tailStart);
  const last = tail.length - END_RECORD.length;
  const at = last < 0 ? -1 : tail.lastIndexOf(bytesOf(END_RECORD.signature), last);
  if (at < 0) throw new Error('its end record is missing, so it is cut off or not a zip');
  if (at + END_RECORD.length + tail.readUInt16LE(at + 20) !== tail.length) {
    throw new Error('it does not end where its end record says');
  }
  return tailStart + at;
}

function bytesOf(signature: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return bytes;
}

interface EndRecord {
  readonly disks: readonly number[];
  /** Entries on this disk and on all of them. */
  readonly counts: readonly [number, number];
  readonly size: number;
  readonly offset: number;
  /** Where the record begins and the central directory must end. */
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

/** The record that takes the place of the end record in a Zip64 file; `undefined` in a plain one. */
function readZip64Record(zip: FileWindow, end: number): EndRecord | undefined {
  if (end < ZIP64_LOCATOR.length) return undefined;
  const locator = zip.bytes(end - ZIP64_LOCATOR.length, ZIP64_LOCATOR.length);
  if (locator.readUInt32LE(0) !== ZIP64_LOCATOR.signature) return undefined;
  const said = locator.readBigUInt64LE(8);
  const position = end - ZIP64_LOCATOR.length - ZIP64_RECORD.length;
  const record = position < 0 ? undefined : zip.bytes(position, ZIP64_RECORD.length);
  if (record?.readUInt32LE(0) !== ZIP64_RECORD.signature || said !== BigInt(position)) {
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
 * The records of a central directory, in its order, read as they are asked for.
 * @throws Error with the reason, for the end of a sentence
 */
export function* readRecords(zip: FileWindow, { count, start, end }: ZipDirectory): Generator<ZipRecord> {
  let at = start;
  for (let index = 0; index < count; index++) {
    const fixed = at + CENTRAL_HEADER.length <= end ? zip.bytes(at, CENTRAL_HEADER.length) : undefined;
    const broken = new Error(`its central directory is broken at entry ${index + 1} of ${count}`);
    if (fixed?.readUInt32LE(0) !== CENTRAL_HEADER.signature) throw broken;
    const length = CENTRAL_HEADER.length + fixed.readUInt16LE(28) + fixed.readUInt16LE(30) + fixed.readUInt16LE(32);
    if (at + length > end) throw broken;
    yield readRecord(zip.bytes(at, length));
    at += length;
  }
  if (at !== end) throw new Error('its central directory is longer or shorter than its end record says');
}

/** Traditional and strong encryption, and a directory whose fields are masked. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
/** Checksum and sizes stand behind the content, and the local header need not have them. */
const DESCRIPTOR = 0x0008;
const UTF8_NAME = 0x0800;
const UNIX_SYSTEMS = new Set([3, 19]);
/** What stands in the place of a size that is in the Zip64 field. */
const ELSEWHERE = 0xffffffff;

function readRecord(header: Buffer): ZipRecord {
  const flags = header.readUInt16LE(8);
  const nameEnd = CENTRAL_HEADER.length + header.readUInt16LE(28);
  const extra = header.subarray(nameEnd, nameEnd + header.readUInt16LE(30));
  const rawName = header.subarray(CENTRAL_HEADER.length, nameEnd);
  const short = { size: header.readUInt32LE(24), packedSize: header.readUInt32LE(20), offset: header.readUInt32LE(42) };
  return {
    rawName: rawName.toString('latin1'),
    path: ((flags & UTF8_NAME) === 0 ? unicodePath(extra, rawName) : undefined) ?? rawName.toString('utf8'),
    encrypted: (flags & ENCRYPTED) !== 0,
    disk: header.readUInt16LE(34),
    method: header.readUInt16LE(10),
    crc: header.readUInt32LE(16),
    ...zip64Sizes(extra, short, rawName),
    mode: header.readUInt32LE(38) >>> 16,
    fromUnix: UNIX_SYSTEMS.has(header.readUInt8(5)),
  };
}

/**
 * Where an entry's content begins, by its local header.
 * @throws Error with the reason, when there is none or it says other things than the central directory
 */
export function contentStart(zip: FileWindow, record: ZipRecord): number {
  const { offset, rawName } = record;
  const present = offset + LOCAL_HEADER.length <= zip.size;
  const header = present ? zip.bytes(offset, LOCAL_HEADER.length) : undefined;
  if (header?.readUInt32LE(0) !== LOCAL_HEADER.signature) {
    throw new Error(`the local header of '${record.path}' is missing`);
  }
  const other = differenceIn(header, record);
  const nameLength = header.readUInt16LE(26);
  const start = offset + LOCAL_HEADER.length + nameLength + header.readUInt16LE(28);
  // From here on the header is no longer ours.
  const nameStart = offset + LOCAL_HEADER.length;
  const sameName =
    nameStart + nameLength <= zip.size && zip.bytes(nameStart, nameLength).toString('latin1') === rawName;
  const difference = sameName ? other : 'name';
  if (difference) throw new Error(`the local header of '${record.path}' gives it another ${difference}`);
  return start;
}

/** What a local header says differently, in the order of what that could be used for. */
function differenceIn(header: Buffer, record: ZipRecord): string | undefined {
  const flags = header.readUInt16LE(6);
  if (((flags & ENCRYPTED) !== 0) !== record.encrypted) return 'encryption';
  if (header.readUInt16LE(8) !== record.method) return 'compression';
  if ((flags & DESCRIPTOR) !== 0) return undefined;
  if (header.readUInt32LE(14) !== record.crc) return 'checksum (CRC-32)';
  const differs = (said: number, size: number) => said !== ELSEWHERE && said !== size;
  const sizes = differs(header.readUInt32LE(18), record.packedSize) || differs(header.readUInt32LE(22), record.size);
  return sizes ? 'size' : undefined;
}

/** Whether an entry that the directory does not name could stand between two positions: some programs would read it. */
export function hidesEntry(zip: FileWindow, start: number, end: number): boolean {
  // A data descriptor is shorter than any header.
  if (end - start < LOCAL_HEADER.length) return false;
  return zip.find(bytesOf(LOCAL_HEADER.signature), start, end) !== undefined;
}
