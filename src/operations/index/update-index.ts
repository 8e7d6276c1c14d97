import compare from 'semver/functions/compare.js';
import { AttuneError } from '../../errors.ts';
import { readFile } from '../../platform/files/read.ts';
import { updateFile } from '../../platform/files/update-file.ts';
import { fileStamp } from '../../platform/files/write.ts';
import { editIndex, type IndexEdit, newIndex, standingOf } from '../../registry/editing/edit-index.ts';
import type { EntryDocument } from '../../registry/index/entry-document.ts';
import { locateIndex } from '../../registry/index/positions/locate-index.ts';
import { indexFileFormat, type LocatedIndex } from '../../registry/index/positions/located-index.ts';
import type { Runtime } from '../runtime.ts';
import { buildIndexEntry, type EntryRequest } from './build-index-entry.ts';
import { type IndexFile, indexTimestamp, indexUpdateOptions, lockIndex, resolveIndexFile } from './index-file.ts';

export interface UpdateRequest {
  readonly index: string;
  readonly pack: EntryRequest;
  /** An entry that is there already may be replaced. */
  readonly update: boolean;
  /** A file that is not there may be made. */
  readonly create: boolean;
  readonly registryName: string | undefined;
  readonly registryUrl: string | undefined;
  /** What is replaced becomes one of the entry's releases. */
  readonly keepReleases: boolean;
  readonly lockTimeoutMs: number;
}

/** As the contract prints it (SPEC section 7). */
export interface UpdateResult {
  readonly success: true;
  readonly index_file: string;
  readonly pack_ref: string;
  readonly version: string;
  /** The one that was in the index; `null` where there was none. */
  readonly previous_version: string | null;
  /** The directory's. */
  readonly checksum: string;
  readonly action: 'added' | 'updated' | 'unchanged';
  readonly warnings: readonly string[];
}

class IndexNotFound extends AttuneError {
  constructor(name: string) {
    super('NOT_FOUND_INDEX', `There is no index '${name}'.`, {
      facts: { index: name },
      hint: 'Check the spelling of the path, or make a new index with --create.',
    });
  }
}

class EntryExists extends AttuneError {
  constructor(index: string, { ref, version }: EntryDocument, present: string, fields: readonly string[]) {
    const what =
      present === version
        ? `already has '${ref}' ${present}, and the pack differs from it in ${fields.join(', ')}`
        : `already has '${ref}' in version ${present}; the pack has version ${version}`;
    super('EXISTS_ENTRY', `The index '${index}' ${what}.`, {
      facts: { index, pack_ref: ref, version, index_version: present, fields },
      hint: `Replace the entry with --update${present === version ? ', or raise the version in pack.yaml' : ''}.`,
    });
  }
}

/**
 * Adds a pack to an index, or replaces its entry. What is slow happens before the lock is taken: the entry is built from
 * the pack and its sources. Then the file is read, changed and replaced, and read once more if something that knows no
 * lock has written to it in between.
 * @throws IndexNotFound, EntryExists, IndexNotWritten, WriterBusy; what reading an index and building an entry throw
 */
export async function updateIndex(request: UpdateRequest, runtime: Runtime): Promise<UpdateResult> {
  const file = resolveIndexFile(request.index, runtime);
  assertIndexExists(file, request.create);
  const { entry, contentChecksum } = await buildIndexEntry(request.pack, runtime);
  const { limits } = await runtime.config();
  using _lock = await lockIndex(file, request.lockTimeoutMs, runtime);
  return updateFile(
    file.path,
    (exists) => {
      const index = exists ? locateIndex(readFile(file.path), file.name, limits, runtime.reporter) : undefined;
      const { content, previous, action } = planChange(index, entry, { file, request, runtime });
      const result = {
        success: true,
        index_file: request.index,
        pack_ref: entry.ref,
        version: entry.version,
        previous_version: previous,
        checksum: contentChecksum,
        action,
        warnings: runtime.reporter.warnings,
      } as const;
      return { content, result };
    },
    indexUpdateOptions(file, runtime),
  );
}

interface Change {
  readonly action: UpdateResult['action'];
  readonly previous: string | null;
  /** `undefined` where nothing is to be written. */
  readonly content: Uint8Array[] | undefined;
}

interface UpdateContext {
  readonly file: IndexFile;
  readonly request: UpdateRequest;
  readonly runtime: Runtime;
}

function planChange(
  index: LocatedIndex | undefined,
  entry: EntryDocument,
  { file, request, runtime }: UpdateContext,
): Change {
  const { registryName, registryUrl, keepReleases } = request;
  const edit: IndexEdit = { entry, now: indexTimestamp(runtime), registryName, registryUrl, keepReleases };
  if (index === undefined) {
    assertIndexExists(file, request.create);
    return { action: 'added', previous: null, content: newIndex(indexFileFormat(file.name), edit) };
  }
  const standing = standingOf(index, entry);
  if (standing.kind === 'same') return { action: 'unchanged', previous: entry.version, content: undefined };
  if (standing.kind === 'new') return { action: 'added', previous: null, content: editIndex(index, edit) };
  if (!request.update) throw new EntryExists(file.name, entry, standing.version, standing.fields);
  warnIfOlder(entry, standing.version, file, runtime);
  return { action: 'updated', previous: standing.version, content: editIndex(index, edit) };
}

function warnIfOlder(
  { ref, version }: EntryDocument,
  present: string,
  { name }: IndexFile,
  { reporter }: Runtime,
): void {
  if (compare(version, present) >= 0) return;
  reporter.warn(
    `'${ref}' goes back from ${present} to ${version} in '${name}': whoever asks for the latest gets less.`,
  );
}

function assertIndexExists({ name, path }: IndexFile, create: boolean): void {
  if (!create && fileStamp(path) === undefined) throw new IndexNotFound(name);
}
