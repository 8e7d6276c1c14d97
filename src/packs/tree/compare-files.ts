import { isWrittenLater } from './generated.ts';
import { compareCodePoints } from './order.ts';
import type { Anomaly, SurveyedFile, TreeSurvey } from './survey.ts';

const WRITE_BITS = 0o222;

/** A file as recorded when its pack was installed. */
export type RecordedFile = SurveyedFile;

/**
 * - `changed`: the content differs, or the path is no longer a file
 * - `missing`: the path does not exist
 * - `extra`: the path was not recorded
 * - `mode_changed`: only the mode differs, by more than removed write permissions
 * - `unreadable`: the path cannot be read
 */
export type Difference = 'changed' | 'missing' | 'extra' | 'mode_changed' | 'unreadable';

export interface FileState {
  readonly size: number;
  readonly sha256: string;
  /** Octal, four digits: `0644`. */
  readonly mode: string;
}

export interface FileDifference {
  readonly path: string;
  readonly difference: Difference;
  /** The recorded file; `null` if none was recorded. */
  readonly expected: FileState | null;
  /** The existing file; `null` if there is none, or if it cannot be read. */
  readonly actual: FileState | null;
  /** What exists instead of the file, or why it cannot be read. */
  readonly reason: string | null;
}

export interface Comparison {
  /** Sorted by path. */
  readonly differences: readonly FileDifference[];
  /** The paths that interpreters have written since the installation, sorted. They do not count as differences. */
  readonly generated: readonly string[];
}

/**
 * Compares a directory with its recorded files.
 * @param modes whether to compare modes, which not every system has
 */
export function compareFiles(survey: TreeSurvey, recorded: readonly RecordedFile[], modes: boolean): Comparison {
  const actual = new Map(survey.files.map((file) => [file.path, file]));
  const anomalies = new Map(survey.anomalies.map((anomaly) => [anomaly.path, anomaly]));
  const known = new Set(recorded.map(({ path }) => path));
  const unreadable = survey.anomalies.filter(({ kind }) => kind === 'unreadable');
  const all = [
    ...recorded.flatMap((file) => {
      const anomaly = anomalies.get(file.path) ?? unreadable.find(({ path }) => isBelow(file.path, path));
      return compareFile(file, actual.get(file.path), anomaly, survey.directories, modes) ?? [];
    }),
    ...survey.files.filter(({ path }) => !known.has(path)).map(extraFile),
    ...survey.anomalies.filter(({ path }) => !known.has(path)).map(extraAnomaly),
  ];
  // A recorded file that is missing or no longer a file was not written by an interpreter.
  const isRewritten = ({ path }: FileDifference) => actual.has(path) && known.has(path) && isWrittenLater(path, known);
  return {
    differences: all.filter((one) => !isRewritten(one)).sort((one, other) => compareCodePoints(one.path, other.path)),
    generated: [...survey.generated, ...all.filter(isRewritten).map(({ path }) => path)].sort(compareCodePoints),
  };
}

function isBelow(path: string, directory: string): boolean {
  return directory === '.' || path.startsWith(`${directory}/`);
}

/** Removed write permissions are no difference: a store may be made read-only, or be on a read-only medium. */
function isSameMode(actual: number, recorded: number): boolean {
  return actual === recorded || ((actual | WRITE_BITS) === (recorded | WRITE_BITS) && (actual & ~recorded) === 0);
}

function compareFile(
  file: RecordedFile,
  actual: SurveyedFile | undefined,
  anomaly: Anomaly | undefined,
  directories: ReadonlySet<string>,
  modes: boolean,
): FileDifference | undefined {
  const { path } = file;
  const expected = stateOf(file);
  if (actual !== undefined) {
    const same = actual.sha256 === file.sha256 && actual.size === file.size;
    if (same && (!modes || isSameMode(actual.mode, file.mode))) return undefined;
    const difference = same ? 'mode_changed' : 'changed';
    return { path, difference, expected, actual: stateOf(actual), reason: null };
  }
  if (anomaly !== undefined) {
    const difference = anomaly.kind === 'unreadable' ? 'unreadable' : 'changed';
    return { path, difference, expected, actual: null, reason: anomaly.description };
  }
  if (directories.has(path)) return { path, difference: 'changed', expected, actual: null, reason: 'a directory' };
  return { path, difference: 'missing', expected, actual: null, reason: null };
}

function extraFile(file: SurveyedFile): FileDifference {
  return { path: file.path, difference: 'extra', expected: null, actual: stateOf(file), reason: null };
}

function extraAnomaly({ path, kind, description }: Anomaly): FileDifference {
  const difference = kind === 'unreadable' ? 'unreadable' : 'extra';
  return { path, difference, expected: null, actual: null, reason: description };
}

function stateOf({ size, sha256, mode }: SurveyedFile): FileState {
  return { size, sha256, mode: mode.toString(8).padStart(4, '0') };
}
