import { AttuneError } from '../../errors.ts';
import { findPacks } from '../../packs/tree/find-packs.ts';
import { findPackRoot, NoPackRoot } from '../../packs/tree/pack-root.ts';
import { inspectTarget, realPath } from '../../platform/files/inspect.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';

/** A directory below which there is no pack. */
export class NoPacksFound extends AttuneError {
  constructor(directory: string) {
    super('NOT_FOUND_PACKS', `There is no pack in '${directory}' or below it.`, {
      facts: { directory },
      hint: 'Use a directory that has packs in subdirectories, each with a pack.yaml.',
    });
  }
}

/** A path that is not a directory. */
export class NotADirectory extends AttuneError {
  constructor(path: string) {
    super('INVALID_PACK', `'${path}' is not a directory.`, { facts: { path }, hint: 'Use the directory of a pack.' });
  }
}

/**
 * Returns the root directories of the packs at some paths, each once. A directory without a manifest is a pack too, so
 * that its missing manifest is reported.
 * @param recursive true if each path is a directory of packs
 * @throws FileError, NotADirectory, NoPacksFound, AmbiguousPackRoot
 */
export function checkedPacks(
  paths: readonly string[],
  recursive: boolean,
  { environment }: Pick<Runtime, 'environment'>,
): string[] {
  const roots = paths.flatMap((path) => {
    const directory = realPath(expandPath(path, environment));
    if (inspectTarget(directory)?.kind !== 'directory') throw new NotADirectory(path);
    if (!recursive) return [packRoot(directory)];
    const found = findPacks(directory);
    if (found.length === 0) throw new NoPacksFound(path);
    return found;
  });
  return [...new Set(roots)];
}

function packRoot(directory: string): string {
  try {
    return findPackRoot(directory);
  } catch (error) {
    if (!(error instanceof NoPackRoot)) throw error;
    return directory;
  }
}
