/**
 * Restores the content of a damaged release from the nearest available origin: its own intact files and those of other
 * stored releases, the cache, and finally its install source. Regardless of the origin, the recorded directory checksum
 * decides whether the content is what was installed.
 */
import { join } from 'node:path';
import { writeTree } from '../../archives/write-tree.ts';
import { AttuneError } from '../../errors.ts';
import { formatDigest, parseDigest } from '../../packs/digest.ts';
import { fingerprint } from '../../packs/tree/checksum.ts';
import type { RecordedFile } from '../../packs/tree/compare-files.ts';
import { directoryTree } from '../../packs/tree/directory-tree.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { readChunks } from '../../platform/files/read.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { ContentCache } from '../../sources/cache/content-cache.ts';
import type { SourceRequest } from '../../sources/source.ts';
import type { RestoredTree } from '../../store/releases/replace-tree.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { RecordedRelease, StoreSurvey } from '../../store/survey.ts';
import type { Runtime } from '../runtime.ts';
import { restoreContent } from '../staging/cached-content.ts';
import { stageEntry } from '../staging/stage-entry.ts';
import { stagePack } from '../staging/stage-pack.ts';
import type { ExaminedRelease } from './judge-release.ts';

/**
 * - `itself`: all recorded files are still intact in the release itself
 * - `kept`: some files come from other stored releases
 * - `cache`: the content cache
 * - `source`: the registry or URL that the release was installed from
 */
export type RestoredFrom = 'itself' | 'kept' | 'cache' | 'source';

/** The local file to copy for each path of a release. */
export type FileSources = ReadonlyMap<string, { readonly source: string; readonly executable: boolean }>;

/** No origin provided the content that was installed. */
export class ContentUnavailable extends AttuneError {
  constructor({ ref, version, checksum, registry }: RecordedRelease, failures: readonly AttuneError[]) {
    const lines = failures.map(({ message }) => `  ${message.replaceAll('\n', '\n  ')}`);
    super(
      failures.find(({ family }) => family === 'NETWORK')?.code ?? failures.at(-1)?.code ?? 'NOT_FOUND_CONTENT',
      [`The installed content of ${ref} ${version} is not available from any source:`, ...lines].join('\n'),
      {
        facts: { ref, version, checksum, causes: failures.map(({ code, message }) => ({ code, message })) },
        hint: `${registry === null ? 'Install' : `Upgrade it with 'attune pack upgrade ${ref}', or install`} a local copy with 'attune pack install SOURCE --force'.`,
        cause: failures[0],
      },
    );
  }
}

class SourceContentChanged extends AttuneError {
  constructor(source: string, expected: string, actual: string) {
    const message = `The content of ${source} has changed since it was installed.`;
    super('INTEGRITY_CHECKSUM', `${message}\n  expected: ${expected}\n  actual:   ${actual}`, {
      facts: { expected, actual },
    });
  }
}

/**
 * Locates every file of a release on the local disk, in the release itself or in other stored releases.
 * @returns `undefined` if a file has no intact copy
 */
export function findLocalFiles(
  examined: ExaminedRelease,
  survey: StoreSurvey,
): { sources: FileSources; from: RestoredFrom } | undefined {
  const { release, recorded, verdict } = examined;
  const usable = survey.describeMissingTree(release) === undefined;
  const damaged = new Set([
    ...verdict.details
      .filter(({ difference }) => difference !== 'mode_changed' && difference !== 'extra')
      .map(({ path }) => path),
    ...verdict.generated,
  ]);
  const inOtherRelease = indexOtherReleases(release, survey);
  const sources = new Map<string, { source: string; executable: boolean }>();
  let from: RestoredFrom = 'itself';
  for (const file of recorded) {
    const own = usable && !damaged.has(file.path);
    const source = own ? join(survey.directoryOf(release), file.path) : inOtherRelease(file);
    if (source === undefined) return undefined;
    if (!own) from = 'kept';
    sources.set(file.path, { source, executable: (file.mode & 0o100) !== 0 });
  }
  return { sources, from };
}

/** Returns a function that finds a file of the same recorded content in other stored releases of the pack. */
function indexOtherReleases(release: RecordedRelease, survey: StoreSurvey): (file: RecordedFile) => string | undefined {
  const byContent = new Map<string, string[]>();
  for (const other of survey.releases(release.ref)) {
    if (other.id === release.id || survey.describeMissingTree(other) !== undefined) continue;
    for (const { sha256, path } of survey.files(other)) {
      const candidate = join(survey.directoryOf(other), path);
      byContent.set(sha256, [...(byContent.get(sha256) ?? []), candidate]);
    }
  }
  return ({ sha256, size }) =>
    byContent.get(sha256)?.find((path) => {
      const status = inspect(path);
      return status?.kind === 'file' && status.size === size;
    });
}

/** Assembles a tree from local files. @returns `undefined` if its checksum is not the recorded one */
export function assembleTree(
  release: RecordedRelease,
  sources: FileSources,
  area: StagingArea,
): RestoredTree | undefined {
  const root = area.newPath();
  try {
    using sink = writeTree(root);
    for (const [path, { source, executable }] of sources) {
      sink.begin(path, executable);
      for (const chunk of readChunks(source)) sink.write(chunk);
      sink.end();
    }
  } catch (error) {
    // A source file is damaged or unreadable: the next origin is tried. STORE errors concern the staging directory.
    if (error instanceof AttuneError && error.family !== 'STORE') return undefined;
    throw error;
  }
  const actual = fingerprint(directoryTree(root));
  return formatDigest(actual.checksum) === release.checksum ? { root, fingerprint: actual } : undefined;
}

/** Returns true if the cache lists the content, which is verified only when it is restored. */
export async function isCached({ checksum }: RecordedRelease, runtime: Runtime): Promise<boolean> {
  const cache = new ContentCache(join(runtime.paths.cache, 'contents'), await runtime.downloads());
  return cache.find(parseDigest(checksum)) !== undefined;
}

export async function restoreFromCache(
  { checksum }: RecordedRelease,
  area: StagingArea,
  runtime: Runtime,
): Promise<RestoredTree | undefined> {
  const restored = await restoreContent(parseDigest(checksum), area, runtime);
  return restored && { root: restored.pack.root, fingerprint: restored.fingerprint };
}

/**
 * Downloads a release again: from its registry by version, then from the recorded source URL.
 * @throws ContentUnavailable
 */
export async function downloadAgain(
  release: RecordedRelease,
  area: StagingArea,
  runtime: Runtime,
): Promise<RestoredTree> {
  const failures: AttuneError[] = [];
  for (const fetch of [fetchFromRegistry, fetchFromRecordedSource]) {
    try {
      const staged = await fetch(release, area, runtime);
      if (staged === undefined) continue;
      const actual = formatDigest(staged.fingerprint.checksum);
      if (actual === release.checksum) return { root: staged.pack.root, fingerprint: staged.fingerprint };
      throw new SourceContentChanged(staged.provenance.url, release.checksum, actual);
    } catch (error) {
      if (!(error instanceof AttuneError) || error.family === 'STORE') throw error;
      failures.push(error);
    }
  }
  throw new ContentUnavailable(release, failures);
}

async function fetchFromRegistry({ ref, version, registry }: RecordedRelease, area: StagingArea, runtime: Runtime) {
  const registries = registry === null ? undefined : await runtime.registries();
  if (registry === null || !registries?.chosen().some(({ name }) => name === registry)) return undefined;
  const found = await registries.find(ref, { registry });
  const release = found?.versions.find((one) => one.version === version)?.release;
  if (release === undefined) return undefined;
  return stageEntry({ ref, version, registry, sources: release.installSources }, false, area, runtime);
}

function fetchFromRecordedSource(release: RecordedRelease, area: StagingArea, runtime: Runtime) {
  const { source_type: type, checksum } = release;
  return stagePack(toSourceRequest(release), type === 'archive' ? undefined : parseDigest(checksum), area, runtime);
}

function toSourceRequest(release: RecordedRelease): SourceRequest {
  const { source_type: type, source_url: source, source_ref: ref, source_commit: commit } = release;
  const url = new SafeUrl(source);
  switch (type) {
    case 'git':
      return { kind: 'git', url, refSpec: commit ?? ref ?? undefined };
    case 'archive': {
      const archive = release.archive_checksum;
      return { kind: 'archive', url, expected: archive === null ? undefined : parseDigest(archive) };
    }
    case 'directory':
      return { kind: 'path', path: source, expected: undefined };
  }
}
