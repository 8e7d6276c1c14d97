import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { removeTree } from './entries.ts';
import { attempt, FileError } from './file-error.ts';
import { inspectTarget } from './inspect.ts';

type Variables = Readonly<Record<string, string | undefined>>;

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

  /**
   * Creates the directory in the first usable one of `TMPDIR`, `TMP`, `TEMP` and those of the system.
   * @param warn receives a sentence for each variable that does not name a usable directory
   * @throws FileError if there is no usable directory
   */
  constructor(warn: (text: string) => void, variables: Variables = process.env) {
    this.path = createInFirst(candidates(variables), warn);
    process.once('exit', this.#remove);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}

interface Candidate {
  /** `undefined` for a directory of the system. */
  readonly variable: string | undefined;
  readonly path: string;
}

function candidates(variables: Variables): Candidate[] {
  const windows = process.platform === 'win32';
  const named = (windows ? ['TEMP', 'TMP'] : ['TMPDIR', 'TMP', 'TEMP']).flatMap((variable) => {
    const path = variables[variable];
    return path ? [{ variable, path: resolve(path) }] : [];
  });
  const system = windows ? [join(variables['SystemRoot'] || 'C:\\Windows', 'Temp')] : ['/tmp', '/var/tmp'];
  return [...named, ...system.map((path) => ({ variable: undefined, path }))];
}

function createInFirst([first, ...rest]: readonly Candidate[], warn: (text: string) => void): string {
  const { variable, path } = first as Candidate;
  try {
    return attempt('create a directory in', path, () => fs.realpathSync(fs.mkdtempSync(join(path, 'attune-'))));
  } catch (error) {
    if (!(error instanceof FileError) || rest.length === 0) throw error;
    if (variable !== undefined) warn(`${variable} is not used for temporary files: ${describe(path, error)}.`);
    return createInFirst(rest, warn);
  }
}

function describe(path: string, error: FileError): string {
  const kind = inspectTarget(path)?.kind;
  if (kind === undefined) return `the directory '${path}' does not exist`;
  return kind === 'directory' ? error.message.replace(/\.$/, '') : `'${path}' is not a directory`;
}
