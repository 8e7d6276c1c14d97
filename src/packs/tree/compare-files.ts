import { compareCodePoints } from './order.ts';
import type { Anomaly, SurveyedFile, TreeSurvey } from './survey.ts';

/** A file as it was recorded when its pack was installed. */
export type RecordedFile = SurveyedFile;

/**
 * - `changed`: its content is another, or something else stands in its place
 * - `missing`: nothing stands there
 * - `extra`: it was not recorded
 * - `mode_changed`: the content is right and the mode is not
 * - `unreadable`: there is no telling
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
  /** What was recorded; `null` for what was not. */
  readonly expected: FileState | null;
  /** The file that is there; `null` where there is none, or none that could be read. */
  readonly actual: FileState | null;
  /** What is there instead, or why it cannot be read. */
  readonly reason: string | null;
}

/**
 * How a directory differs from what was recorded of it, by path.
 * @param modes whether they count: not every system has them
 */
export function compareFiles(survey: TreeSurvey, recorded: readonly RecordedFile[], modes: boolean): FileDifference[] {
  const actual = new Map(survey.files.map((file) => [file.path, file]));
  const odd = new Map(survey.anomalies.map((oddity) => [oddity.path, oddity]));
  const known = new Set(recorded.map(({ path }) => path));
  const unreadable = survey.anomalies.filter(({ kind }) => kind === 'unreadable');
  const differences = [
    ...recorded.flatMap((file) => {
      const oddity = odd.get(file.path) ?? unreadable.find(({ path }) => isBelow(file.path, path));
      return judge(file, actual.get(file.path), oddity, survey.directories, modes) ?? [];
    }),
    ...survey.files.filter(({ path }) => !known.has(path)).map(extraFile),
    ...survey.anomalies.filter(({ path }) => !known.has(path)).map(extraOddity),
  ];
  return differences.sort((one, other) => compareCodePoints(one.path, other.path));
}

function isBelow(path: string, directory: string): boolean {
  return directory === '.' || path.startsWith(`${directory}/`);
}

function judge(
  file: RecordedFile,
  actual: SurveyedFile | undefined,
  oddity: Anomaly | undefined,
  directories: ReadonlySet<string>,
  modes: boolean,
): FileDifference | undefined {
  const { path } = file;
  const expected = stateOf(file);
  if (actual !== undefined) {
    const same = actual.sha256 === file.sha256 && actual.size === file.size;
    if (same && (!modes || actual.mode === file.mode)) return undefined;
    const difference = same ? 'mode_changed' : 'changed';
    return { path, difference, expected, actual: stateOf(actual), reason: null };
  }
  if (oddity !== undefined) {
    const difference = oddity.kind === 'unreadable' ? 'unreadable' : 'changed';
    return { path, difference, expected, actual: null, reason: oddity.what };
  }
  if (directories.has(path)) return { path, difference: 'changed', expected, actual: null, reason: 'a directory' };
  return { path, difference: 'missing', expected, actual: null, reason: null };
}

function extraFile(file: SurveyedFile): FileDifference {
  return { path: file.path, difference: 'extra', expected: null, actual: stateOf(file), reason: null };
}

function extraOddity({ path, kind, what }: Anomaly): FileDifference {
  const difference = kind === 'unreadable' ? 'unreadable' : 'extra';
  return { path, difference, expected: null, actual: null, reason: what };
}

function stateOf({ size, sha256, mode }: SurveyedFile): FileState {
  return { size, sha256, mode: mode.toString(8).padStart(4, '0') };
}
