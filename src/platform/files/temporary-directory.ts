import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt } from './file-error.ts';
import { removeTree } from './read.ts';

/** A private directory outside the store, for work that leaves nothing. It goes when disposed, at the latest with the process. */
export class TemporaryDirectory implements Disposable {
  readonly path: string;
  readonly #remove = () => {
    try {
      removeTree(this.path);
    } catch {
      // Somebody else's files in it, such as a container's, are left to whoever cleans up temporary files.
    }
  };

  constructor() {
    this.path = attempt('create a directory in', tmpdir(), () =>
      fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'attune-'))),
    );
    process.once('exit', this.#remove);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}
