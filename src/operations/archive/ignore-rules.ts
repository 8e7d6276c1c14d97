import { join } from 'node:path';
import createIgnore from 'ignore';
import { AttuneError } from '../../errors.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';

/** The file with the patterns of what is not published, in the syntax of `.gitignore`. */
export const IGNORE_FILE = '.attuneignore';

/** Larger than any list of patterns; each one is compared with each file. */
const MAX_BYTES = 64 * 1024;

class InvalidIgnoreFile extends AttuneError {
  constructor(path: string, why: string) {
    super('INVALID_IGNORE_FILE', `Cannot use '${path}': ${why}.`, {
      facts: { path },
      hint: 'Write one pattern on each line, in the syntax of .gitignore.',
    });
  }
}

/**
 * Reads the patterns of a pack.
 * @returns reports whether a path, whose parents are not excluded, is excluded
 * @throws InvalidIgnoreFile, FileError
 */
export function readIgnoreRules(root: string): (path: string, isDirectory: boolean) => boolean {
  const path = join(root, IGNORE_FILE);
  const status = inspect(path);
  if (status === undefined) return () => false;
  if (status.kind !== 'file') throw new InvalidIgnoreFile(path, 'it is not a regular file');
  if (status.size > MAX_BYTES) throw new InvalidIgnoreFile(path, `it has more than ${MAX_BYTES} bytes`);
  const content = readFile(path);
  const text = content.toString('utf8');
  if (text.includes('\u{FFFD}')) throw new InvalidIgnoreFile(path, 'it is not UTF-8');
  const rules = createIgnore({ ignorecase: false }).add(text.replace(/^\u{FEFF}/u, ''));
  return (relative, isDirectory) => rules.ignores(isDirectory ? `${relative}/` : relative);
}
