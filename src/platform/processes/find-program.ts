import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, extname, isAbsolute, join } from 'node:path';

/**
 * The absolute path of a program on a `PATH`, or `undefined`. The directory that attune happens to be in does not count,
 * not on Windows either.
 */
export function findProgram(program: string, path: string | undefined): string | undefined {
  if (isAbsolute(program)) return isProgram(program) ? program : undefined;
  const endings = process.platform === 'win32' ? windowsEndings(program) : [''];
  for (const directory of (path ?? '').split(delimiter).filter(Boolean)) {
    for (const ending of endings) {
      const candidate = join(directory, program + ending);
      if (isProgram(candidate)) return candidate;
    }
  }
  return undefined;
}

function windowsEndings(program: string): string[] {
  const known = (process.env['PATHEXT'] || '.COM;.EXE;.BAT;.CMD').split(';');
  return extname(program) ? ['', ...known] : known;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
