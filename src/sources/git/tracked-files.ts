import { dirname, relative, sep } from 'node:path';
import { reasonOf } from '../../errors.ts';
import { listDirectory } from '../../platform/files/inspect.ts';
import { fileSystemForLibraries as fs } from '../../platform/files/read.ts';
import { findWorkTreeDirectories, type GitDirectories } from './local/git-directories.ts';
import { type GitProgramTools, runGit } from './program.ts';
import { UnsupportedRepository } from './repository.ts';

/**
 * Lists the files below a directory that git tracks, from the index of the work tree that contains the directory.
 * @param path absolute path of the directory, without links
 * @returns paths relative to the directory, with `/` between components; `undefined` outside of a work tree
 * @throws UnsupportedRepository if the index cannot be read
 */
export async function listTrackedFiles(path: string, tools: GitProgramTools): Promise<readonly string[] | undefined> {
  const workTree = findWorkTree(path);
  if (workTree === undefined) return undefined;
  const prefix = relative(workTree.root, path).split(sep).join('/');
  const paths = await readIndex(workTree, tools);
  if (prefix === '') return paths;
  return paths.filter((one) => one.startsWith(`${prefix}/`)).map((one) => one.slice(prefix.length + 1));
}

interface WorkTree {
  readonly root: string;
  readonly directories: GitDirectories;
}

function findWorkTree(path: string): WorkTree | undefined {
  for (let root = path; ; root = dirname(root)) {
    const directories = findWorkTreeDirectories(root);
    if (directories !== undefined) return { root, directories };
    if (dirname(root) === root) return undefined;
  }
}

/**
 * Reads the index with the git program, which knows all of its forms. Without git, or where git refuses the repository of
 * another user, isomorphic-git reads the versions that it knows.
 */
async function readIndex({ root, directories }: WorkTree, tools: GitProgramTools): Promise<string[]> {
  const { exitCode, stdout } = await runGit(['ls-files', '-z', '--full-name'], root, tools);
  if (exitCode === 0) return [...new Set(stdout.split('\0'))].filter((path) => path !== '');
  const { listFiles } = await import('isomorphic-git');
  try {
    const paths = await listFiles({ fs, gitdir: directories.own });
    const isSplit = listDirectory(directories.own).some(({ name }) => name.startsWith('sharedindex.'));
    if (isSplit || paths.some((path) => path.includes('\0') || path.endsWith('/'))) throw new Error('it is split');
    return paths;
  } catch (error) {
    throw new UnsupportedRepository(
      root,
      `its index cannot be read (${reasonOf(error)})`,
      'Install git, or write the index in the form that attune reads: git update-index --no-split-index --index-version 2.',
    );
  }
}
