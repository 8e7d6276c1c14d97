import { isAbsolute, join, resolve } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { Environment } from './environment.ts';

/** The three directories of attune as absolute paths (SPEC section 6). */
export interface Paths {
  readonly data: string;
  readonly cache: string;
  readonly config: string;
}

/**
 * Resolves the directories of attune.
 * @param dataDirectory the value of `--data-dir`
 * @param warn receives a warning for each XDG variable that is ignored because its path is relative
 */
export function resolvePaths(environment: Environment, dataDirectory?: string, warn?: (text: string) => void): Paths {
  const { variables, homeDirectory, windows } = environment;
  const local = variables['LOCALAPPDATA'] || join(homeDirectory, 'AppData', 'Local');
  const directory = (variable: string, xdgVariable: string, unixDefault: string, windowsDefault: string) => {
    const chosen = variables[variable];
    if (chosen) return expandPath(chosen, environment);
    const base = variables[xdgVariable];
    if (base && isAbsolute(base)) return join(base, 'attune');
    if (base) warn?.(`${xdgVariable} is ignored, because its path '${base}' is not absolute.`);
    return windows ? join(local, 'attune', windowsDefault) : join(homeDirectory, unixDefault, 'attune');
  };
  return {
    data: dataDirectory
      ? expandPath(dataDirectory, environment)
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

/** Replaces a leading `~` by the home directory; returns any other text, such as a URL, unchanged. */
export function expandHome(text: string, { homeDirectory, windows }: Environment): string {
  if (text === '~') return homeDirectory;
  return text.startsWith('~/') || (windows && text.startsWith('~\\')) ? join(homeDirectory, text.slice(2)) : text;
}

/**
 * Resolves a path from user input: `~` is the home directory, and other paths are relative to the working directory.
 * @throws EmptyPath
 */
export function expandPath(path: string, environment: Environment): string {
  if (path === '') throw new EmptyPath();
  return resolve(environment.workingDirectory, expandHome(path, environment));
}
