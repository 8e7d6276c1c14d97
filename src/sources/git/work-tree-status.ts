import { AttuneError } from '../../errors.ts';
import { fileSystemForLibraries as fs } from '../../platform/files/read.ts';
import { findWorkTreeDirectories } from './local/git-directories.ts';
import { type GitProgramTools, runGit } from './program.ts';

/**
 * Lists the tracked files of a work tree that are changed, staged or deleted. Uses the git program, which knows the filters
 * and line endings of the repository; without git, isomorphic-git.
 * @param root the root of the work tree
 */
export async function listChangedFiles(root: string, tools: GitProgramTools): Promise<string[]> {
  const status = ['status', '--porcelain=v1', '-z', '--untracked-files=no', '--no-renames'];
  const { exitCode, stdout } = await runGit(status, root, tools);
  if (exitCode === 0) {
    return stdout
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => line.slice(3));
  }
  const { statusMatrix } = await import('isomorphic-git');
  const directories = findWorkTreeDirectories(root);
  if (directories === undefined) {
    throw new AttuneError('NOT_FOUND_GIT_REPOSITORY', `'${root}' is not a git work tree.`, {
      facts: { path: root },
      hint: 'Run the command in a checkout of the repository.',
    });
  }
  const rows = await statusMatrix({ fs, dir: root, gitdir: directories.own });
  // In a row: HEAD (0 absent), the work tree (1 as in HEAD) and the index (1 as in HEAD).
  const changed = rows.filter(([, head, workTree, index]) =>
    head === 0 ? index !== 0 : workTree !== 1 || index !== 1,
  );
  return changed.map(([path]) => path);
}
