import { fileURLToPath } from 'node:url';
import { readArchive } from '../../archives/read-archive.ts';
import { detectPage, SNIFFED_BYTES } from '../../archives/sniff.ts';
import { ConcurrentTreeWriter } from '../../archives/write-tree.ts';
import { resolveMirror } from '../../config/mirrors.ts';
import { AttuneError, reasonOf } from '../../errors.ts';
import { type Digest, formatDigest, sameDigest } from '../../packs/digest.ts';
import { count } from '../../platform/count.ts';
import { inspectTarget, realPath } from '../../platform/files/inspect.ts';
import { readChunks, readStart } from '../../platform/files/read.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { FetchedSource, SourceRequest, SourceTools } from '../source.ts';
import { cacheArchive, fetchWebArchive, type SavedArchive } from './cached-download.ts';
import { saveCopy } from './hashed-file.ts';

type ArchiveRequest = Extract<SourceRequest, { kind: 'archive' }>;

/** An archive whose digest differs from the expected one. */
class ArchiveMismatch extends AttuneError {
  constructor(archive: SavedArchive, expected: Digest) {
    const { url, status, contentType, bytes, digest } = archive;
    const response = status === undefined ? [] : [`HTTP status ${status}`, contentType ?? 'no content type'];
    const message = [
      `The archive from ${url} (${[...response, count(bytes, 'byte')].join(', ')}) does not have the expected checksum:`,
      `  expected ${formatDigest(expected)}`,
      `  actual   ${formatDigest(digest)}`,
    ];
    super('INTEGRITY_CHECKSUM', message.join('\n'), {
      facts: {
        url: `${url}`,
        status: status ?? null,
        content_type: contentType ?? null,
        bytes,
        expected: formatDigest(expected),
        actual: formatDigest(digest),
      },
      hint: mismatchHint(archive),
    });
  }
}

function mismatchHint({ file, contentEncoding }: SavedArchive): string {
  const page = detectPage(readStart(file, SNIFFED_BYTES));
  if (page) return `The server sent ${page} instead of an archive. Open the URL in a browser.`;
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    return `The server sent the archive with Content-Encoding ${contentEncoding}, and the checksum covers the bytes that were sent. Configure the server to send it without an encoding.`;
  }
  return 'Do not use it: it was changed or replaced after the checksum was made. Ask its publisher for the correct checksum.';
}

/** A local path without a readable archive. */
class UnusableArchivePath extends AttuneError {
  constructor(code: 'NOT_FOUND_PATH' | 'INVALID_SOURCE', path: string, why: string) {
    super(code, `Cannot read archive '${path}': ${why}.`, {
      facts: { path },
      hint: 'Name a .zip, .tar.gz or .tar file.',
    });
  }
}

/**
 * Unpacks a local or remote archive into `destination`. The archive is first copied into scratch and hashed, and only that
 * copy is used afterwards: the verified bytes are the bytes that are opened, even if the original changes. The checksum is
 * verified before the archive is opened.
 * @throws ArchiveMismatch, InvalidArchive, UnsafeEntry, LimitExceeded, HttpStatusError, NetworkError, FileError
 */
export async function fetchArchive(
  request: ArchiveRequest,
  destination: string,
  tools: SourceTools,
): Promise<FetchedSource> {
  const { url: requested, expected } = request;
  const mirror = resolveMirror(requested, tools.mirrors, tools.variables);
  const url = mirror ?? requested;
  const archive = await saveInScratch(url, mirror ? `${requested} from ${mirror}` : `${requested}`, tools, expected);
  if (expected && !sameDigest(archive.digest, expected)) throw new ArchiveMismatch(archive, expected);
  tools.reporter.step(`Unpacking ${requested}`);
  await using sink = new ConcurrentTreeWriter(destination);
  const { limits, reporter } = tools;
  const warn = (text: string) => reporter.warn(text);
  await readArchive({ file: archive.file, label: `archive '${requested}'`, limits, warn }, sink);
  const contents = await sink.finish();
  cacheArchive(url, archive, tools.cache);
  return {
    provenance: { type: 'archive', url: `${requested}`, mirror: mirror && `${mirror}`, ref: null, commit: null },
    archiveChecksum: archive.sha256,
    contents,
  };
}

/** @param shown the name of the archive in the progress display */
async function saveInScratch(
  url: SafeUrl,
  shown: string,
  tools: SourceTools,
  expected: Digest | undefined,
): Promise<SavedArchive> {
  if (url.isWeb) return fetchWebArchive({ url, shown, expected }, tools);
  using activity = tools.reporter.activity(`Reading ${shown}`);
  const path = localPath(url);
  const status = inspectTarget(path);
  if (status === undefined) throw new UnusableArchivePath('NOT_FOUND_PATH', path, 'there is no such file');
  if (status.kind !== 'file') {
    const kind = status.kind === 'directory' ? 'directory' : 'special file';
    throw new UnusableArchivePath('INVALID_SOURCE', path, `it is a ${kind}`);
  }
  const chunks = readChunks(realPath(path));
  const saved = saveCopy(chunks, `archive '${path}'`, status.size, { ...tools, activity }, expected?.algorithm);
  return { ...saved, url: new SafeUrl(path) };
}

function localPath(url: SafeUrl): string {
  const text = url.reveal();
  if (!/^file:/i.test(text)) return text;
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw new UnusableArchivePath('INVALID_SOURCE', `${url}`, reasonOf(error));
  }
}
