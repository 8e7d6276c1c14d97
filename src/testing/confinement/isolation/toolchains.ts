import { dirname, isAbsolute, join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { makeDirectory } from '../../../platform/files/entries.ts';
import { inspect } from '../../../platform/files/inspect.ts';
import { readFile } from '../../../platform/files/read.ts';
import { writeNewFile } from '../../../platform/files/write.ts';
import type { Processes } from '../../../platform/processes/types.ts';
import { buildVariables } from '../../environments/build-variables.ts';
import { searchPath } from '../../workspace/environment-variables.ts';

/** An interpreter as it describes itself, all paths absolute. */
export interface Toolchain {
  /** The program that was found on the `PATH`, which may be a shim of a version manager. */
  readonly found: string;
  readonly executable: string;
  /** The directories of its installation. */
  readonly prefixes: readonly string[];
  /** What it needs of the prefixes that contain other things too, such as `~/.local`. */
  readonly libraries: readonly string[];
}

const PYTHON_QUERY = `
import json, os, sys, sysconfig
paths, names = sysconfig.get_paths(), ['stdlib', 'platstdlib', 'purelib', 'platlib']
library = [sysconfig.get_config_var(name) or '' for name in ['LIBDIR', 'INSTSONAME']]
print(json.dumps([sys.executable, [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix],
                  [paths[name] for name in names] + ([os.path.join(*library)] if all(library) else [])]))
`;
const NODE_QUERY = `
const { dirname, join } = require('node:path');
const prefix = dirname(dirname(process.execPath));
console.log(JSON.stringify([process.execPath, [prefix], [join(prefix, 'lib', 'node_modules')]]));
`;
const RUBY_QUERY =
  "require 'json'; c = RbConfig::CONFIG; puts JSON.dump([RbConfig.ruby, [c['prefix']], [c['rubylibprefix'], c['libdir']]])";

/** The interpreters that runners start, with the arguments that make them describe themselves. */
const QUERIES: readonly (readonly [program: string, ...args: string[]])[] = [
  ['python3', '-I', '-B', '-c', PYTHON_QUERY],
  ['python', '-E', '-B', '-c', PYTHON_QUERY],
  ['node', '-e', NODE_QUERY],
  ['ruby', '-rrbconfig', '-e', RUBY_QUERY],
];

/** The files with which version managers select versions. */
const VERSION_FILES = ['.python-version', '.node-version', '.nvmrc', '.ruby-version', '.tool-versions'];
/** Plain versions. A path would make a version manager start a program of the pack. */
const PLAIN_VERSIONS = /^[\w.+@: \t\r\n#-]{0,4096}$/;

interface ToolchainTools {
  readonly processes: Pick<Processes, 'run' | 'find'>;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Asks the interpreters on the `PATH` where they are installed, outside of the isolation and with the user's environment:
 * shims of version managers need files of the home. They run in a directory with the version files of the pack only.
 * @param pack its root
 * @param directory to be created
 * @param isRelevant returns false for an interpreter that is not needed, or works without further paths
 */
export async function findToolchains(
  pack: string,
  directory: string,
  isRelevant: (program: string, found: string) => boolean,
  { processes, variables }: ToolchainTools,
): Promise<Toolchain[]> {
  makeDirectory(directory);
  for (const name of VERSION_FILES) copyVersionFile(join(pack, name), join(directory, name));
  const answers = QUERIES.map(async ([program, ...args]) => {
    const found = processes.find(program, searchPath(variables));
    if (found === undefined || !isRelevant(program, found)) return undefined;
    const { stdout } = await processes.run({
      command: found,
      args,
      cwd: directory,
      env: buildVariables(variables, directory),
      timeoutMs: 60_000,
      maxOutputBytes: 65_536,
    });
    return parseAnswer(found, stdout);
  });
  return (await Promise.all(answers)).filter((answer) => answer !== undefined);
}

function copyVersionFile(from: string, to: string): void {
  try {
    const status = inspect(from);
    if (status?.kind !== 'file' || status.size > 4096) return;
    const content = readFile(from);
    const text = content.toString('latin1');
    if (PLAIN_VERSIONS.test(text) && !text.includes('..')) writeNewFile(to, content);
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
  }
}

/** Parses the last line, because a version manager may print notes before it. */
function parseAnswer(found: string, stdout: string): Toolchain | undefined {
  try {
    const [executable, prefixes, libraries] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    if (typeof executable !== 'string' || !isAbsolute(executable)) return undefined;
    return { found, executable, prefixes: absolutePaths(prefixes), libraries: absolutePaths(libraries) };
  } catch {
    return undefined;
  }
}

function absolutePaths(list: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(list) ? list : [];
  return all.filter((path): path is string => typeof path === 'string' && isAbsolute(path));
}

/** Returns the search path with the programs of toolchains before the shims that would start them. */
export function withoutShims(path: string, toolchains: readonly Toolchain[]): string {
  const directories = path.split(':').flatMap((directory) => {
    const resolved = toolchains
      .filter(({ found, executable }) => dirname(found) === directory && dirname(executable) !== directory)
      .map(({ executable }) => dirname(executable));
    return [...resolved, directory];
  });
  return [...new Set(directories)].join(':');
}
