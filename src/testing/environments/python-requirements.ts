import { posix } from 'node:path';
import { listDirectory } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { kindInside, resolveInside } from '../workspace/pack-paths.ts';
import { invalidRequirements } from './environment-error.ts';

/** The files that list the Python dependencies of a pack and its tests. All existing ones are used. */
const REQUIREMENTS_FILES = [
  'requirements.txt',
  'requirements-test.txt',
  'tests/requirements.txt',
  'tests/requirements-test.txt',
];
/** The directory of a pack for wheels. */
export const WHEELS_DIRECTORY = 'wheels';

/** The input of pip. Paths are relative to the pack, with `/`. */
export interface PythonRequirements {
  /** The files that are passed to pip. */
  readonly files: readonly string[];
  /** The content by path of those files and of all files that they include with `-r` and `-c`. */
  readonly contents: ReadonlyMap<string, string>;
  /** The file names of the wheels in the pack, sorted. */
  readonly wheels: readonly string[];
}

/**
 * Reads the Python requirements of a pack; `undefined` if it has none.
 * @param root the root of the pack, absolute
 * @throws EnvironmentError that lists every line that refers to a path in the pack instead of a package
 */
export function readPythonRequirements(root: string): PythonRequirements | undefined {
  const contents = new Map<string, string>();
  const problems: string[] = [];
  const files = REQUIREMENTS_FILES.filter((path) => kindInside(root, path) === 'file');
  for (const file of files) readIncluded(root, file, contents, problems);
  if (problems.length > 0)
    throw invalidRequirements(
      problems,
      `Put wheels into the pack's directory ${WHEELS_DIRECTORY}/ and list them like any other package.`,
    );
  const hasRequirements = [...contents.values()].some((content) => linesOf(content).length > 0);
  return hasRequirements ? { files, contents, wheels: wheelsOf(root) } : undefined;
}

function readIncluded(root: string, path: string, contents: Map<string, string>, problems: string[]): void {
  if (contents.has(path)) return;
  const content = readFile(resolveInside(root, path) as string).toString('utf8');
  contents.set(path, content);
  for (const { text, number } of linesOf(content)) {
    const location = `${path}:${number}: '${text}'`;
    const [, included] = /^(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)/.exec(text) ?? [];
    if (included === undefined) {
      const problem = problemOf(text);
      if (problem !== undefined) problems.push(`${location} ${problem}`);
      continue;
    }
    if (/^[a-z]+:\/\//i.test(included)) continue;
    const target = posix.join(posix.dirname(path), included);
    if (resolveInside(root, target) === undefined) problems.push(`${location} points outside the pack`);
    else if (kindInside(root, target) !== 'file') problems.push(`${location} refers to a missing file`);
    else readIncluded(root, target, contents, problems);
  }
}

/** Detects local packages. An environment outlives the pack's files and is identified by the requirements alone. */
function problemOf(line: string): string | undefined {
  if (/^(-e|--editable)\b/.test(line)) return 'is editable, but an environment cannot refer to a pack';
  if (/^(\.{0,2}[\\/]|file:|[a-z]:\\)/i.test(line) || /@\s*(file:|\.{0,2}\/)/i.test(line))
    return 'refers to a file or directory of the pack';
  return undefined;
}

/** Returns the lines without comments, empty lines excluded. A continued line yields one item for each physical line. */
function linesOf(content: string): { text: string; number: number }[] {
  return content
    .replace(/^\u{feff}/u, '')
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.replace(/(^|\s)#.*$/, '').trim(), number: index + 1 }))
    .filter(({ text }) => text !== '');
}

function wheelsOf(root: string): string[] {
  if (kindInside(root, WHEELS_DIRECTORY) !== 'directory') return [];
  return listDirectory(resolveInside(root, WHEELS_DIRECTORY) as string)
    .filter(({ kind, name }) => kind === 'file' && /\.(whl|tar\.gz|zip)$/i.test(name))
    .map(({ name }) => name)
    .sort();
}
