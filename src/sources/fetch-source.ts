/**
 * Dispatches to the fetcher of each kind of source; the fetchers do not know each other. The kind of a path or a web URL is
 * determined by inspecting the path or requesting the URL, and not by its name.
 */
import { join } from 'node:path';
import { AttuneError } from '../errors.ts';
import { inspect, inspectTarget } from '../platform/files/inspect.ts';
import { SafeUrl } from '../platform/safe-url.ts';
import { fetchArchive } from './archive/fetch-archive.ts';
import { fetchDirectory } from './fetch-directory.ts';
import { fetchGit, isGitRepository } from './git/fetch-git.ts';
import type { FetchedSource, FetchSource, SourceRequest, SourceTools } from './source.ts';

type PathRequest = Extract<SourceRequest, { kind: 'path' }>;
type WebRequest = Extract<SourceRequest, { kind: 'web' }>;

/** A path that is neither a directory, an archive nor a git repository. */
class UnusablePath extends AttuneError {
  constructor(code: 'NOT_FOUND_PATH' | 'INVALID_SOURCE', path: string, why: string) {
    super(code, `Cannot fetch a pack from '${path}': ${why}.`, {
      facts: { path },
      hint: 'Name a directory with a pack.yaml, an archive or a git repository.',
    });
  }
}

/** Fetches a pack; see `FetchSource`. @throws UnusablePath, and the errors of the fetcher for each kind */
export const fetchSource: FetchSource = (request, destination, tools) => {
  switch (request.kind) {
    case 'git':
      return fetchGit(request, destination, tools);
    case 'archive':
      return fetchArchive(request, destination, tools);
    case 'web':
      return fetchFromWeb(request, destination, tools);
    case 'path':
      return fetchFromPath(request, destination, tools);
  }
};

/** Fetches from a web URL. Content that is cached under its checksum is an archive, so no request is needed. */
async function fetchFromWeb(
  { url, expected }: WebRequest,
  destination: string,
  tools: SourceTools,
): Promise<FetchedSource> {
  const cached = expected && tools.cache?.get(expected);
  if (!cached && (await isGitRepository(url, tools))) {
    return fetchGit({ kind: 'git', url, refSpec: undefined }, destination, tools);
  }
  return fetchArchive({ kind: 'archive', url, expected }, destination, tools);
}

async function fetchFromPath(
  { path, expected }: PathRequest,
  destination: string,
  tools: SourceTools,
): Promise<FetchedSource> {
  const kind = inspectTarget(path)?.kind;
  if (kind === undefined) throw new UnusablePath('NOT_FOUND_PATH', path, 'no such file or directory');
  if (kind === 'file') return fetchArchive({ kind: 'archive', url: new SafeUrl(path), expected }, destination, tools);
  if (kind !== 'directory') throw new UnusablePath('INVALID_SOURCE', path, 'it is neither a file nor a directory');
  if (isBareRepository(path)) {
    return fetchGit({ kind: 'git', url: new SafeUrl(path), refSpec: undefined }, destination, tools);
  }
  return fetchDirectory(path, destination, tools);
}

/** Recognizes a bare repository. A directory with a manifest at its root is a pack, even if it has these names too. */
function isBareRepository(path: string): boolean {
  const has = (name: string, kind: 'file' | 'directory') => inspect(join(path, name))?.kind === kind;
  return has('HEAD', 'file') && has('objects', 'directory') && has('refs', 'directory') && !has('pack.yaml', 'file');
}
