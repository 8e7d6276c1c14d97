import { join, resolve } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { Environment } from './environment.ts';

/** The three directories of attune as absolute paths (SPEC section 6). */
export interface Paths {
  readonly data: string;
  readonly cache: string;
  readonly config: string;
}

/** Resolves the directories of attune. @param dataDirectory the value of `--data-dir` */
export function resolvePaths(environment: Environment, dataDirectory?: string): Paths {
  const { variables, homeDirectory, windows, workingDirectory } = environment;
  const local = variables['LOCALAPPDATA'] || join(homeDirectory, 'AppData', 'Local');
  const directory = (variable: string, xdgVariable: string, unixDefault: string, windowsDefault: string) => {
    const chosen = variables[variable];
    if (chosen) return resolve(workingDirectory, chosen);
    const base = variables[xdgVariable];
    if (base) return resolve(workingDirectory, base, 'attune');
    return windows ? join(local, 'attune', windowsDefault) : join(homeDirectory, unixDefault, 'attune');
  };
  return {
    data: dataDirectory
      ? resolve(workingDirectory, dataDirectory)
      : directory('ATTUNE_DATA_DIR', 'XDG_DATA_HOME', '.local/share', ''),
    cache: directory('ATTUNE_CACHE_DIR', 'XDG_CACHE_HOME', '.cache', 'cache'),
    config: directory('ATTUNE_CONFIG_DIR', 'XDG_CONFIG_HOME', '.config', 'config'),
  };
}

/** Returns the path of the configuration file, which may not exist. */
export function configFile(paths: Paths): string {
  return join(paths.config, 'settings.yaml');
}

/** An empty path, such as `"$UNSET"` in a script. It must not be taken for the working directory. */
export class EmptyPath extends AttuneError {
  constructor() {
    super('USAGE', "'' is not a valid path: it is empty.", {
      hint: "Name a path; the working directory is '.'.",
    });
  }
}

/**
 * Resolves a path from user input: `~` is the home directory, and other paths are relative to the working directory.
 * @throws EmptyPath
 */
export function expandPath(path: string, environment: Environment): string {
  if (path === '') throw new EmptyPath();
  const { homeDirectory, workingDirectory } = environment;
  if (path === '~') return homeDirectory;
  if (path.startsWith('~/') || (environment.windows && path.startsWith('~\\'))) {
    return join(homeDirectory, path.slice(2));
  }
  return resolve(workingDirectory, path);
}
