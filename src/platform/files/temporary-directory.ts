import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from './entries.ts';
import { attempt } from './file-error.ts';

/** A private temporary directory outside the store. It is removed on disposal, or when the process exits. */
export class TemporaryDirectory implements Disposable {
  readonly path: string;
  readonly #remove = () => {
    try {
      removeTree(this.path);
    } catch {
      // Files of another user, such as those of a container, are left to the system's cleanup of temporary files.
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
