import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { contentsOf } from '../cli.ts';
import { filesOf, stateOf } from '../reliability/state.ts';

/** The state of a machine after all processes have ended, as text without times, row ids and random names. */
export interface FinalState {
  /** Installed packs, their files, and the rows of the database. */
  readonly store: string;
  readonly environments: string;
  /** The configuration and the files in the working directory. */
  readonly files: string;
  /** All paths that are not in a cache or backup. */
  readonly paths: ReadonlySet<string>;
}

/** Names with a time or random part, and files that may be downloaded again. */
const VARYING = /^(cache\/|data\/(releases|envs|set-aside|backups)\/)/;
const TRANSIENT = /\.(tmp|claim|part|download)$|(?<!attune)\.lock$|-(journal|wal|shm)$/;

export function finalStateOf(root: string): FinalState {
  const store = withoutRandomNames(stateOf(root).essential);
  const paths = [...filesOf(root)]
    .filter((path) => !VARYING.test(path) || TRANSIENT.test(path))
    .map(withoutRandomNames);
  return { store, environments: environmentsOf(root), files: userFilesOf(root), paths: new Set(paths) };
}

/** Databases and the notes of killed processes are compared by name only. */
function userFilesOf(root: string): string {
  const files = ['config', 'work'].flatMap((name) =>
    Object.entries(contentsOf(join(root, name)))
      .filter(([path]) => !TRANSIENT.test(path))
      .map(([path, content]) => `${name}/${path}: ${/\.(db|lock\.json)$/.test(path) ? '' : content}`),
  );
  return files
    .join('\n')
    .replaceAll(root, '<root>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}

/** Digests contain the path of the machine, so environments are compared by their content. */
function environmentsOf(root: string): string {
  const directory = join(root, 'data', 'envs');
  if (!existsSync(directory)) return '';
  const all = Object.entries(contentsOf(directory))
    .filter(([path]) => /\/(requirements\.txt|bin\/tool)$/.test(path))
    .map(([path, content]) => withoutRandomNames(`${path}: ${content}`.replaceAll(root, '<root>')));
  return all.sort().join('\n');
}

/** Replaces times, digests of environments, identifiers of staging directories, and owners of temporary files. */
function withoutRandomNames(text: string): string {
  return text
    .replace(/\b\d{8}T\d{6}(?:\.\d+)?Z/g, '<time>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/\b[0-9a-f]{16}\b/g, '<digest>')
    .replace(/\.[0-9A-Za-z]+-\d+-[0-9a-z]+\.tmp$/, '.<owner>.tmp');
}
