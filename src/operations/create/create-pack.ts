import { dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { PACK_REF, REF_FORM } from '../../packs/pack-ref.ts';
import { makeDirectory, removeTree, rename } from '../../platform/files/entries.ts';
import { exists, finalPath, inspect, listDirectory } from '../../platform/files/inspect.ts';
import { temporarySibling } from '../../platform/files/temporary-sibling.ts';
import { writeNewFile } from '../../platform/files/write.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';
import { licenseText } from './license-text.ts';
import type { CreateRequest, CreateResult } from './request.ts';
import type { ScaffoldFile } from './scaffold/files.ts';
import { FIRST_VERSION, scaffold } from './scaffold/scaffold.ts';

class InvalidRef extends AttuneError {
  constructor(ref: string) {
    super('USAGE', `'${ref}' is not a valid ref: a ref consists of ${REF_FORM}.`, {
      facts: { ref },
      hint: 'Choose another name, such as my-pack.',
    });
  }
}

class DirectoryExists extends AttuneError {
  constructor(directory: string) {
    super('EXISTS_DIRECTORY', `The directory '${directory}' already exists and is not empty.`, {
      facts: { directory },
      hint: 'Choose another one with --directory, or add the missing files to it with --force, which overwrites no file.',
    });
  }
}

class NotADirectory extends AttuneError {
  constructor(path: string) {
    super('EXISTS_DIRECTORY', `'${path}' exists and is not a directory.`, {
      facts: { path },
      hint: 'Choose another directory with --directory.',
    });
  }
}

/** Throws an error unless a ref can be that of a new pack. @throws InvalidRef */
export function assertNewRef(ref: string): void {
  if (!PACK_REF.test(ref) || ref.length < 2) throw new InvalidRef(ref);
}

/**
 * Creates a pack. A new directory appears complete or not at all; in an existing one, only missing files are written.
 * @throws InvalidRef, DirectoryExists, NotADirectory, UnknownLicense, FileError
 */
export async function createPack(
  request: CreateRequest,
  { environment, reporter }: Pick<Runtime, 'environment' | 'reporter'>,
): Promise<CreateResult> {
  assertNewRef(request.ref);
  const files = scaffold(request, await licenseText(request.license));
  const name = request.directory ?? request.ref;
  const directory = finalPath(expandPath(name, environment));
  const kind = inspect(directory)?.kind;
  if (kind !== undefined && kind !== 'directory') throw new NotADirectory(name);
  const isNew = kind === undefined || listDirectory(directory).length === 0;
  if (!isNew && !request.force) throw new DirectoryExists(name);
  const missing = files.filter(({ path }) => isNew || !exists(join(directory, path)));
  for (const { path } of files)
    if (!missing.some((file) => file.path === path)) reporter.note(`'${path}' exists and stays as it is.`);
  if (!request.dryRun) {
    if (isNew) writeNew(directory, files);
    else writeFiles(directory, missing);
  }
  return {
    ...(request.dryRun ? { dry_run: true } : { success: true }),
    ref: request.ref,
    version: FIRST_VERSION,
    directory: name,
    files: missing.map(({ path }) => path).sort(),
    warnings: reporter.warnings,
  };
}

/** Writes a directory under a temporary name and renames it. An empty directory is replaced. */
function writeNew(directory: string, files: readonly ScaffoldFile[]): void {
  const temporary = temporarySibling(directory);
  try {
    writeFiles(temporary, files);
    rename(temporary, directory);
  } catch (error) {
    removeTree(temporary);
    throw error;
  }
}

function writeFiles(directory: string, files: readonly ScaffoldFile[]): void {
  for (const { path, content, executable } of files) {
    makeDirectory(dirname(join(directory, path)));
    writeNewFile(join(directory, path), content, executable);
  }
}
