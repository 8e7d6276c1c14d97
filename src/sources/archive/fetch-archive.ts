/**
 * A pack from an archive, on this machine or from the web. The bytes are first brought into scratch, in one go with
 * hashing them, and everything after that looks at this copy alone: what was verified is what is opened, whoever may
 * write to the original meanwhile.
 */

import { fileURLToPath } from 'node:url';
import { readArchive } from '../../archives/read-archive.ts';
import { detectPage, SNIFFED_BYTES } from '../../archives/sniff.ts';
import { writeTree } from '../../archives/write-tree.ts';
import { resolveMirror } from '../../config/mirrors.ts';
import { AttuneError, reasonOf } from '../../errors.ts';
import { type Digest, formatDigest, sameDigest } from '../../packs/digest.ts';
import { inspectTarget, readChunks, readStart, realPath } from '../../platform/files/read.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { FetchedSource, SourceRequest, SourceTools } from '../source.ts';
import { bringFromWeb, keepForNextTime, type WebArchive } from './cached-download.ts';
import { saveCopy } from './hashed-file.ts';

type ArchiveRequest = Extract<SourceRequest, { kind: 'archive' }>;
/** What came, from where; one on this machine has no status either. */
type Arrived = WebArchive;

/** An archive that is not the one which was promised. */
class ArchiveMismatch extends AttuneError {
  constructor(arrived: Arrived, expected: Digest) {
    const { url, status, contentType, bytes, digest } = arrived;
    const answer = status === undefined ? [] : [`HTTP status ${status}`, contentType ?? 'no content type'];
    const message = [
      `The archive from ${url} (${[...answer, `${bytes} bytes`].join(', ')}) does not have the expected checksum:`,
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
      hint: mismatchHint(arrived),
    });
  }
}

function mismatchHint({ file, contentEncoding }: Arrived): string {
  const page = detectPage(readStart(file, SNIFFED_BYTES));
  if (page) return `What came is ${page}, and an error page is no archive: open the address in a browser.`;
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    return `The server sent it with Content-Encoding ${contentEncoding}, and a checksum is of the bytes that were sent: have it served as it is.`;
  }
  return 'Do not use it: it was changed or replaced after the checksum was made. Ask its publisher which one is right.';
}

/** A place that should hold an archive and holds something else. */
class NoArchive extends AttuneError {
  constructor(code: 'NOT_FOUND_PATH' | 'INVALID_SOURCE', place: string, why: string) {
    super(code, `Cannot read archive '${place}': ${why}.`, {
      facts: { path: place },
      hint: 'Name a .zip, .tar.gz or .tar file.',
    });
  }
}

/**
 * Brings an archive's files into `destination`. Its checksum is verified over its exact bytes before it is opened.
 * @throws ArchiveMismatch, InvalidArchive, UnsafeEntry, LimitExceeded, HttpStatusError, NetworkFault, FileFault
 */
export async function fetchArchive(
  request: ArchiveRequest,
  destination: string,
  tools: SourceTools,
): Promise<FetchedSource> {
  const { url: asked, expected } = request;
  const mirror = resolveMirror(asked, tools.mirrors, tools.variables);
  const used = mirror ?? asked;
  const arrived = await bring(used, mirror ? `${asked} from ${mirror}` : `${asked}`, tools, expected);
  if (expected && !sameDigest(arrived.digest, expected)) throw new ArchiveMismatch(arrived, expected);
  tools.reporter.step(`Unpacking ${asked}`);
  using sink = writeTree(destination);
  await readArchive({ file: arrived.file, what: `archive '${asked}'`, limits: tools.limits }, sink);
  keepForNextTime(used, arrived, tools.cache);
  return {
    provenance: { type: 'archive', url: `${asked}`, mirror: mirror && `${mirror}`, ref: null, commit: null },
    archiveChecksum: arrived.sha256,
  };
}

/** @param shown what is brought, for the progress */
async function bring(url: SafeUrl, shown: string, tools: SourceTools, expected: Digest | undefined): Promise<Arrived> {
  if (url.isWeb) return bringFromWeb({ url, shown, expected }, tools);
  using activity = tools.reporter.activity(`Reading ${shown}`);
  const path = pathOf(url);
  const status = inspectTarget(path);
  if (status === undefined) throw new NoArchive('NOT_FOUND_PATH', path, 'there is no such file');
  if (status.kind !== 'file')
    throw new NoArchive(
      'INVALID_SOURCE',
      path,
      `it is a ${status.kind === 'directory' ? 'directory' : 'special file'}`,
    );
  const chunks = readChunks(realPath(path));
  const saved = saveCopy(chunks, `archive '${path}'`, status.size, { ...tools, activity }, expected?.algorithm);
  return { ...saved, url: new SafeUrl(path) };
}

function pathOf(url: SafeUrl): string {
  const text = url.reveal();
  if (!/^file:/i.test(text)) return text;
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw new NoArchive('INVALID_SOURCE', `${url}`, reasonOf(error));
  }
}
