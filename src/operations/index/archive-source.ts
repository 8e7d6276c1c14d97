import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { type Digest, formatDigest, InvalidChecksum, parseDigest, sameDigest } from '../../packs/digest.ts';
import type { Pack } from '../../packs/pack.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { treeDifference } from '../../packs/tree/difference.ts';
import { directoryTree } from '../../packs/tree/directory-tree.ts';
import { findPackRoot } from '../../packs/tree/pack-root.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import { fetchArchive } from '../../sources/archive/fetch-archive.ts';
import { differenceLines } from '../checksum/difference-lines.ts';
import type { Runtime } from '../runtime.ts';
import { UnusablePack } from '../staging/stage-pack.ts';
import type { EntryRequest } from './build-index-entry.ts';
import { readSourceUrl } from './source-url.ts';

type EntryRuntime = Pick<Runtime, 'config' | 'environment' | 'http' | 'processes' | 'reporter'>;

class IncompleteArchive extends AttuneError {
  constructor(message: string, hint: string) {
    super('USAGE', message, { hint });
  }
}

/** An archive of something else than the pack that its entry would describe. */
export class ArchiveDiffers extends AttuneError {
  constructor(archive: string, pack: Pack, content: Fingerprint, own: Fingerprint) {
    const difference = treeDifference(own, content);
    super(
      'INTEGRITY_ARCHIVE_CONTENT',
      [
        `The archive ${archive} does not hold the pack in '${pack.root}':`,
        ...differenceLines(difference, 'the archive'),
      ].join('\n'),
      {
        facts: {
          archive,
          path: pack.root,
          archive_content: formatDigest(content.checksum),
          directory: formatDigest(own.checksum),
          ...difference,
        },
        hint: 'Pack the archive anew from this directory, or run this where the archive was made, without build products and local changes.',
      },
    );
  }
}

/** Where an archive is published, and how its checksum comes about. */
interface WantedArchive {
  readonly url: string;
  /** What it is looked at in, a URL or a path; `undefined` where the checksum is taken as it is. */
  readonly at: SafeUrl | undefined;
  readonly expected: Digest | undefined;
}

/**
 * The archive source of an entry. The archive is looked at if it is a file here, or if no SHA-256 of it was given; then
 * it has to hold the pack, file by file.
 * @returns `undefined` where no archive was asked for
 * @throws IncompleteArchive, InvalidChecksum, ArchiveDiffers, UnusablePack, and what `fetchArchive` throws
 */
export async function archiveSource(
  request: EntryRequest,
  pack: Pack,
  runtime: EntryRuntime,
): Promise<IndexSource | undefined> {
  const wanted = readArchiveFlags(request, runtime);
  if (wanted === undefined) return undefined;
  const { url, at, expected } = wanted;
  const checksum = at === undefined ? expected : await inspectArchive(at, expected, pack, runtime);
  return { type: 'archive', url, checksum: formatDigest(checksum as Digest) };
}

function readArchiveFlags(request: EntryRequest, runtime: EntryRuntime): WantedArchive | undefined {
  const { archiveUrl, archiveFile, archiveChecksum } = request;
  if (archiveUrl === undefined) {
    if (archiveFile === undefined && archiveChecksum === undefined) return undefined;
    const flag = archiveFile === undefined ? '--archive-checksum' : '--archive-file';
    throw new IncompleteArchive(
      `${flag} goes with --archive-url: an entry says where others get the archive.`,
      'Give the URL at which the archive is or will be published with --archive-url.',
    );
  }
  const { url } = readSourceUrl('archive', archiveUrl, undefined, runtime);
  const expected = archiveChecksum === undefined ? undefined : readChecksum(archiveChecksum);
  if (archiveFile !== undefined) return { url, expected, at: localPlace(archiveFile, runtime.environment) };
  if (expected?.algorithm === 'sha256') return { url, expected, at: undefined };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return { url, expected, at: new SafeUrl(archiveUrl) };
  throw new IncompleteArchive(
    `'${url}' is relative to the index, so the archive cannot be downloaded from there.`,
    'Give the archive with --archive-file, or its checksum with --archive-checksum sha256:...',
  );
}

function localPlace(file: string, environment: Runtime['environment']): SafeUrl {
  return new SafeUrl(/^file:/i.test(file) ? file : expandPath(file, environment));
}

/** @throws InvalidChecksum; a weak one has no place in a new entry, whoever would accept it */
function readChecksum(text: string): Digest {
  const digest = parseDigest(text, { allowWeak: true });
  if (digest.algorithm === 'sha256' || digest.algorithm === 'sha512') return digest;
  throw new InvalidChecksum(
    text,
    `${digest.algorithm} can be forged, and an entry has a sha256 checksum`,
    'Give a sha256 checksum, or the archive itself with --archive-file.',
  );
}

async function inspectArchive(
  at: SafeUrl,
  expected: Digest | undefined,
  pack: Pack,
  runtime: EntryRuntime,
): Promise<Digest> {
  using temporary = new TemporaryDirectory();
  const { limits, registries } = await runtime.config();
  const content = join(temporary.path, 'content');
  const { archiveChecksum, provenance } = await fetchArchive({ kind: 'archive', url: at, expected }, content, {
    http: await runtime.http(),
    processes: runtime.processes,
    reporter: runtime.reporter,
    limits,
    mirrors: registries.mirrors,
    variables: runtime.environment.variables,
    scratch: temporary.path,
    timeoutMs: registries.timeoutMs,
  });
  const found = contentOf(content, provenance);
  const own = fingerprint(pack.tree);
  if (!sameDigest(found.checksum, own.checksum)) throw new ArchiveDiffers(provenance.url, pack, found, own);
  return archiveChecksum as Digest;
}

function contentOf(directory: string, provenance: Provenance): Fingerprint {
  try {
    return fingerprint(directoryTree(findPackRoot(directory)));
  } catch (error) {
    throw error instanceof AttuneError ? new UnusablePack(error, directory, provenance) : error;
  }
}
