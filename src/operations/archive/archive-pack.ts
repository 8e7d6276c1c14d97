import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fingerprintArchive } from '../../archives/fingerprint-archive.ts';
import { LimitExceeded } from '../../archives/guard/errors.ts';
import { packArchive } from '../../archives/write-archive.ts';
import { AttuneError } from '../../errors.ts';
import { formatDigest } from '../../packs/digest.ts';
import { readManifest } from '../../packs/manifest/manifest.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { type Fingerprint, FingerprintBuilder } from '../../packs/tree/checksum.ts';
import { findPackRoot } from '../../packs/tree/pack-root.ts';
import { contentOf, type FileTree } from '../../packs/tree/tree.ts';
import { realPath } from '../../platform/files/inspect.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { NewFile } from '../../platform/files/write.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';
import { type ArchiveOutput, type OutputRequest, resolveOutput, writeOutput } from './output.ts';
import { assertInstallable, packagedTree } from './packaged-tree.ts';
import { sourceDate } from './source-date.ts';

export interface ArchiveRequest extends OutputRequest {
  /** The path of the pack. */
  readonly path: string;
  /** Replace an existing output with other content. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** The JSON document of `pack archive` (spec/authoring.md). */
export interface ArchiveResult {
  readonly success?: true;
  /** In place of `success`: nothing was written. */
  readonly dry_run?: true;
  readonly path: string;
  readonly ref: string;
  readonly version: string;
  readonly format: ArchiveOutput['format'];
  readonly bytes: number;
  readonly checksum: string;
  /** The directory checksum of the files in the archive. */
  readonly content_checksum: string;
  /** The number of files. */
  readonly files: number;
  readonly warnings: readonly string[];
}

class ArchiveDiffers extends AttuneError {
  constructor(root: string) {
    super('INTERNAL', `The archive of '${root}' was read back and differs from the files of the pack.`, {
      facts: { directory: root },
      hint: 'Nothing was written. Report this error with the output of: attune pack checksum --files .',
    });
  }
}

type ArchiveRuntime = Pick<Runtime, 'config' | 'environment' | 'processes' | 'reporter'>;

/**
 * Packs a pack into a reproducible archive and reads the archive back before it is written to the output.
 * @throws ArchiveExists, ArchiveDiffers, InvalidSourceDate; the errors of `packagedTree`, `resolveOutput` and of reading a pack
 */
export async function archivePack(request: ArchiveRequest, runtime: ArchiveRuntime): Promise<ArchiveResult> {
  const { reporter, environment } = runtime;
  const { limits } = await runtime.config();
  const seconds = sourceDate(environment.variables);
  const root = findPackRoot(realPath(expandPath(request.path, environment)));
  const published = await packagedTree(root, runtime);
  const { ref, version } = readManifest(published, limits);
  const output = resolveOutput(request, { ref, version }, runtime);
  const tree = withoutFile(published, output.path);
  assertInstallable(tree, limits);
  using temporary = new TemporaryDirectory((text) => reporter.warn(text));
  const file = join(temporary.path, 'archive');
  reporter.step(`Packing ${ref} ${version}`);
  const packed = await pack(tree, { ref, version }, { file, format: output.format, seconds });
  if (packed.bytes > limits.archiveBytes) {
    throw new LimitExceeded(
      `archive of '${root}'`,
      `it has ${packed.bytes} bytes`,
      'archiveBytes',
      limits.archiveBytes,
    );
  }
  const archive = { file, label: `archive '${output.name}'`, limits };
  const content = await fingerprintArchive(archive, topDirectory({ ref, version }));
  if (!isSame(content, packed.content)) throw new ArchiveDiffers(root);
  await writeOutput(output, { file, checksum: packed.checksum }, request);
  return {
    ...(request.dryRun ? { dry_run: true } : { success: true }),
    path: output.name,
    ref,
    version,
    format: output.format,
    bytes: packed.bytes,
    checksum: packed.checksum,
    content_checksum: formatDigest(content.checksum),
    files: content.files.length,
    warnings: reporter.warnings,
  };
}

/** Leaves the output of an earlier run out. */
function withoutFile(tree: FileTree, path: string): FileTree {
  return { ...tree, files: tree.files.filter((file) => join(tree.location, file.path) !== path) };
}

type Release = Pick<Manifest, 'ref' | 'version'>;

function topDirectory({ ref, version }: Release): string {
  return `${ref}-${version}/`;
}

interface Packed {
  readonly bytes: number;
  /** `sha256:...` of the archive. */
  readonly checksum: string;
  /** The fingerprint of the files, as they were packed. */
  readonly content: Fingerprint;
}

/** Packs the files below the top-level directory. Each file is read once. */
async function pack(
  tree: FileTree,
  release: Release,
  {
    file,
    format,
    seconds,
  }: { readonly file: string; readonly format: ArchiveOutput['format']; readonly seconds: number },
): Promise<Packed> {
  const builder = new FingerprintBuilder();
  const files = tree.files.map((one) => ({
    ...one,
    path: topDirectory(release) + one.path,
    chunks() {
      const content = contentOf(one);
      builder.add({ ...one, chunks: () => [content] });
      return [content];
    },
  }));
  const hash = createHash('sha256');
  const archive = new NewFile(file);
  let bytes = 0;
  try {
    for await (const chunk of packArchive(format, { ...tree, files }, seconds)) {
      archive.write(chunk);
      hash.update(chunk);
      bytes += chunk.length;
    }
  } finally {
    archive.close();
  }
  return { bytes, checksum: `sha256:${hash.digest('hex')}`, content: builder.finish() };
}

function isSame(one: Fingerprint, other: Fingerprint): boolean {
  const describe = ({ files }: Fingerprint) =>
    files.map(({ path, size, sha256, executable }) => [path, size, sha256, executable].join('\0')).join('\n');
  return describe(one) === describe(other);
}
