/** Builds archives byte by byte, including invalid ones that no archiver writes. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface TarEntry {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** The type flag: `0` file, `1` hard link, `2` link, `3`/`4` devices, `5` directory, `6` pipe, `x`/`g` PAX, `L` GNU name. */
  readonly type?: string;
  readonly mode?: number;
  readonly link?: string;
  readonly prefix?: string;
  /** The header's size field, if it differs from the content's length: a number, or the bytes of the field. */
  readonly size?: number | Buffer;
  /** `ustar` as in POSIX and PAX, the GNU variant, or none as before 1988. */
  readonly magic?: 'ustar' | 'gnu' | 'none';
  /** Replaces the correct checksum of the header. */
  readonly checksum?: string;
}

const MAGIC = { ustar: 'ustar\x0000', gnu: 'ustar  \0', none: '' };

/** Builds an entry: its header, its content and the padding. */
export function tarEntry(entry: TarEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(512);
  const octal = (value: number, offset: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
  Buffer.from(entry.name).copy(header, 0, 0, 100);
  octal(entry.mode ?? 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  if (Buffer.isBuffer(entry.size)) entry.size.copy(header, 124, 0, 12);
  else octal(entry.size ?? content.length, 124, 12);
  octal(0, 136, 12);
  header.write(entry.type ?? '0', 156, 'latin1');
  header.write(entry.link ?? '', 157, 100, 'utf8');
  header.write(MAGIC[entry.magic ?? 'ustar'], 257, 'latin1');
  header.write(entry.prefix ?? '', 345, 155, 'utf8');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(entry.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** The end marker of a tar. */
export const TAR_END = Buffer.alloc(1024);

export function tarOf(...entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), TAR_END]);
}

export function tarGzOf(...entries: readonly TarEntry[]): Buffer {
  return gzipSync(tarOf(...entries));
}

/** Formats the content of a PAX header: each record is preceded by its own length. */
export function paxRecords(records: Readonly<Record<string, string>>): string {
  return Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = Buffer.byteLength(rest);
      while (String(length).length + Buffer.byteLength(rest) !== length) {
        length = String(length).length + Buffer.byteLength(rest);
      }
      return `${length}${rest}`;
    })
    .join('');
}

/** Builds an entry whose PAX header overrides fields of its own header. */
export function paxEntries(records: Readonly<Record<string, string>>, entry: TarEntry): TarEntry[] {
  return [{ name: 'PaxHeaders/0', type: 'x', content: paxRecords(records) }, entry];
}

export interface ZipEntry {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** 0 stored, 8 deflated (the default), or an unknown number. */
  readonly method?: number;
  /** A Unix mode with its type bits, or 0 for none. */
  readonly mode?: number;
  /** 3 Unix (the default), 0 DOS, 10 Windows, 19 macOS. */
  readonly system?: number;
  readonly flags?: number;
  /** Moves sizes and checksum from the local header to a data descriptor after the content. */
  readonly descriptor?: boolean | 'unsigned';
  /** Fields of the central directory and of the local header, each with its id and its length. */
  readonly extra?: Buffer;
  readonly localExtra?: Buffer;
  /** Bytes after the content that belong to no entry. */
  readonly trailing?: Buffer;
  /** Fields of the headers that differ from the actual values. */
  readonly size?: number;
  readonly compressedSize?: number;
  readonly crc?: number;
  readonly localName?: string;
  readonly localCrc?: number;
  readonly disk?: number;
  readonly offset?: number;
  readonly packed?: Buffer;
}

export interface ZipOptions {
  readonly disk?: number;
  readonly count?: number;
  readonly countOfAll?: number;
  readonly comment?: Buffer;
  readonly directoryOffset?: number;
  readonly before?: Buffer;
  readonly after?: Buffer;
  readonly zip64?: boolean;
  /** Writes the records of the central directory in the reverse order of the contents. */
  readonly reversed?: boolean;
}

const UTF8_NAMES = 0x0800;
const DESCRIPTOR = 0x0008;

/** Builds a zip of local headers with contents, central directory and end record (PKWARE APPNOTE.TXT, 4.3). */
export function zipOf(entries: readonly ZipEntry[], options: ZipOptions = {}): Buffer {
  const locals: Buffer[] = [options.before ?? Buffer.alloc(0)];
  const centrals: Buffer[] = [];
  let offset = locals[0]!.length;
  for (const entry of entries) {
    const { local, central } = zipEntry(entry, entry.offset ?? offset);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = Buffer.concat(options.reversed ? centrals.reverse() : centrals);
  const count = options.count ?? entries.length;
  const end = zipEnd(directory.length, options.directoryOffset ?? offset, count, options);
  return Buffer.concat([
    ...locals,
    directory,
    end,
    options.comment ?? Buffer.alloc(0),
    options.after ?? Buffer.alloc(0),
  ]);
}

function zipEntry(entry: ZipEntry, offset: number): { local: Buffer; central: Buffer } {
  const content = Buffer.from(entry.content ?? '');
  const method = entry.method ?? 8;
  const packed = entry.packed ?? (method === 8 ? deflateRawSync(content) : content);
  const name = Buffer.from(entry.name);
  const localName = Buffer.from(entry.localName ?? entry.name);
  const flags = (entry.flags ?? UTF8_NAMES) | (entry.descriptor ? DESCRIPTOR : 0);
  const crc = entry.crc ?? crc32(content);
  const sizes = { crc, compressedSize: entry.compressedSize ?? packed.length, size: entry.size ?? content.length };
  const zero = { crc: 0, compressedSize: 0, size: 0 };
  const localSizes = entry.descriptor ? zero : { ...sizes, crc: entry.localCrc ?? crc };

  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(flags, 6);
  local.writeUInt16LE(method, 8);
  writeSizes(local, 14, localSizes);
  local.writeUInt16LE(localName.length, 26);
  const localExtra = entry.localExtra ?? Buffer.alloc(0);
  local.writeUInt16LE(localExtra.length, 28);

  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(((entry.system ?? 3) << 8) | 20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(flags, 8);
  central.writeUInt16LE(method, 10);
  writeSizes(central, 16, sizes);
  central.writeUInt16LE(name.length, 28);
  const extra = entry.extra ?? Buffer.alloc(0);
  central.writeUInt16LE(extra.length, 30);
  central.writeUInt16LE(entry.disk ?? 0, 34);
  central.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 38);
  central.writeUInt32LE(offset, 42);

  const descriptor = Buffer.alloc(entry.descriptor ? 16 : 0);
  if (entry.descriptor) {
    descriptor.writeUInt32LE(0x08074b50, 0);
    writeSizes(descriptor, 4, sizes);
  }
  const trailing = Buffer.concat([
    descriptor.subarray(entry.descriptor === 'unsigned' ? 4 : 0),
    entry.trailing ?? Buffer.alloc(0),
  ]);
  return {
    local: Buffer.concat([local, localName, localExtra, packed, trailing]),
    central: Buffer.concat([central, name, extra]),
  };
}

/** Builds an extra field of a zip header. */
export function zipExtra(id: number, data: Buffer): Buffer {
  const field = Buffer.alloc(4 + data.length);
  field.writeUInt16LE(id, 0);
  field.writeUInt16LE(data.length, 2);
  data.copy(field, 4);
  return field;
}

function writeSizes(
  header: Buffer,
  offset: number,
  sizes: { crc: number; compressedSize: number; size: number },
): void {
  header.writeUInt32LE(sizes.crc, offset);
  header.writeUInt32LE(sizes.compressedSize, offset + 4);
  header.writeUInt32LE(sizes.size, offset + 8);
}

function zipEnd(size: number, offset: number, count: number, options: ZipOptions): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(options.disk ?? 0, 4);
  end.writeUInt16LE(options.zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(options.zip64 ? 0xffff : (options.countOfAll ?? count), 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(options.zip64 ? 0xffffffff : offset, 16);
  end.writeUInt16LE(options.comment?.length ?? 0, 20);
  if (!options.zip64) return end;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}
