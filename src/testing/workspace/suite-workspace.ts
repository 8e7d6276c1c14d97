import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { makeDirectory, removeTree } from '../../platform/files/entries.ts';
import { copyPack } from './copy-pack.ts';
import type { Workspace } from './environment-variables.ts';

/**
 * Everything that one suite gets for itself. No two suites share a copy: one that runs beside another would find the
 * other's files there and take them for its results, and how a suite ends must not depend on what ran before it.
 */
export class SuiteWorkspace implements Workspace, Disposable {
  readonly pack: string;
  readonly home: string;
  readonly temporary: string;
  readonly results: string;
  /** What is no file of the pack and was not copied, relative to its root. */
  readonly leftOut: readonly string[];
  readonly #directory: string;

  /**
   * @param directory where to make it; nothing is there yet
   * @param root of the pack
   * @throws FileError
   */
  constructor(directory: string, root: string, ref: string) {
    this.#directory = directory;
    // A test may look at the name of its directory: it is that of an installed pack.
    this.pack = join(directory, 'packs', ref);
    this.home = join(directory, 'home');
    this.temporary = join(directory, 'tmp');
    this.results = directory;
    for (const path of [this.pack, this.home, this.temporary]) makeDirectory(path);
    this.leftOut = copyPack(root, this.pack);
  }

  /** Gives the space back at once. What cannot be removed is left to whoever made the place for all suites. */
  [Symbol.dispose](): void {
    try {
      removeTree(this.#directory);
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
    }
  }
}
