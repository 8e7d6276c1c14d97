import { join, resolve } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { inspectTarget, realPath } from '../../../platform/files/inspect.ts';
import { readStart } from '../../../platform/files/read.ts';
import { UnsupportedRepository } from '../repository.ts';

/** An object that was not found, possibly because an alternate directory is missing. */
export class MissingAlternate extends AttuneError {
  constructor(id: string, alternates: readonly string[]) {
    const lines = alternates.map((path) => `\n  ${path}`).join('');
    super(
      'INVALID_GIT_REPOSITORY',
      `The git repository has no object ${id}, and alternate directories that it borrows objects from (objects/info/alternates) are missing:${lines}`,
      {
        facts: { object: id, alternates },
        hint: 'Mount or restore the missing directories, or clone the repository again.',
      },
    );
  }
}

export interface ObjectDirectories {
  /** Existing directories without duplicates, the repository's own first. */
  readonly found: readonly string[];
  /** Listed paths that are not directories. */
  readonly missing: readonly string[];
}

/** The limit of git itself. */
const MAX_DEPTH = 5;
const MAX_DIRECTORIES = 50;
const MAX_LIST_BYTES = 64 * 1024;

/**
 * Returns the directories that contain a repository's objects: its own and its alternates, which may have alternates in
 * turn (gitrepository-layout, "objects/info/alternates"). All objects are hashed when they are read, so a wrong directory
 * can at worst lack an object.
 * @param location the repository's path, for messages
 * @param own the repository's `objects` directory
 * @throws UnsupportedRepository when there are too many alternates
 */
export function objectDirectories(location: string, own: string): ObjectDirectories {
  const found: string[] = [];
  const missing = new Set<string>();
  const visited = new Set<string>();
  const queue = [{ path: own, depth: 0 }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { path, depth } = next;
    if (inspectTarget(path)?.kind !== 'directory') {
      missing.add(path);
      continue;
    }
    const real = realPath(path);
    if (visited.has(real)) continue;
    visited.add(real);
    if (depth > MAX_DEPTH || visited.size > MAX_DIRECTORIES) {
      throw new UnsupportedRepository(location, 'it borrows objects from too many others (objects/info/alternates)');
    }
    found.push(path);
    queue.push(...readAlternates(location, path).map((alternate) => ({ path: alternate, depth: depth + 1 })));
  }
  return { found, missing: [...missing] };
}

/** Reads a list of paths, one a line, relative to the `objects` directory. Lines that begin with `#` are comments. */
function readAlternates(location: string, objects: string): string[] {
  const file = join(objects, 'info', 'alternates');
  const status = inspectTarget(file);
  if (status === undefined) return [];
  if (status.kind !== 'file' || status.size > MAX_LIST_BYTES) {
    throw new UnsupportedRepository(location, `its '${file}' is not a list of directories`);
  }
  return readStart(file, MAX_LIST_BYTES)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('\0'))
    .map((line) => resolve(objects, unquote(line)));
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Decodes a path that git has quoted as a C string because of unusual characters. Octal escapes are bytes of UTF-8. */
function unquote(line: string): string {
  if (!/^".*"$/.test(line)) return line;
  const bytes = Buffer.from(line.slice(1, -1)).toString('latin1');
  const plain = bytes.replace(/\\([0-3][0-7]{2}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
  );
  return Buffer.from(plain, 'latin1').toString('utf8');
}
