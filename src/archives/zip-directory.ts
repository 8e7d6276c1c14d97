/**
 * A zip's central directory, read by ourselves before adm-zip sees it, because what has to be known first cannot be had
 * from adm-zip: while it lists, it makes an entry of every directory above every name (a name of 64 KB can have 32,000),
 * and it passes over a directory that is longer than its count says, other disks, and data before or behind. The format
 * is that of PKWARE's APPNOTE.TXT, 4.3.
 */

/** One entry as the central directory has it. */
export interface ZipRecord {
  readonly rawName: Buffer;
  readonly encrypted: boolean;
  readonly disk: number;
  /** The file mode of Unix; 0 where there is none. */
  readonly mode: number;
  /** The system that the entry was made on knows execute bits. */
  readonly fromUnix: boolean;
}

const END_RECORD = { signature: 0x06054b50, length: 22 };
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
export function findDirectory(zip: Buffer): ZipDirectory {
  const end = findEndRecord(zip);
  const { disks, counts, size, offset, position } = readZip64Record(zip, end) ?? readEndRecord(zip, end);
  if (disks.some((disk) => disk !== 0)) throw new Error('it is one part of a split zip');
  if (counts[0] !== counts[1]) throw new Error('it is one part of a split zip');
  if (offset + size !== position) throw new Error('its central directory is not where its end record says');
  return { count: counts[0], start: offset, end: position };
}

function findEndRecord(zip: Buffer): number {
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(END_RECORD.signature);
  const at = zip.length < END_RECORD.length ? -1 : zip.lastIndexOf(signature, zip.length - END_RECORD.length);
  if (at < 0 || at < zip.length - END_RECORD.length - 0xffff) {
    throw new Error('its end record is missing, so it is cut off or not a zip');
  }
  if (at + END_RECORD.length + zip.readUInt16LE(at + 20) !== zip.length) {
    throw new Error('it does not end where its end record says');
  }
  return at;
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

function readEndRecord(zip: Buffer, at: number): EndRecord {
  return {
    disks: [zip.readUInt16LE(at + 4), zip.readUInt16LE(at + 6)],
    counts: [zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10)],
    size: zip.readUInt32LE(at + 12),
    offset: zip.readUInt32LE(at + 16),
    position: at,
  };
}

/** The record that takes the place of the end record in a Zip64 file; `undefined` in a plain one. */
function readZip64Record(zip: Buffer, end: number): EndRecord | undefined {
  const locator = end - ZIP64_LOCATOR.length;
  if (locator < 0 || zip.readUInt32LE(locator) !== ZIP64_LOCATOR.signature) return undefined;
  const at = locator - ZIP64_RECORD.length;
  if (at < 0 || zip.readUInt32LE(at) !== ZIP64_RECORD.signature || zip.readBigUInt64LE(locator + 8) !== BigInt(at)) {
    throw new Error('its Zip64 end record is not where its locator says');
  }
  const long = (offset: number) => Number(zip.readBigUInt64LE(at + offset));
  return {
    disks: [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 20)],
    counts: [long(24), long(32)],
    size: long(40),
    offset: long(48),
    position: at,
  };
}

/**
 * The records of a central directory, in its order.
 * @throws Error with the reason, for the end of a sentence
 */
export function readRecords(zip: Buffer, { count, start, end }: ZipDirectory): ZipRecord[] {
  const records: ZipRecord[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    const fits = at + CENTRAL_HEADER.length <= end && zip.readUInt32LE(at) === CENTRAL_HEADER.signature;
    if (!fits) throw new Error(`its central directory is broken at entry ${index + 1} of ${count}`);
    const nameEnd = at + CENTRAL_HEADER.length + zip.readUInt16LE(at + 28);
    records.push(readRecord(zip, at, nameEnd));
    at = nameEnd + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  if (at !== end) throw new Error('its central directory is longer or shorter than its end record says');
  return records;
}

/** Traditional and strong encryption, and a directory whose fields are masked. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
const UNIX_SYSTEMS = new Set([3, 19]);

function readRecord(zip: Buffer, at: number, nameEnd: number): ZipRecord {
  return {
    rawName: zip.subarray(at + CENTRAL_HEADER.length, nameEnd),
    encrypted: (zip.readUInt16LE(at + 8) & ENCRYPTED) !== 0,
    disk: zip.readUInt16LE(at + 34),
    mode: zip.readUInt32LE(at + 38) >>> 16,
    fromUnix: UNIX_SYSTEMS.has(zip.readUInt8(at + 5)),
  };
}

/**
 * Where an entry's content begins, by its local header.
 * @throws Error with the reason, when there is none or it has another name than the central directory
 */
export function contentStart(zip: Buffer, offset: number, rawName: Buffer): number {
  const nameStart = offset + LOCAL_HEADER.length;
  if (nameStart > zip.length || zip.readUInt32LE(offset) !== LOCAL_HEADER.signature) {
    throw new Error(`the local header of '${rawName}' is missing`);
  }
  const nameEnd = nameStart + zip.readUInt16LE(offset + 26);
  if (!zip.subarray(nameStart, nameEnd).equals(rawName)) {
    throw new Error(`the local header of '${rawName}' gives it another name`);
  }
  return nameEnd + zip.readUInt16LE(offset + 28);
}
