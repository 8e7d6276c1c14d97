import { isAbsolute, join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { makeDirectory } from '../../../platform/files/entries.ts';
import { inspectTarget, realPath } from '../../../platform/files/inspect.ts';
import type { Processes } from '../../../platform/processes/types.ts';
import { searchPath } from '../../workspace/environment-variables.ts';
import { entriesOf, type FileView, isWithin, RevealedPaths, trace } from './file-view.ts';
import { findToolchains, withoutShims } from './toolchains.ts';

/** What isolated tests may and may not see. All paths are absolute. */
export interface FilesRequest {
  /** The root of the pack, whose version files select the interpreters. */
  readonly pack: string;
  /** An existing private directory. */
  readonly workspace: string;
  /** The homes of the user: that of the environment and that of the user database. */
  readonly homes: readonly string[];
  /** The data, cache and configuration directories of attune. */
  readonly protectedDirectories: readonly string[];
  /** The environments that were made for the pack. */
  readonly environments: readonly string[];
  /** Returns false for an interpreter that the tests do not need. */
  readonly needs: (program: string) => boolean;
  /** The sockets of services that the user can reach. */
  readonly sockets: readonly string[];
  /** The tests may use the network, so names must be resolved. */
  readonly network: boolean;
}

export interface PlannedFiles {
  readonly view: FileView;
  /** Converts the `PATH` of the tests. */
  readonly searchPath: (path: string) => string;
}

interface FilesTools {
  readonly processes: Pick<Processes, 'run' | 'find'>;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Directories with the sockets and files of running programs, such as ssh-agent, tmux and D-Bus. */
const RUNTIME_DIRECTORIES = ['/run', '/tmp', '/var/tmp'];
const TEMPORARY = ['/tmp', '/var/tmp'];
/** A home that is one of these directories, or lies in one of the second kind, cannot be hidden as a whole. */
const SYSTEM_ROOTS = ['/', '/boot', '/lib', '/lib64', '/media', '/mnt', '/opt', '/srv', '/var'];
const SYSTEM_TREES = ['/bin', '/dev', '/etc', '/proc', '/sbin', '/sys', '/usr'];
/** Directories of programs whose links do not lead to homes; they are not searched for such links. */
const SYSTEM_PROGRAMS = ['/bin', '/sbin', '/usr/bin', '/usr/sbin'];
/** Variables that name an installation. */
const INSTALLATION_VARIABLES = ['JAVA_HOME', 'GOROOT'];
const MOST_SAMPLES = 8;

/** Plans which files isolated tests see. Runs interpreters that lie in hidden directories (`toolchains.ts`). */
export async function planFiles(request: FilesRequest, tools: FilesTools): Promise<PlannedFiles> {
  const { variables } = tools;
  const homes = realDirectories(request.homes);
  const alwaysHidden = realDirectories(request.protectedDirectories);
  const hidden = sortedUnique([
    ...realDirectories(RUNTIME_DIRECTORIES),
    ...homes.flatMap((home) => (isSystemDirectory(home) ? dotEntries(home, 'directory') : [home])),
    ...alwaysHidden,
  ]);
  const shared = homes.flatMap((home) =>
    ['.local', '.local/share', '.config', '.cache'].map((name) => join(home, name)),
  );
  const revealed = new RevealedPaths(hidden, [...shared, ...homes]);
  const directories = (searchPath(variables) ?? '').split(':').filter(isAbsolute);
  for (const directory of directories) {
    if (!SYSTEM_PROGRAMS.includes(directory)) revealed.revealPrograms(directory);
  }
  for (const name of INSTALLATION_VARIABLES) {
    if (variables[name] && isAbsolute(variables[name])) revealed.revealInstallation(variables[name]);
  }
  if (request.network) revealed.reveal('/etc/resolv.conf');
  const isHidden = (path: string) => [path, trace(path)?.real ?? ''].some((one) => revealed.isHidden(one));
  const isRelevant = (program: string, found: string) => isHidden(found) && request.needs(program);
  const toolchains = await findToolchains(request.pack, join(request.workspace, 'toolchains'), isRelevant, tools);
  for (const { executable, prefixes, libraries } of toolchains) {
    revealed.reveal(executable);
    for (const prefix of prefixes) {
      if (revealed.isTooBroad(trace(prefix)?.real ?? '/')) for (const library of libraries) revealed.reveal(library);
      else revealed.revealInstallation(prefix);
    }
  }
  const view = buildView(request, { hidden, alwaysHidden, homes, revealed });
  return { view, searchPath: (path) => withoutShims(path, toolchains) };
}

interface ViewParts {
  readonly hidden: readonly string[];
  readonly alwaysHidden: readonly string[];
  readonly homes: readonly string[];
  readonly revealed: RevealedPaths;
}

function buildView(request: FilesRequest, { hidden, alwaysHidden, homes, revealed }: ViewParts): FileView {
  const workspace = realPath(request.workspace);
  const mountPoint = join(workspace, 'root');
  makeDirectory(mountPoint);
  const environments = realDirectories(request.environments);
  for (const environment of environments) revealed.revealPrograms(join(environment, 'bin'));
  const isPlain = (path: string) => !alwaysHidden.some((directory) => isWithin(path, directory));
  const readable = revealed.readable.filter(isPlain);
  const links = revealed.links.filter(({ path }) => isPlain(path));
  const visible = [...readable, ...links.map(({ path }) => path), ...environments, ...hidden, workspace];
  const sockets = request.sockets.filter((path) => !hidden.some((directory) => isWithin(path, directory)));
  return {
    hidden,
    temporary: realDirectories(TEMPORARY),
    masked: sortedUnique([
      ...sockets,
      ...homes.flatMap((home) => (isSystemDirectory(home) ? dotEntries(home, 'file') : [])),
    ]),
    readable,
    links,
    alwaysHidden,
    environments,
    workspace,
    mountPoint,
    samples: hidden.flatMap((directory) => samplesOf(directory, visible)),
  };
}

/** Returns some entries of a hidden directory that neither are visible nor contain a visible path. */
function samplesOf(directory: string, visible: readonly string[]): string[] {
  const paths = entriesOf(directory).map(({ name }) => join(directory, name));
  // A name that is not UTF-8 cannot be looked for.
  const hidden = paths.filter((path) => !path.includes('\uFFFD') && !visible.some((known) => isWithin(known, path)));
  return hidden.slice(0, MOST_SAMPLES);
}

function isSystemDirectory(home: string): boolean {
  return SYSTEM_ROOTS.includes(home) || SYSTEM_TREES.some((tree) => isWithin(home, tree));
}

/** Returns the entries of a home whose names begin with a dot, which is where programs keep secrets. */
function dotEntries(home: string, kind: 'file' | 'directory'): string[] {
  return entriesOf(home).flatMap(({ name, kind: found }) =>
    name.startsWith('.') && found === kind ? [join(home, name)] : [],
  );
}

/** Returns the directories that exist, with all links resolved. */
function realDirectories(paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    if (!isAbsolute(path)) return [];
    try {
      return inspectTarget(path)?.kind === 'directory' ? [realPath(path)] : [];
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      return [];
    }
  });
  return sortedUnique(found);
}

function sortedUnique(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort();
}
