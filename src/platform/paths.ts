import { join, resolve } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { Environment } from './environment.ts';

/** The three directories that attune keeps things in, absolute (SPEC section 6). */
export interface Paths {
  readonly data: string;
  readonly cache: string;
  readonly config: string;
}

/** @param dataDirectory what `--data-dir` says, if it was given */
export function resolvePaths(environment: Environment, dataDirectory?: string): Paths {
  const { variables, homeDirectory, windows, workingDirectory } = environment;
  const local = variables['LOCALAPPDATA'] || join(homeDirectory, 'AppData', 'Local');
  const place = (own: string, xdg: string, unix: string, win: string) => {
    const chosen = variables[own];
    if (chosen) return resolve(workingDirectory, chosen);
    const base = variables[xdg];
    if (base) return resolve(workingDirectory, base, 'attune');
    return windows ? join(local, 'attune', win) : join(homeDirectory, unix, 'attune');
  };
  return {
    data: dataDirectory
      ? resolve(workingDirectory, dataDirectory)
      : place('ATTUNE_DATA_DIR', 'XDG_DATA_HOME', '.local/share', ''),
    cache: place('ATTUNE_CACHE_DIR', 'XDG_CACHE_HOME', '.cache', 'cache'),
    config: place('ATTUNE_CONFIG_DIR', 'XDG_CONFIG_HOME', '.config', 'config'),
  };
}

/** Where the configuration is, if there is one. */
export function configFile(paths: Paths): string {
  return join(paths.config, 'config.yaml');
}

/** No path at all, as `"$UNSET"` in a script gives. It must not come to mean the working directory. */
export class EmptyPath extends AttuneError {
  constructor() {
    super('USAGE', "'' is no path: it is empty.", { hint: 'Name a path; the working directory is a dot.' });
  }
}

/**
 * A path as a person may type it: `~` is the home directory, the rest is relative to where they stand.
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
