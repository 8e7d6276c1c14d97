/**
 * A pack from an archive, on this machine or from the web. The bytes are first brought into scratch, in one go with
 * hashing them, and everything after that looks at this copy alone: what was verified is what is opened, whoever may
 * write to the original meanwhile.
 */

import { fileURLToPath } from 'node:url';
import { readArchive } from '../archives/read-archive.ts';
import { pageKind, SNIFFED_BYTES } from '../archives/sniff.ts';
import { writeTree } from '../archives/write-tree.ts';
import { applyMirror } from '../config/mirrors.ts';
import { AttuneError, reasonOf } from '../errors.ts';
import { type Digest, formatDigest, sameDigest } from '../packs/digest.ts';
import { inspectTarget, readChunks, readStart, realPath } from '../platform/files.ts';
import { withoutUserInfo } from '../platform/http.ts';
import { type Download, download, type SavedFile, save } from './download.ts';
import type { Fetched, SourceRequest, SourceTools } from './source.ts';

type ArchiveRequest = Extract<SourceRequest, { kind: 'archive' }>;
/** What came, from where; an archive on this machine has no status. */
type Arrived = SavedFile & Pick<Download, 'url'> & Partial<Omit<Download, keyof SavedFile>>;

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
        url,
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
  const page = pageKind(readStart(file, SNIFFED_BYTES));
  if (page) return `What came is ${page}, and an error page is no archive: open the address in a browser.`;
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    return `The server sent it with Content-Encoding ${contentEncoding}, which changes its bytes: have it served as it is.`;
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
 * @throws ArchiveMismatch, InvalidArchive, UnsafeEntry, OverLimit, HttpStatusError, NetworkFault, FileFault
 */
export async function fetchArchive(request: ArchiveRequest, destination: string, tools: SourceTools): Promise<Fetched> {
  const { url: used, mirrored, shown } = applyMirror(request.url, tools.mirrors, tools.variables);
  const asked = withoutUserInfo(request.url);
  const arrived = await bring(used, shown === asked ? asked : `${asked} from ${shown}`, tools, request.expected);
  if (request.expected && !sameDigest(arrived.digest, request.expected)) {
    throw new ArchiveMismatch(arrived, request.expected);
  }
  tools.reporter.step(`Unpacking ${asked}`);
  using sink = writeTree(destination);
  await readArchive({ file: arrived.file, what: `archive '${asked}'`, limits: tools.limits }, sink);
  const mirror = mirrored ? shown : undefined;
  return {
    provenance: { type: 'archive', url: asked, mirror, ref: null, commit: null },
    archiveChecksum: arrived.sha256,
  };
}

/** @param shown what is brought, for the progress */
async function bring(url: string, shown: string, tools: SourceTools, expected: Digest | undefined): Promise<Arrived> {
  if (/^https?:/i.test(url)) {
    using activity = tools.reporter.activity(`Downloading ${shown}`);
    return await download(url, { ...tools, activity }, expected?.algorithm);
  }
  using activity = tools.reporter.activity(`Reading ${shown}`);
  const path = /^file:/i.test(url) ? pathOf(url) : url;
  const status = inspectTarget(path);
  if (status === undefined) throw new NoArchive('NOT_FOUND_PATH', path, 'there is no such file');
  if (status.kind !== 'file')
    throw new NoArchive(
      'INVALID_SOURCE',
      path,
      `it is a ${status.kind === 'directory' ? 'directory' : 'special file'}`,
    );
  const saved = await save(
    readChunks(realPath(path)),
    `archive '${path}'`,
    status.size,
    { ...tools, activity },
    expected?.algorithm,
  );
  return { ...saved, url: path };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new NoArchive('INVALID_SOURCE', url, reasonOf(error));
  }
}
