import { join, resolve } from 'node:path';
import { exists, inspectTarget } from '../../../platform/files/inspect.ts';
import { readStart } from '../../../platform/files/read.ts';

/** The directories of a repository, which differ only for a linked work tree. */
export interface GitDirectories {
  /** Contains the HEAD of this work tree. */
  readonly own: string;
  /** Contains objects, branches, tags and the configuration. */
  readonly common: string;
}

/** Reports whether a directory is a git directory: a bare repository, or the `.git` of a work tree. */
function isGitDirectory(path: string): boolean {
  return (
    inspectTarget(join(path, 'HEAD'))?.kind === 'file' &&
    (exists(join(path, 'commondir')) ||
      (inspectTarget(join(path, 'objects'))?.kind === 'directory' && exists(join(path, 'refs'))))
  );
}

/** Finds the directories of a repository. @param path a work tree or a bare repository, with or without its `.git` suffix */
export function findGitDirectories(path: string): GitDirectories | undefined {
  const alternative = /\.git\/*$/.test(path) ? path.replace(/\.git\/*$/, '') : `${path}.git`;
  return (
    findWorkTreeDirectories(path) ??
    directoriesAt(path) ??
    findWorkTreeDirectories(alternative) ??
    directoriesAt(alternative)
  );
}

/** Finds the directories of a work tree. @param path the root of the work tree */
export function findWorkTreeDirectories(path: string): GitDirectories | undefined {
  return directoriesAt(join(path, '.git'));
}

function directoriesAt(path: string): GitDirectories | undefined {
  const own = inspectTarget(path)?.kind === 'file' ? linkedDirectory(path) : path;
  return own !== undefined && isGitDirectory(own) ? { own, common: commonDirectory(own) } : undefined;
}

/** Reads the `.git` file of a linked work tree or a submodule, which contains the path of the git directory. */
function linkedDirectory(file: string): string | undefined {
  const target = /^gitdir: (.+)$/m.exec(readStart(file, 4096).toString('utf8'))?.[1];
  return target === undefined ? undefined : resolve(file, '..', target.trim());
}

function commonDirectory(own: string): string {
  const file = join(own, 'commondir');
  if (inspectTarget(file)?.kind !== 'file') return own;
  return resolve(own, readStart(file, 4096).toString('utf8').trim());
}
