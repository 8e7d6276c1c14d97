import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { makeDirectory, removeTree } from '../../platform/files/entries.ts';
import { copyPack } from './copy-pack.ts';
import type { Workspace } from './environment-variables.ts';

/**
 * The private directories of one suite. Suites do not share a copy of the pack, because a concurrent suite could mistake
 * the other's files for its results, and the outcome of a suite must not depend on earlier ones.
 */
export class SuiteWorkspace implements Workspace, Disposable {
  readonly pack: string;
  readonly home: string;
  readonly temporary: string;
  readonly results: string;
  /** Entries that were not copied because they are not regular files, relative to the root of the pack. */
  readonly excluded: readonly string[];
  readonly #directory: string;

  /**
   * @param directory the directory to create
   * @param root of the pack
   * @throws FileError
   */
  constructor(directory: string, root: string, ref: string) {
    this.#directory = directory;
    // The directory has the name of an installed pack's, because a test may depend on the name.
    this.pack = join(directory, 'packs', ref);
    this.home = join(directory, 'home');
    this.temporary = join(directory, 'tmp');
    this.results = directory;
    for (const path of [this.pack, this.home, this.temporary]) makeDirectory(path);
    this.excluded = copyPack(root, this.pack);
  }

  /** Removes the workspace to free its space. If that fails, the caller removes it with the parent directory. */
  [Symbol.dispose](): void {
    try {
      removeTree(this.#directory);
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
    }
  }
}
