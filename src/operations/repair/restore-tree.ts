/**
 * Where the content of a damaged release can be had, the nearest first: its own files, as far as they are right, and those
 * of the other releases that are kept; the cache; the place that it once came from. Whatever it comes from, the recorded
 * checksum of the whole decides whether it is what was installed.
 */
import { join } from 'node:path';
import { writeTree } from '../../archives/write-tree.ts';
import { AttuneError } from '../../errors.ts';
import { formatDigest, parseDigest } from '../../packs/digest.ts';
import { fingerprint } from '../../packs/tree/checksum.ts';
import type { RecordedFile } from '../../packs/tree/compare-files.ts';
import { directoryTree } from '../../packs/tree/directory-tree.ts';
import { inspect, readChunks } from '../../platform/files/read.ts';
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
import type { ExaminedRelease } from './verify-packs.ts';

/**
 * - `itself`: every file that was installed is still there, somewhere below it
 * - `kept`: with files of other releases that are kept
 * - `cache`
 * - `source`: from where it was installed
 */
export type RestoredFrom = 'itself' | 'kept' | 'cache' | 'source';

/** Where each file of a release can be copied from. */
export type Pieces = ReadonlyMap<string, { readonly place: string; readonly executable: boolean }>;

/** Nothing that was tried gave the content that was installed. */
export class NothingToRestoreFrom extends AttuneError {
  constructor({ ref, version, checksum }: RecordedRelease, failures: readonly AttuneError[]) {
    const lines = failures.map(({ message }) => `  ${message.replaceAll('\n', '\n  ')}`);
    super(
      failures.find(({ family }) => family === 'NETWORK')?.code ?? failures.at(-1)?.code ?? 'NOT_FOUND_CONTENT',
      [`The files of ${ref} ${version} as they were installed are neither here nor to be had:`, ...lines].join('\n'),
      {
        facts: { ref, version, checksum, causes: failures.map(({ code, message }) => ({ code, message })) },
        hint: `Install another version with: attune pack upgrade ${ref}; or one that you have with: attune pack install SOURCE --force`,
        cause: failures[0],
      },
    );
  }
}

class OtherContent extends AttuneError {
  constructor(place: string, expected: string, actual: string) {
    super('INTEGRITY_CHECKSUM', `${place} has other files now.\n  expected: ${expected}\n  actual:   ${actual}`, {
      facts: { expected, actual },
    });
  }
}

/** Whether the files are all still on this disk, in the release itself or in others that are kept. */
export function findPieces(
  examined: ExaminedRelease,
  survey: StoreSurvey,
): { pieces: Pieces; from: RestoredFrom } | undefined {
  const { release, recorded, verdict } = examined;
  const usable = survey.whyNoTree(release) === undefined;
  const spoiled = new Set(
    verdict.details
      .filter(({ difference }) => difference !== 'mode_changed' && difference !== 'extra')
      .map(({ path }) => path),
  );
  const others = siblingsOf(release, survey);
  const pieces = new Map<string, { place: string; executable: boolean }>();
  let from: RestoredFrom = 'itself';
  for (const file of recorded) {
    const own = usable && !spoiled.has(file.path);
    const place = own ? join(survey.directoryOf(release), file.path) : others(file);
    if (place === undefined) return undefined;
    if (!own) from = 'kept';
    pieces.set(file.path, { place, executable: (file.mode & 0o100) !== 0 });
  }
  return { pieces, from };
}

/** Where other kept releases of the pack have a file with the same content, by their records. */
function siblingsOf(release: RecordedRelease, survey: StoreSurvey): (file: RecordedFile) => string | undefined {
  const byContent = new Map<string, string[]>();
  for (const other of survey.releases(release.ref)) {
    if (other.id === release.id || survey.whyNoTree(other) !== undefined) continue;
    for (const { sha256, path } of survey.files(other)) {
      const place = join(survey.directoryOf(other), path);
      byContent.set(sha256, [...(byContent.get(sha256) ?? []), place]);
    }
  }
  return ({ sha256, size }) =>
    byContent.get(sha256)?.find((place) => {
      const status = inspect(place);
      return status?.kind === 'file' && status.size === size;
    });
}

/** Puts a tree together from files of this disk. @returns `undefined` where the whole is not what was installed */
export function assemble(release: RecordedRelease, pieces: Pieces, area: StagingArea): RestoredTree | undefined {
  const root = area.newPath();
  try {
    using sink = writeTree(root);
    for (const [path, { place, executable }] of pieces) {
      sink.begin(path, executable);
      for (const chunk of readChunks(place)) sink.write(chunk);
      sink.end();
    }
  } catch (error) {
    // A file of another release that is damaged itself; what cannot be written is told by whoever tries next.
    if (error instanceof AttuneError && error.family !== 'STORE') return undefined;
    throw error;
  }
  const prints = fingerprint(directoryTree(root));
  return formatDigest(prints.checksum) === release.checksum ? { root, fingerprint: prints } : undefined;
}

/** Whether the cache says that it has the content; it is believed when it comes out. */
export async function isCached({ checksum }: RecordedRelease, runtime: Runtime): Promise<boolean> {
  const cache = new ContentCache(join(runtime.paths.cache, 'contents'), await runtime.downloads());
  return cache.find(parseDigest(checksum)) !== undefined;
}

export async function takeFromCache(
  { checksum }: RecordedRelease,
  area: StagingArea,
  runtime: Runtime,
): Promise<RestoredTree | undefined> {
  const restored = await restoreContent(parseDigest(checksum), area, runtime);
  return restored && { root: restored.pack.root, fingerprint: restored.fingerprint };
}

/**
 * From the registry that it came from, by its version, and then from the very address that was recorded.
 * @throws NothingToRestoreFrom
 */
export async function fetchAgain(release: RecordedRelease, area: StagingArea, runtime: Runtime): Promise<RestoredTree> {
  const failures: AttuneError[] = [];
  for (const fetch of [fromRegistry, fromRecordedSource]) {
    try {
      const staged = await fetch(release, area, runtime);
      if (staged === undefined) continue;
      const actual = formatDigest(staged.fingerprint.checksum);
      if (actual === release.checksum) return { root: staged.pack.root, fingerprint: staged.fingerprint };
      throw new OtherContent(staged.provenance.url, release.checksum, actual);
    } catch (error) {
      if (!(error instanceof AttuneError) || error.family === 'STORE') throw error;
      failures.push(error);
    }
  }
  throw new NothingToRestoreFrom(release, failures);
}

async function fromRegistry({ ref, version, registry }: RecordedRelease, area: StagingArea, runtime: Runtime) {
  const registries = registry === null ? undefined : await runtime.registries();
  if (registry === null || !registries?.chosen().some(({ name }) => name === registry)) return undefined;
  const found = await registries.find(ref, { registry });
  const release = found?.versions.find((one) => one.version === version)?.release;
  if (release === undefined) return undefined;
  return stageEntry({ ref, version, registry, sources: release.installSources }, false, area, runtime);
}

function fromRecordedSource(release: RecordedRelease, area: StagingArea, runtime: Runtime) {
  const { source_type: type, checksum } = release;
  return stagePack(recordedSource(release), type === 'archive' ? undefined : parseDigest(checksum), area, runtime);
}

function recordedSource(release: RecordedRelease): SourceRequest {
  const { source_type: type, source_url: place, source_ref: ref, source_commit: commit } = release;
  const url = new SafeUrl(place);
  switch (type) {
    case 'git':
      return { kind: 'git', url, refSpec: commit ?? ref ?? undefined };
    case 'archive': {
      const archive = release.archive_checksum;
      return { kind: 'archive', url, expected: archive === null ? undefined : parseDigest(archive) };
    }
    case 'directory':
      return { kind: 'path', path: place, expected: undefined };
  }
}
