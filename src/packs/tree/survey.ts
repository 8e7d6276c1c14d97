/**
 * What really stands in a directory that should hold a pack, also where it could not be one: `directoryTree` refuses a
 * link, a pipe or a file that may not be read, and whoever wants to know what has become of a pack has to be told of each
 * of them and of all the rest.
 */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { permissionsOf } from '../../platform/files/permissions.ts';
import { type DirectoryEntry, inspect, linkTarget, listDirectory, readChunks } from '../../platform/files/read.ts';
import type { Digest } from '../digest.ts';
import { type Fingerprint, fingerprint } from './checksum.ts';
import type { TreeFile } from './tree.ts';

export interface SurveyedFile {
  readonly path: string;
  readonly size: number;
  /** Of the content. */
  readonly sha256: string;
  /** The twelve bits of it. */
  readonly mode: number;
}

/** What is there and is no file that could be read. */
export interface Anomaly {
  readonly path: string;
  /** `git` is anything of the name `.git`; `name` a name that is not UTF-8. */
  readonly kind: 'link' | 'special' | 'git' | 'name' | 'unreadable';
  /** In words, for people: where a link leads, why something cannot be read. */
  readonly what: string;
}

export interface TreeSurvey {
  readonly files: readonly SurveyedFile[];
  readonly anomalies: readonly Anomaly[];
  readonly directories: ReadonlySet<string>;
  /** Over all files, where every one could be read and nothing else is there. */
  readonly checksum: Digest | undefined;
}

/**
 * Reads everything below a directory once. No link is followed, and nothing is thrown for what is found.
 * @param onFile is called after each file that was read
 */
export function surveyTree(root: string, onFile: () => void = () => {}): TreeSurvey {
  const found: Found = { files: [], anomalies: [], directories: new Set() };
  walk(root, '', found);
  const { prints, faults } = printsOf(root, found.files, onFile);
  const modes = new Map(found.files.map(({ path, mode }) => [path, mode]));
  const anomalies = [...found.anomalies, ...faults];
  return {
    files: prints.files.map(({ path, size, sha256 }) => ({ path, size, sha256, mode: modes.get(path) ?? 0 })),
    anomalies,
    directories: found.directories,
    checksum: anomalies.length === 0 ? prints.checksum : undefined,
  };
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
  const entries = tolerating(prefix.replace(/\/$/, '') || '.', found, () => listDirectory(directory)) ?? [];
  for (const entry of entries) {
    const path = `${prefix}${entry.name}`;
    tolerating(path, found, () => note(root, path, entry, found));
  }
}

function note(root: string, path: string, { name, kind }: DirectoryEntry, found: Found): void {
  const place = join(root, path);
  const odd = (oddity: Anomaly['kind'], what: string) => found.anomalies.push({ path, kind: oddity, what });
  if (name === '.git') odd('git', 'something named .git');
  else if (!name.isWellFormed() || (name.includes('\u{FFFD}') && inspect(place) === undefined)) {
    odd('name', 'its name is not UTF-8');
  } else if (kind === 'link') odd('link', `a symbolic link to '${linkTarget(place)}'`);
  else if (kind === 'special') odd('special', 'a special file (a socket, a pipe or a device)');
  else if (kind === 'file') found.files.push(fileAt(place, path));
  else {
    found.directories.add(path);
    walk(root, `${path}/`, found);
  }
}

function fileAt(place: string, path: string): FoundFile {
  const status = inspect(place);
  const mode = permissionsOf(place)?.mode ?? 0;
  return {
    path,
    size: status?.size ?? 0,
    executable: status?.executable ?? false,
    mode,
    chunks: () => readChunks(place),
  };
}

/** All at once; where that fails each by itself, so that those that cannot be read are known. */
function printsOf(
  root: string,
  files: readonly FoundFile[],
  onFile: () => void,
): { prints: Fingerprint; faults: readonly Anomaly[] } {
  const counted = files.map((file) => ({ ...file, chunks: () => counting(file, onFile) }));
  try {
    return { prints: fingerprint({ location: root, files: counted }), faults: [] };
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
  }
  const found: Found = { files: [], anomalies: [], directories: new Set() };
  for (const file of files) {
    const print = tolerating(file.path, found, () => fingerprint({ location: root, files: [file] }));
    if (print !== undefined) found.files.push(file);
  }
  return { prints: fingerprint({ location: root, files: found.files }), faults: found.anomalies };
}

function* counting(file: TreeFile, onFile: () => void): Generator<Uint8Array> {
  yield* file.chunks();
  onFile();
}

function tolerating<T>(path: string, found: Found, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    found.anomalies.push({ path, kind: 'unreadable', what: error.message });
    return undefined;
  }
}
