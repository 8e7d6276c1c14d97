/**
 * A survey of everything in a directory that should contain a pack. `directoryTree` throws for a link, a special file or
 * an unreadable file; a survey reports all of them together with the valid files, to diagnose a damaged pack.
 */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { type DirectoryEntry, inspect, linkTarget, listDirectory } from '../../platform/files/inspect.ts';
import { permissionsOf } from '../../platform/files/permissions.ts';
import { readChunks } from '../../platform/files/read.ts';
import { runAtOnce, type Steps } from '../../platform/interruptible.ts';
import type { Digest } from '../digest.ts';
import { type Fingerprint, fingerprint, fingerprintSteps } from './checksum.ts';
import { isGenerated } from './generated.ts';
import type { TreeFile } from './tree.ts';

export interface SurveyedFile {
  readonly path: string;
  readonly size: number;
  /** The digest of the content. */
  readonly sha256: string;
  /** The twelve permission bits. */
  readonly mode: number;
}

/** An entry that is not a readable regular file. */
export interface Anomaly {
  readonly path: string;
  /** `git` is any entry named `.git`; `name` is a name that is not UTF-8. */
  readonly kind: 'link' | 'special' | 'git' | 'name' | 'unreadable';
  /** A description for messages: the target of a link, or why the entry cannot be read. */
  readonly description: string;
}

export interface TreeSurvey {
  readonly files: readonly SurveyedFile[];
  readonly anomalies: readonly Anomaly[];
  readonly directories: ReadonlySet<string>;
  /** The paths that interpreters wrote next to code, and that were not recorded. They are neither files nor anomalies. */
  readonly generated: readonly string[];
  /** The checksum of `files`; `undefined` when there are anomalies. */
  readonly checksum: Digest | undefined;
}

/**
 * Reads everything below a directory once. Links are not followed, and anomalies are reported instead of thrown.
 * @param recorded the paths that were installed; all other files that interpreters write are only listed
 * @param onFile is called after each file that was read
 */
export function surveyTree(root: string, recorded: ReadonlySet<string>, onFile?: () => void): TreeSurvey {
  return runAtOnce(surveySteps(root, recorded, onFile));
}

/** Reads everything below a directory like `surveyTree`, in steps. */
export function* surveySteps(
  root: string,
  recorded: ReadonlySet<string>,
  onFile: () => void = () => {},
): Steps<TreeSurvey> {
  const found: Found = { files: [], anomalies: [], directories: new Set() };
  walk(root, '', found);
  const isExtra = ({ path }: FoundFile) => !recorded.has(path) && isGenerated(path);
  const files = found.files.filter((file) => !isExtra(file));
  const { prints, unreadable } = yield* fingerprintReadable(root, files, onFile);
  const modes = new Map(files.map(({ path, mode }) => [path, mode]));
  const caches = found.anomalies.filter((anomaly) => isUnreadableCache(anomaly, recorded));
  const anomalies = [...found.anomalies.filter((anomaly) => !caches.includes(anomaly)), ...unreadable];
  return {
    files: prints.files.map(({ path, size, sha256 }) => ({ path, size, sha256, mode: modes.get(path) ?? 0 })),
    anomalies,
    directories: found.directories,
    generated: [...found.files.filter(isExtra), ...caches].map(({ path }) => path),
    checksum: anomalies.length === 0 ? prints.checksum : undefined,
  };
}

/** Another user, such as root, may have run the pack with a umask of 077. A directory with recorded files is not a cache. */
function isUnreadableCache({ path, kind }: Anomaly, recorded: ReadonlySet<string>): boolean {
  if (kind !== 'unreadable' || recorded.has(path) || !isGenerated(`${path}/`)) return false;
  return ![...recorded].some((file) => file.startsWith(`${path}/`));
}

interface FoundFile extends TreeFile {
  readonly mode: number;
}

interface Found {
  readonly files: FoundFile[];
  readonly anomalies: Anomaly[];
  readonly directories: Set<string>;
}

function walk(root: string, prefix: string, found: Found): void {
  const directory = join(root, prefix);
  const entries = recordFailure(prefix.replace(/\/$/, '') || '.', found, () => listDirectory(directory)) ?? [];
  for (const entry of entries) {
    const path = `${prefix}${entry.name}`;
    recordFailure(path, found, () => addEntry(root, path, entry, found));
  }
}

function addEntry(root: string, path: string, { name, kind }: DirectoryEntry, found: Found): void {
  const absolutePath = join(root, path);
  const anomaly = (type: Anomaly['kind'], description: string) =>
    found.anomalies.push({ path, kind: type, description });
  if (name === '.git') anomaly('git', 'an entry named .git');
  else if (!name.isWellFormed() || (name.includes('\u{FFFD}') && inspect(absolutePath) === undefined)) {
    anomaly('name', 'its name is not UTF-8');
  } else if (kind === 'link') anomaly('link', `a symbolic link to '${linkTarget(absolutePath)}'`);
  else if (kind === 'special') anomaly('special', 'a special file (a socket, a pipe or a device)');
  else if (kind === 'file') found.files.push(fileAt(absolutePath, path));
  else {
    found.directories.add(path);
    walk(root, `${path}/`, found);
  }
}

function fileAt(absolutePath: string, path: string): FoundFile {
  const status = inspect(absolutePath);
  const mode = permissionsOf(absolutePath)?.mode ?? 0;
  return {
    path,
    size: status?.size ?? 0,
    executable: status?.executable ?? false,
    mode,
    chunks: () => readChunks(absolutePath),
  };
}

/** Computes one fingerprint of all files. If that fails, tries each file separately to find the unreadable ones. */
function* fingerprintReadable(
  root: string,
  files: readonly FoundFile[],
  onFile: () => void,
): Steps<{ prints: Fingerprint; unreadable: readonly Anomaly[] }> {
  const counted = files.map((file) => ({ ...file, chunks: () => chunksThenNotify(file, onFile) }));
  try {
    return { prints: yield* fingerprintSteps({ location: root, files: counted }), unreadable: [] };
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
  }
  const found: Found = { files: [], anomalies: [], directories: new Set() };
  const readable = files.filter((file) =>
    recordFailure(file.path, found, () => fingerprint({ location: root, files: [file] })),
  );
  if (readable.length === files.length) {
    return { prints: yield* fingerprintSteps({ location: root, files }), unreadable: [] };
  }
  // Another process may be removing the files, so those that were readable may have become unreadable.
  const rest = yield* fingerprintReadable(root, readable, () => {});
  return { prints: rest.prints, unreadable: [...found.anomalies, ...rest.unreadable] };
}

function* chunksThenNotify(file: TreeFile, onFile: () => void): Generator<Uint8Array> {
  yield* file.chunks();
  onFile();
}

/** Returns the result of `work`, or `undefined` after adding its error to the anomalies. */
function recordFailure<T>(path: string, found: Found, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    found.anomalies.push({ path, kind: 'unreadable', description: error.message });
    return undefined;
  }
}
