/**
 * Directory checksums (SPEC section 4): one hash over all files in order, each framed as
 *
 *     "attune-pack-file-v1" | u64 length of path | path | u64 length of content | content
 *
 * with lengths big-endian. The lengths make the framing injective: no two trees give the same bytes.
 */
import { createHash, type Hash, hash as hashOnce } from 'node:crypto';
import { FileChanged } from '../../platform/files/file-error.ts';
import { type Digest, type StrongAlgorithm, sameDigest } from '../digest.ts';
import { compareByComponent, compareCodePoints } from './order.ts';
import type { FileTree, TreeFile } from './tree.ts';

const MARK = Buffer.from('attune-pack-file-v1');

/**
 * The checksum of a tree in the order in which attune writes it.
 * @throws FileChanged when a file is not as long as the tree says, and whatever reading throws
 */
export function directoryChecksum(tree: FileTree, algorithm: StrongAlgorithm = 'sha256'): Digest {
  return checksumOf(tree.files.toSorted(byPath), algorithm);
}

/**
 * Whether a tree has the expected checksum in either of the orders that are in use: by whole paths, or component by
 * component, as some other tools have it. A tree for which both are the same is read once.
 * @throws like `directoryChecksum`
 */
export function matchesDirectoryChecksum(tree: FileTree, expected: Digest): boolean {
  const files = tree.files.toSorted(byPath);
  if (sameDigest(checksumOf(files, expected.algorithm), expected)) return true;
  const byComponents = files.toSorted((one, other) => compareByComponent(one.path, other.path));
  if (byComponents.every((file, index) => file === files[index])) return false;
  return sameDigest(checksumOf(byComponents, expected.algorithm), expected);
}

export interface Fingerprint {
  readonly checksum: Digest;
  /** In the order of the checksum. */
  readonly files: readonly FileFingerprint[];
  /** The sizes of all files together. */
  readonly bytes: number;
}

export interface FileFingerprint {
  readonly path: string;
  readonly size: number;
  /** Of the content alone, 64 lower-case digits. */
  readonly sha256: string;
  readonly executable: boolean;
}

/** The checksum of a tree and of each of its files, every file read once. @throws like `directoryChecksum` */
export function fingerprint(tree: FileTree): Fingerprint {
  const making = new FingerprintBuilder();
  for (const file of tree.files.toSorted(byPath)) making.add(file);
  return making.finish();
}

/** A fingerprint in the making, for whoever goes through the files of a tree for another reason too. */
export class FingerprintBuilder {
  readonly #whole = new FrameHash('sha256');
  readonly #files: FileFingerprint[] = [];
  #bytes = 0;

  /**
   * @param file the next one, in the order of the checksum
   * @param onChunk is shown each piece of the content
   * @throws like `directoryChecksum`
   */
  add(file: TreeFile, onChunk?: (chunk: Uint8Array) => void): void {
    const { path, size, executable } = file;
    const last = this.#files.at(-1);
    if (last !== undefined && compareCodePoints(last.path, path) > 0) throw new Error(`'${path}' is out of order`);
    const own = new ContentHash(size);
    this.#whole.add(file, (chunk) => {
      own.update(chunk);
      onChunk?.(chunk);
    });
    this.#files.push({ path, size, sha256: own.digest(), executable });
    this.#bytes += size;
  }

  /** Nothing can be added any more. */
  finish(): Fingerprint {
    return { checksum: this.#whole.digest(), files: this.#files, bytes: this.#bytes };
  }
}

function byPath(one: TreeFile, other: TreeFile): number {
  return compareCodePoints(one.path, other.path);
}

function checksumOf(files: readonly TreeFile[], algorithm: Digest['algorithm']): Digest {
  const hash = new FrameHash(algorithm);
  for (const file of files) hash.add(file);
  return hash.digest();
}

/** The SHA-256 of one file's content. One that comes in one piece, as nearly all do, is hashed in one call. */
class ContentHash {
  readonly #size: number;
  #hash: Hash | undefined;
  #hex: string | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  update(chunk: Uint8Array): void {
    if (this.#hash === undefined && chunk.length === this.#size) {
      this.#hex = hashOnce('sha256', chunk);
      return;
    }
    this.#hash ??= createHash('sha256');
    this.#hash.update(chunk);
  }

  digest(): string {
    return this.#hex ?? (this.#hash ?? createHash('sha256')).digest('hex');
  }
}

const GATHERED = 256 * 1024;

/** Gathers small pieces before it hashes them: a call into OpenSSL costs more than hashing a small file. */
class FrameHash {
  readonly #algorithm: Digest['algorithm'];
  readonly #pending = Buffer.allocUnsafe(GATHERED);
  #hash: Hash | undefined;
  #length = 0;

  constructor(algorithm: Digest['algorithm']) {
    this.#algorithm = algorithm;
  }

  /** @param onChunk is shown each piece of the content */
  add(file: TreeFile, onChunk?: (chunk: Uint8Array) => void): void {
    this.#update(header(file));
    let seen = 0;
    for (const chunk of file.chunks()) {
      this.#update(chunk);
      onChunk?.(chunk);
      seen += chunk.length;
    }
    if (seen !== file.size) throw new FileChanged(file.path);
  }

  digest(): Digest {
    const rest = this.#pending.subarray(0, this.#length);
    const hex = this.#hash === undefined ? hashOnce(this.#algorithm, rest) : this.#hash.update(rest).digest('hex');
    return { algorithm: this.#algorithm, hex };
  }

  #update(bytes: Uint8Array): void {
    if (this.#length + bytes.length > GATHERED) {
      this.#hash ??= createHash(this.#algorithm);
      this.#hash.update(this.#pending.subarray(0, this.#length));
      this.#length = 0;
      if (bytes.length > GATHERED) {
        this.#hash.update(bytes);
        return;
      }
    }
    this.#pending.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}

/** A frame's beginning: mark, length of path, path, length of content. */
function header({ path, size }: TreeFile): Buffer {
  const pathLength = Buffer.byteLength(path);
  const bytes = Buffer.allocUnsafe(MARK.length + 8 + pathLength + 8);
  let at = writeLength(bytes, pathLength, MARK.copy(bytes));
  at += bytes.write(path, at);
  writeLength(bytes, size, at);
  return bytes;
}

/** As a u64, big-endian. @returns where it ends */
function writeLength(bytes: Buffer, length: number, at: number): number {
  bytes.writeUInt32BE(Math.floor(length / 2 ** 32), at);
  return bytes.writeUInt32BE(length % 2 ** 32, at + 4);
}
