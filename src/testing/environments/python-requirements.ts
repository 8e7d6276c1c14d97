import { posix } from 'node:path';
import { inspect, inspectTarget, listDirectory } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { pathInside } from '../workspace/copy-pack.ts';
import { invalidRequirements } from './environment-error.ts';

/** Where a pack says what its Python programs and their tests need; all that are there count. */
const PLACES = ['requirements.txt', 'requirements-test.txt', 'tests/requirements.txt', 'tests/requirements-test.txt'];
/** Wheels that a pack brings along. */
export const WHEELS = 'wheels';

/** What pip is asked for. Paths are relative to the pack, with `/`. */
export interface PythonRequirements {
  /** Named to pip. */
  readonly files: readonly string[];
  /** Everything that is read for it, by its path: those files, and what they name with `-r` and `-c`. */
  readonly contents: ReadonlyMap<string, string>;
  /** The wheels in the pack, by name. */
  readonly wheels: readonly string[];
}

/**
 * The requirements of a pack; `undefined` where it has none.
 * @param root of the pack, absolute
 * @throws EnvironmentError that lists every line that names something in the pack in place of a package
 */
export function readPythonRequirements(root: string): PythonRequirements | undefined {
  const contents = new Map<string, string>();
  const problems: string[] = [];
  const files = PLACES.filter((path) => kindIn(root, path) === 'file');
  for (const file of files) gather(root, file, contents, problems);
  if (problems.length > 0)
    throw invalidRequirements(
      problems,
      `Put wheels into the pack's directory ${WHEELS}/ and name them as any package.`,
    );
  const asked = [...contents.values()].some((content) => linesOf(content).length > 0);
  return asked ? { files, contents, wheels: wheelsOf(root) } : undefined;
}

function gather(root: string, path: string, contents: Map<string, string>, problems: string[]): void {
  if (contents.has(path)) return;
  const content = readFile(pathInside(root, path) as string).toString('utf8');
  contents.set(path, content);
  for (const { text, number } of linesOf(content)) {
    const at = `${path}:${number}: '${text}'`;
    const [, included] = /^(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)/.exec(text) ?? [];
    if (included === undefined) {
      const problem = problemOf(text);
      if (problem !== undefined) problems.push(`${at} ${problem}`);
      continue;
    }
    if (/^[a-z]+:\/\//i.test(included)) continue;
    const target = posix.join(posix.dirname(path), included);
    if (pathInside(root, target) === undefined) problems.push(`${at} leads out of the pack`);
    else if (kindIn(root, target) !== 'file') problems.push(`${at} names a file that is not there`);
    else gather(root, target, contents, problems);
  }
}

/** The environment outlives the files that it is made of, and is known by the requirements alone. */
function problemOf(line: string): string | undefined {
  if (/^(-e|--editable)\b/.test(line)) return 'is editable: an environment cannot lead back into a pack';
  if (/^(\.{0,2}[\\/]|file:|[a-z]:\\)/i.test(line) || /@\s*(file:|\.{0,2}\/)/i.test(line))
    return 'names a file or a directory of the pack';
  return undefined;
}

/** Without comments and empty lines; a line that ends with a backslash goes on in the next. */
function linesOf(content: string): { text: string; number: number }[] {
  return content
    .replace(/^\u{feff}/u, '')
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.replace(/(^|\s)#.*$/, '').trim(), number: index + 1 }))
    .filter(({ text }) => text !== '');
}

function wheelsOf(root: string): string[] {
  if (kindIn(root, WHEELS) !== 'directory') return [];
  return listDirectory(pathInside(root, WHEELS) as string)
    .filter(({ kind, name }) => kind === 'file' && /\.(whl|tar\.gz|zip)$/i.test(name))
    .map(({ name }) => name)
    .sort();
}

/** A link in a pack is no file of it. */
function kindIn(root: string, path: string): string | undefined {
  const absolute = pathInside(root, path);
  if (absolute === undefined || inspectTarget(absolute) === undefined) return undefined;
  return inspect(absolute)?.kind;
}
