import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, extname, isAbsolute, join } from 'node:path';

/**
 * Returns the absolute path of a program on a `PATH`, or `undefined`. The working directory is not searched, not even on
 * Windows.
 */
export function findProgram(program: string, path: string | undefined): string | undefined {
  if (isAbsolute(program)) return isExecutable(program) ? program : undefined;
  const extensions = process.platform === 'win32' ? windowsExtensions(program) : [''];
  for (const directory of (path ?? '').split(delimiter).filter(Boolean)) {
    for (const extension of extensions) {
      const candidate = join(directory, program + extension);
      if (isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

function windowsExtensions(program: string): string[] {
  const known = (process.env['PATHEXT'] || '.COM;.EXE;.BAT;.CMD').split(';');
  return extname(program) ? ['', ...known] : known;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
