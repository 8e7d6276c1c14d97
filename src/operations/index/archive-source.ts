import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { type Digest, formatDigest, InvalidChecksum, parseDigest, sameDigest } from '../../packs/digest.ts';
import type { Pack } from '../../packs/pack.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { formatTreeDifference, treeDifference } from '../../packs/tree/difference.ts';
import { directoryTree } from '../../packs/tree/directory-tree.ts';
import { findPackRoot } from '../../packs/tree/pack-root.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import { fetchArchive } from '../../sources/archive/fetch-archive.ts';
import { packagedTree } from '../archive/packaged-tree.ts';
import type { Runtime } from '../runtime.ts';
import { UnusablePack } from '../staging/stage-pack.ts';
import type { EntryRequest, EntryRuntime } from './entry-request.ts';
import { parseSourceUrl } from './source-url.ts';

class IncompleteArchiveOptions extends AttuneError {
  constructor(message: string, hint: string) {
    super('USAGE', message, { hint });
  }
}

/** The archive's content differs from the pack that the entry describes. */
export class ArchiveContentMismatch extends AttuneError {
  constructor(archive: string, pack: Pack, content: Fingerprint, own: Fingerprint) {
    const difference = treeDifference(own, content);
    super(
      'INTEGRITY_ARCHIVE_CONTENT',
      [
        `The content of archive ${archive} differs from the pack in '${pack.root}':`,
        ...formatTreeDifference(difference, 'the archive'),
      ].join('\n'),
      {
        facts: {
          archive,
          path: pack.root,
          archive_content: formatDigest(content.checksum),
          directory: formatDigest(own.checksum),
          ...difference,
        },
        hint: 'Recreate the archive from this directory, or run this command in the directory that the archive was made from, without build products and local changes.',
      },
    );
  }
}

/** The URL that an archive is published at and the origin of its checksum. */
interface ArchiveOptions {
  readonly url: string;
  /** The URL or path to read the archive from; `undefined` if the expected checksum is used without reading it. */
  readonly location: SafeUrl | undefined;
  readonly expected: Digest | undefined;
}

/**
 * Builds the archive source of an entry. The archive is read if it is a local file or if no SHA-256 checksum was given;
 * its content must then equal what `pack archive` takes from the directory, file by file.
 * @returns `undefined` if no archive was requested
 * @throws IncompleteArchiveOptions, InvalidChecksum, ArchiveContentMismatch, UnusablePack; the errors of `fetchArchive`
 */
export async function buildArchiveSource(
  request: EntryRequest,
  pack: Pack,
  runtime: EntryRuntime,
): Promise<IndexSource | undefined> {
  const options = parseArchiveOptions(request, runtime);
  if (options === undefined) return undefined;
  const { url, location, expected } = options;
  const checksum = location === undefined ? expected : await verifyArchive(location, expected, pack, runtime);
  return { type: 'archive', url, checksum: formatDigest(checksum as Digest) };
}

function parseArchiveOptions(request: EntryRequest, runtime: EntryRuntime): ArchiveOptions | undefined {
  const { archiveUrl, archiveFile, archiveChecksum } = request;
  if (archiveUrl === undefined) {
    if (archiveFile === undefined && archiveChecksum === undefined) return undefined;
    const flag = archiveFile === undefined ? '--archive-checksum' : '--archive-file';
    throw new IncompleteArchiveOptions(
      `${flag} requires --archive-url: an entry must state where the archive can be downloaded.`,
      'Pass the URL at which the archive is or will be published with --archive-url.',
    );
  }
  const { url } = parseSourceUrl('archive', archiveUrl, undefined, runtime);
  const expected = archiveChecksum === undefined ? undefined : parseStrongChecksum(archiveChecksum);
  if (archiveFile !== undefined) return { url, expected, location: localArchive(archiveFile, runtime.environment) };
  if (expected?.algorithm === 'sha256') return { url, expected, location: undefined };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return { url, expected, location: new SafeUrl(archiveUrl) };
  throw new IncompleteArchiveOptions(
    `The archive URL '${url}' is relative to the index, so the archive cannot be downloaded from it.`,
    'Pass the archive with --archive-file, or its checksum with --archive-checksum sha256:HEX.',
  );
}

function localArchive(file: string, environment: Runtime['environment']): SafeUrl {
  return new SafeUrl(/^file:/i.test(file) ? file : expandPath(file, environment));
}

/** @throws InvalidChecksum also for a weak algorithm: new entries never record one, regardless of --allow-weak-checksum */
function parseStrongChecksum(text: string): Digest {
  const digest = parseDigest(text, { allowWeak: true });
  if (digest.algorithm === 'sha256' || digest.algorithm === 'sha512') return digest;
  throw new InvalidChecksum(
    text,
    `${digest.algorithm} can be forged, and an entry requires a sha256 checksum`,
    'Pass a sha256 checksum, or the archive itself with --archive-file.',
  );
}

async function verifyArchive(
  location: SafeUrl,
  expected: Digest | undefined,
  pack: Pack,
  runtime: EntryRuntime,
): Promise<Digest> {
  using temporary = new TemporaryDirectory((text) => runtime.reporter.warn(text));
  const { limits, registries } = await runtime.config();
  const content = join(temporary.path, 'content');
  const { archiveChecksum, provenance } = await fetchArchive({ kind: 'archive', url: location, expected }, content, {
    http: await runtime.http(),
    processes: runtime.processes,
    reporter: runtime.reporter,
    limits,
    mirrors: registries.mirrors,
    variables: runtime.environment.variables,
    scratch: temporary.path,
    timeoutMs: registries.timeoutMs,
  });
  const found = fingerprintContent(content, provenance);
  const own = fingerprint(await packagedTree(pack.root, runtime));
  if (!sameDigest(found.checksum, own.checksum)) throw new ArchiveContentMismatch(provenance.url, pack, found, own);
  return archiveChecksum as Digest;
}

function fingerprintContent(directory: string, provenance: Provenance): Fingerprint {
  try {
    return fingerprint(directoryTree(findPackRoot(directory)));
  } catch (error) {
    throw error instanceof AttuneError ? new UnusablePack(error, directory, provenance) : error;
  }
}
