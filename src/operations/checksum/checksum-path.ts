import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { detectFormat, SNIFFED_BYTES } from '../../archives/sniff.ts';
import { AttuneError } from '../../errors.ts';
import { type Digest, formatDigest, parseDigest, type StrongAlgorithm, sameDigest } from '../../packs/digest.ts';
import { checksumSteps, type FileFingerprint, fingerprintSteps, matchSteps } from '../../packs/tree/checksum.ts';
import { directoryTree, directoryTreeSteps } from '../../packs/tree/directory-tree.ts';
import { matchesOldChecksum, OldChecksum } from '../../packs/tree/old-checksum.ts';
import { findPackRoot, NoPackRoot } from '../../packs/tree/pack-root.ts';
import { isStream, readStream } from '../../platform/files/input/stream.ts';
import { inspectTarget, realPath } from '../../platform/files/inspect.ts';
import { readChunks, readStart } from '../../platform/files/read.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { NewFile } from '../../platform/files/write.ts';
import { interruptible, runInterruptibly } from '../../platform/interruptible.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { fetchArchive } from '../../sources/archive/fetch-archive.ts';
import type { Runtime } from '../runtime.ts';

export interface ChecksumRequest {
  readonly path: string;
  readonly algorithm: StrongAlgorithm;
  /** The expected checksum, `algorithm:hex`; its algorithm takes precedence over `algorithm`. */
  readonly expected: string | undefined;
  readonly listFiles: boolean;
}

/** The JSON document of `pack checksum` (SPEC section 7). */
export interface ChecksumResult {
  readonly path: string;
  readonly type: 'directory' | 'archive' | 'file';
  readonly algorithm: string;
  readonly checksum: string;
  readonly files: number;
  /** The size of the file itself, or of all files in the directory. */
  readonly bytes: number;
  /** The directory checksum of the pack in the archive. */
  readonly content_checksum?: string;
  readonly file_checksums?: readonly FileFingerprint[];
}

export class ChecksumMismatch extends AttuneError {
  constructor(path: string, expected: Digest, actual: Digest) {
    super(
      'INTEGRITY_CHECKSUM',
      `'${path}' does not have the expected checksum.\n  expected: ${formatDigest(expected)}\n  actual:   ${formatDigest(actual)}`,
      {
        facts: { path, expected: formatDigest(expected), actual: formatDigest(actual) },
        hint: 'Download it again, or request the correct checksum from its publisher.',
      },
    );
  }
}

export class NotHashable extends AttuneError {
  constructor(path: string) {
    super('INVALID_PATH', `'${path}' is neither a file nor a directory.`, {
      facts: { path },
      hint: 'Pass a directory, an archive or a regular file.',
    });
  }
}

/** Computes the checksum of a directory, archive or other file (SPEC section 4). @throws ChecksumMismatch, NotHashable */
export async function checksumPath(request: ChecksumRequest, runtime: Runtime): Promise<ChecksumResult> {
  const expected = request.expected === undefined ? undefined : parseDigest(request.expected);
  const algorithm = (expected?.algorithm ?? request.algorithm) as StrongAlgorithm;
  if (isStream(request.path)) return checksumStream(request, algorithm, expected, runtime);
  const path = realPath(expandPath(request.path, runtime.environment));
  const kind = inspectTarget(path)?.kind;
  if (kind === 'directory') return checksumDirectory(request, path, algorithm, expected);
  if (kind !== 'file') throw new NotHashable(request.path);
  return checksumFile(request, path, algorithm, expected, runtime);
}

/** Copies standard input or a pipe to a temporary file, since an archive is read twice. */
async function checksumStream(
  request: ChecksumRequest,
  algorithm: StrongAlgorithm,
  expected: Digest | undefined,
  runtime: Runtime,
): Promise<ChecksumResult> {
  using temporary = new TemporaryDirectory((text) => runtime.reporter.warn(text));
  const path = join(temporary.path, 'input');
  const file = new NewFile(path);
  try {
    for await (const chunk of readStream(request.path)) file.write(chunk);
  } finally {
    file.close();
  }
  return await checksumFile(request, path, algorithm, expected, runtime);
}

async function checksumFile(
  request: ChecksumRequest,
  path: string,
  algorithm: StrongAlgorithm,
  expected: Digest | undefined,
  runtime: Runtime,
): Promise<ChecksumResult> {
  const checksum = await hashFile(path, algorithm);
  if (expected !== undefined && !sameDigest(checksum, expected))
    throw new ChecksumMismatch(request.path, expected, checksum);
  const bytes = inspectTarget(path)?.size ?? 0;
  const common = { path: request.path, algorithm, checksum: formatDigest(checksum), bytes };
  if (detectFormat(readStart(path, SNIFFED_BYTES)) === undefined) return { ...common, type: 'file', files: 1 };
  return { ...common, type: 'archive', ...(await describeArchive(path, algorithm, request.listFiles, runtime)) };
}

async function checksumDirectory(
  request: ChecksumRequest,
  path: string,
  algorithm: StrongAlgorithm,
  expected: Digest | undefined,
): Promise<ChecksumResult> {
  const tree = await runInterruptibly(directoryTreeSteps(path));
  const checksum = await runInterruptibly(checksumSteps(tree, algorithm));
  const matches = async (digest: Digest) =>
    sameDigest(checksum, digest) || (await runInterruptibly(matchSteps(tree, digest)));
  if (expected !== undefined && !(await matches(expected))) {
    if (matchesOldChecksum(tree, expected)) throw new OldChecksum(`The files in '${request.path}'`, expected, checksum);
    throw new ChecksumMismatch(request.path, expected, checksum);
  }
  return {
    path: request.path,
    type: 'directory',
    algorithm,
    checksum: formatDigest(checksum),
    files: tree.files.length,
    bytes: tree.files.reduce((sum, { size }) => sum + size, 0),
    ...(request.listFiles ? { file_checksums: (await runInterruptibly(fingerprintSteps(tree))).files } : {}),
  };
}

/** Gives signals a chance to end the process while a large file is hashed. */
async function hashFile(path: string, algorithm: StrongAlgorithm): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const chunk of interruptible(readChunks(path))) hash.update(chunk);
  return { algorithm, hex: hash.digest('hex') };
}

/** Unpacks an archive to a temporary directory and describes its content. Without a pack, it has no content checksum. */
async function describeArchive(
  path: string,
  algorithm: StrongAlgorithm,
  listFiles: boolean,
  runtime: Runtime,
): Promise<Pick<ChecksumResult, 'files' | 'content_checksum' | 'file_checksums'>> {
  using temporary = new TemporaryDirectory((text) => runtime.reporter.warn(text));
  const { limits, registries } = await runtime.config();
  const destination = join(temporary.path, 'content');
  const tools = {
    http: await runtime.http(),
    processes: runtime.processes,
    reporter: runtime.reporter,
    limits,
    mirrors: {},
    variables: {},
    scratch: temporary.path,
    timeoutMs: registries.timeoutMs,
  };
  await fetchArchive({ kind: 'archive', url: new SafeUrl(path), expected: undefined }, destination, tools);
  const tree = directoryTree(destination);
  const root = findPackRootIfAny(destination);
  const list = listFiles ? { file_checksums: (await runInterruptibly(fingerprintSteps(tree))).files } : {};
  const checksum =
    root === undefined ? undefined : await runInterruptibly(checksumSteps(directoryTree(root), algorithm));
  const content = checksum === undefined ? {} : { content_checksum: formatDigest(checksum) };
  return { files: tree.files.length, ...content, ...list };
}

function findPackRootIfAny(directory: string): string | undefined {
  try {
    return findPackRoot(directory);
  } catch (error) {
    if (error instanceof NoPackRoot) return undefined;
    throw error;
  }
}
