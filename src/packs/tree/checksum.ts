/**
 * Directory checksums (SPEC section 4): one hash of all files in order, each framed as
 *
 *     "attune-pack-file-v1" | u64 length of path | path | u64 length of content | content
 *
 * with big-endian lengths. The lengths make the framing injective: no two trees produce the same bytes.
 */
import { createHash, type Hash, hash as hashOnce } from 'node:crypto';
import { FileChanged } from '../../platform/files/file-error.ts';
import { runAtOnce, type Steps } from '../../platform/interruptible.ts';
import { type Digest, type StrongAlgorithm, sameDigest } from '../digest.ts';
import { compareByComponent, compareCodePoints } from './order.ts';
import type { FileTree, TreeFile } from './tree.ts';

const FRAME_MARKER = Buffer.from('attune-pack-file-v1');

/**
 * Computes the checksum of a tree in the canonical order.
 * @throws FileChanged when a file's length differs from the tree's, and any error of reading a file
 */
export function directoryChecksum(tree: FileTree, algorithm: StrongAlgorithm = 'sha256'): Digest {
  return runAtOnce(checksumSteps(tree, algorithm));
}

/** Computes the checksum of a tree like `directoryChecksum`, in steps. */
export function checksumSteps(tree: FileTree, algorithm: StrongAlgorithm): Steps<Digest> {
  return checksumOf(tree.files.toSorted(byPath), algorithm);
}

/**
 * Returns whether a tree has the expected checksum in either order that is in use: by whole paths, or by path component,
 * as in some other tools. A tree with the same order in both is read once.
 * @throws the errors of `directoryChecksum`
 */
export function matchesDirectoryChecksum(tree: FileTree, expected: Digest): boolean {
  return runAtOnce(matchSteps(tree, expected));
}

/** Compares checksums like `matchesDirectoryChecksum`, in steps. */
export function* matchSteps(tree: FileTree, expected: Digest): Steps<boolean> {
  const files = tree.files.toSorted(byPath);
  if (sameDigest(yield* checksumOf(files, expected.algorithm), expected)) return true;
  const byComponents = files.toSorted((one, other) => compareByComponent(one.path, other.path));
  if (byComponents.every((file, index) => file === files[index])) return false;
  return sameDigest(yield* checksumOf(byComponents, expected.algorithm), expected);
}

/** The checksum of a tree together with that of each file. */
export interface Fingerprint {
  readonly checksum: Digest;
  /** In the order of the checksum. */
  readonly files: readonly FileFingerprint[];
  /** The total size of all files. */
  readonly bytes: number;
}

export interface FileFingerprint {
  readonly path: string;
  readonly size: number;
  /** The digest of the content alone, 64 lower-case digits. */
  readonly sha256: string;
  readonly executable: boolean;
}

/** Computes the fingerprint of a tree, reading each file once. @throws the errors of `directoryChecksum` */
export function fingerprint(tree: FileTree): Fingerprint {
  return runAtOnce(fingerprintSteps(tree));
}

/** Computes the fingerprint of a tree like `fingerprint`, in steps. */
export function* fingerprintSteps(tree: FileTree): Steps<Fingerprint> {
  const builder = new FingerprintBuilder();
  for (const file of tree.files.toSorted(byPath)) yield* builder.addSteps(file);
  return builder.finish();
}

/** Computes a fingerprint file by file, for callers that process the content of the files as well. */
export class FingerprintBuilder {
  readonly #whole = new FrameHash('sha256');
  readonly #files: FileFingerprint[] = [];
  #bytes = 0;

  /**
   * Adds a file.
   * @param file the next file in the order of the checksum
   * @param onChunk receives each chunk of the content
   * @throws the errors of `directoryChecksum`
   */
  add(file: TreeFile, onChunk?: (chunk: Uint8Array) => void): void {
    runAtOnce(this.addSteps(file, onChunk));
  }

  /** Adds a file like `add`, in steps. No other file may be added meanwhile. */
  *addSteps(file: TreeFile, onChunk?: (chunk: Uint8Array) => void): Steps<void> {
    const { path, size, executable } = file;
    const last = this.#files.at(-1);
    if (last !== undefined && compareCodePoints(last.path, path) > 0) throw new Error(`'${path}' is out of order`);
    const content = new ContentHash(size);
    yield* this.#whole.add(file, (chunk) => {
      content.update(chunk);
      onChunk?.(chunk);
    });
    this.#files.push({ path, size, sha256: content.digest(), executable });
    this.#bytes += size;
  }

  /** Returns the fingerprint. No file can be added afterwards. */
  finish(): Fingerprint {
    return { checksum: this.#whole.digest(), files: this.#files, bytes: this.#bytes };
  }
}

function byPath(one: TreeFile, other: TreeFile): number {
  return compareCodePoints(one.path, other.path);
}

function* checksumOf(files: readonly TreeFile[], algorithm: Digest['algorithm']): Steps<Digest> {
  const hash = new FrameHash(algorithm);
  for (const file of files) yield* hash.add(file);
  return hash.digest();
}

/** Computes the SHA-256 of one file. Content in a single chunk, the usual case, is hashed in one call. */
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

const BUFFER_BYTES = 256 * 1024;

/** Hashes framed files. Small chunks are buffered, because a call into OpenSSL costs more than hashing a small file. */
class FrameHash {
  readonly #algorithm: Digest['algorithm'];
  readonly #pending = Buffer.allocUnsafe(BUFFER_BYTES);
  #hash: Hash | undefined;
  #length = 0;

  constructor(algorithm: Digest['algorithm']) {
    this.#algorithm = algorithm;
  }

  /** Adds a framed file. @param onChunk receives each chunk of the content */
  *add(file: TreeFile, onChunk?: (chunk: Uint8Array) => void): Steps<void> {
    this.#update(header(file));
    let length = 0;
    for (const chunk of file.chunks()) {
      this.#update(chunk);
      onChunk?.(chunk);
      length += chunk.length;
      yield;
    }
    if (length !== file.size) throw new FileChanged(file.path);
  }

  digest(): Digest {
    const rest = this.#pending.subarray(0, this.#length);
    const hex = this.#hash === undefined ? hashOnce(this.#algorithm, rest) : this.#hash.update(rest).digest('hex');
    return { algorithm: this.#algorithm, hex };
  }

  #update(bytes: Uint8Array): void {
    if (this.#length + bytes.length > BUFFER_BYTES) {
      this.#hash ??= createHash(this.#algorithm);
      this.#hash.update(this.#pending.subarray(0, this.#length));
      this.#length = 0;
      if (bytes.length > BUFFER_BYTES) {
        this.#hash.update(bytes);
        return;
      }
    }
    this.#pending.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}

/** Returns the header of a frame: marker, length of path, path, length of content. */
function header({ path, size }: TreeFile): Buffer {
  const pathLength = Buffer.byteLength(path);
  const bytes = Buffer.allocUnsafe(FRAME_MARKER.length + 8 + pathLength + 8);
  let offset = writeLength(bytes, pathLength, FRAME_MARKER.copy(bytes));
  offset += bytes.write(path, offset);
  writeLength(bytes, size, offset);
  return bytes;
}

/** Writes a length as a big-endian u64. @returns the offset after it */
function writeLength(bytes: Buffer, length: number, offset: number): number {
  bytes.writeUInt32BE(Math.floor(length / 2 ** 32), offset);
  return bytes.writeUInt32BE(length % 2 ** 32, offset + 4);
}
