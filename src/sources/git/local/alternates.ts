import { join, resolve } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { inspectTarget, readStart, realPath } from '../../../platform/files/read.ts';
import { UnsupportedRepository } from '../repository.ts';

/** An object that is not there, and may be in a place that is not there. */
export class MissingAlternate extends AttuneError {
  constructor(id: string, alternates: readonly string[]) {
    const lines = alternates.map((path) => `\n  ${path}`).join('');
    super(
      'INVALID_GIT_REPOSITORY',
      `The git repository has no object ${id}, and what it borrows objects from (objects/info/alternates) is not there:${lines}`,
      {
        facts: { object: id, alternates },
        hint: 'Mount or restore what is missing, or clone the repository anew.',
      },
    );
  }
}

export interface ObjectDirectories {
  /** The repository's own first. Each is there, and there once. */
  readonly found: readonly string[];
  /** What is named and is no directory. */
  readonly missing: readonly string[];
}

/** Git itself goes no deeper. */
const DEEPEST = 5;
const MOST_DIRECTORIES = 50;
const LARGEST_LIST = 64 * 1024;

/**
 * Where a repository's objects are: in its own directory and in those that it borrows from, which may borrow themselves
 * (gitrepository-layout, "objects/info/alternates"). What is found anywhere is hashed before it is believed, so a
 * directory that is not what it should be can do no harm but that something is missing.
 * @param location for messages
 * @param own the repository's `objects`
 * @throws UnsupportedRepository when there is no end to it
 */
export function objectDirectories(location: string, own: string): ObjectDirectories {
  const found: string[] = [];
  const missing = new Set<string>();
  const seen = new Set<string>();
  const left = [{ path: own, depth: 0 }];
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const { path, depth } = next;
    if (inspectTarget(path)?.kind !== 'directory') {
      missing.add(path);
      continue;
    }
    const real = realPath(path);
    if (seen.has(real)) continue;
    seen.add(real);
    if (depth > DEEPEST || seen.size > MOST_DIRECTORIES) {
      throw new UnsupportedRepository(location, 'it borrows objects from too many others (objects/info/alternates)');
    }
    found.push(path);
    left.push(...alternatesOf(location, path).map((alternate) => ({ path: alternate, depth: depth + 1 })));
  }
  return { found, missing: [...missing] };
}

/** One path a line, relative to the directory of objects; lines that begin with `#` are comments. */
function alternatesOf(location: string, objects: string): string[] {
  const file = join(objects, 'info', 'alternates');
  const status = inspectTarget(file);
  if (status === undefined) return [];
  if (status.kind !== 'file' || status.size > LARGEST_LIST) {
    throw new UnsupportedRepository(location, `its '${file}' is no list of directories`);
  }
  return readStart(file, LARGEST_LIST)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('\0'))
    .map((line) => resolve(objects, unquoted(line)));
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Git writes a path with unusual characters as a C string, whose octal numbers are bytes of UTF-8. */
function unquoted(line: string): string {
  if (!/^".*"$/.test(line)) return line;
  const bytes = Buffer.from(line.slice(1, -1)).toString('latin1');
  const plain = bytes.replace(/\\([0-3][0-7]{2}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
  );
  return Buffer.from(plain, 'latin1').toString('utf8');
}
