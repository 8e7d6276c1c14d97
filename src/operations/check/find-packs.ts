import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { MANIFEST } from '../../packs/manifest/types.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import { findPackRoot, NoPackRoot } from '../../packs/tree/pack-root.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { inspect, inspectTarget, listDirectory, realPath } from '../../platform/files/inspect.ts';
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

const MAX_DEPTH = 8;
const SKIPPED = /^\.|^(?:node_modules|venv|__pycache__)$/;

/**
 * Returns the root directories of the packs at some paths, each once. A directory without a manifest is a pack too, so
 * that its missing manifest is reported.
 * @param recursive true if each path is a directory of packs
 * @throws FileError, NotADirectory, NoPacksFound, AmbiguousPackRoot
 */
export function findPacks(
  paths: readonly string[],
  recursive: boolean,
  { environment }: Pick<Runtime, 'environment'>,
): string[] {
  const roots = paths.flatMap((path) => {
    const directory = realPath(expandPath(path, environment));
    if (inspectTarget(directory)?.kind !== 'directory') throw new NotADirectory(path);
    if (!recursive) return [packRoot(directory)];
    const found = packsBelow(directory, 0);
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

function packsBelow(directory: string, depth: number): string[] {
  if (inspect(join(directory, MANIFEST))) return [directory];
  if (depth >= MAX_DEPTH) return [];
  return listReadable(directory)
    .filter(({ kind, name }) => kind === 'directory' && !SKIPPED.test(name))
    .map(({ name }) => name)
    .sort(compareCodePoints)
    .flatMap((name) => packsBelow(join(directory, name), depth + 1));
}

function listReadable(directory: string) {
  try {
    return listDirectory(directory);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return [];
  }
}
