import { AttuneError } from '../../errors.ts';
import { readFile } from '../../platform/files/read.ts';
import { fileStamp } from '../../platform/files/write.ts';
import { updateFile } from '../../platform/locks/update-file.ts';
import type { Reporter } from '../../platform/reporter.ts';
import {
  compareEntry,
  type EntryComparison,
  editIndex,
  type IndexEdit,
  newIndex,
} from '../../registry/editing/edit-index.ts';
import type { EntryDocument } from '../../registry/index/entry-document.ts';
import { locateIndex } from '../../registry/index/positions/locate-index.ts';
import { indexFileFormat, type LocatedIndex } from '../../registry/index/positions/located-index.ts';
import type { InvalidEntry } from '../../registry/index/valid-entries.ts';
import type { Runtime } from '../runtime.ts';
import { buildIndexEntry } from './build-index-entry.ts';
import type { EntryRequest } from './entry-request.ts';
import { type IndexFile, indexTimestamp, indexUpdateOptions, resolveIndexFile } from './index-file.ts';

export interface UpdateRequest {
  readonly index: string;
  readonly pack: EntryRequest;
  /** Replace an existing entry. */
  readonly update: boolean;
  /** Create the file if it does not exist. */
  readonly create: boolean;
  readonly registryName: string | undefined;
  readonly registryUrl: string | undefined;
  /** Add the lower of the two versions to the entry's releases. */
  readonly keepReleases: boolean;
  /** Replace an entry of a higher version. */
  readonly allowDowngrade: boolean;
  readonly dryRun: boolean;
}

/** The JSON document of `pack index-update` (SPEC section 7). */
export type UpdateResult = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly index_file: string;
  readonly pack_ref: string;
  readonly version: string;
  /** The version that was replaced or is unchanged; `null` for a new entry or a new release of an entry. */
  readonly previous_version: string | null;
  /** The directory checksum. */
  readonly checksum: string;
  readonly action: 'added' | 'updated' | 'unchanged';
  readonly warnings: readonly string[];
};

class IndexNotFound extends AttuneError {
  constructor(name: string) {
    super('NOT_FOUND_INDEX', `Index '${name}' does not exist.`, {
      facts: { index: name },
      hint: 'Check the spelling of the path, or create a new index with --create.',
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
      hint: `Replace the entry with --update${present === version ? ', or increase the version in pack.yaml' : ''}.`,
    });
  }
}

class NewerExists extends AttuneError {
  constructor(index: string, { ref, version }: EntryDocument, present: string) {
    super('EXISTS_NEWER', `The index '${index}' already has '${ref}' ${present}, which is newer than ${version}.`, {
      facts: { index, pack_ref: ref, version, index_version: present },
      hint: `Add ${version} to the releases of the entry with --keep-releases, or replace the newer version with --update --allow-downgrade.`,
    });
  }
}

/** The pack's own entry in the index is invalid, so it cannot be compared or updated. */
class InvalidEntryInIndex extends AttuneError {
  constructor(index: string, ref: string, { positions, reason }: InvalidEntry) {
    const repeated = positions.length > 1;
    const where = positions.map((position) => `packs[${position}]`).join(', ');
    const what = repeated ? `entries for '${ref}' that are invalid` : `an entry for '${ref}' that is invalid`;
    super('INVALID_ENTRY', `The index '${index}' has ${what} (${where}): ${reason}.`, {
      facts: { index, pack_ref: ref, positions, reason },
      hint: repeated
        ? 'Remove all of them but one, then run this command again.'
        : 'Correct the entry or remove it, then run this command again.',
    });
  }
}

const TOLERANT = { toleratesInvalid: true };

/**
 * Adds a pack to an index or replaces its entry. The entry is built before the lock is acquired, because this may
 * download an archive. `updateFile` then reads, edits and replaces the index under its lock.
 * @throws IndexNotFound, EntryExists, NewerExists, IndexNotWritten, WriterBusy; the errors of reading an index and building an entry
 */
export async function updateIndex(request: UpdateRequest, runtime: Runtime): Promise<UpdateResult> {
  const file = resolveIndexFile(request.index, runtime);
  assertIndexExists(file, request.create);
  const { entry, contentChecksum } = await buildIndexEntry(request.pack, runtime);
  const { limits } = await runtime.config();
  return updateFile(
    file.path,
    (exists, reporter) => {
      const index = exists ? locateIndex(readFile(file.path), file.name, limits, reporter, TOLERANT) : undefined;
      const { content, previous, action } = planChange(index, entry, {
        file,
        request,
        now: indexTimestamp(runtime),
        reporter,
      });
      const result: UpdateResult = {
        ...(request.dryRun ? { dry_run: true } : { success: true }),
        index_file: request.index,
        pack_ref: entry.ref,
        version: entry.version,
        previous_version: previous,
        checksum: contentChecksum,
        action,
        warnings: runtime.reporter.warnings,
      };
      return { content, result };
    },
    indexUpdateOptions(file, request),
    runtime,
  );
}

interface Change {
  readonly action: UpdateResult['action'];
  readonly previous: string | null;
  /** The new content; `undefined` if the file stays unchanged. */
  readonly content: Uint8Array[] | undefined;
}

interface UpdateContext {
  readonly file: IndexFile;
  readonly request: UpdateRequest;
  /** The new value of `last_updated`. */
  readonly now: string;
  readonly reporter: Reporter;
}

function planChange(index: LocatedIndex | undefined, entry: EntryDocument, context: UpdateContext): Change {
  const { file, request, now } = context;
  const { registryName, registryUrl, keepReleases } = request;
  const edit: IndexEdit = { entry, now, registryName, registryUrl, keepReleases };
  if (index === undefined) {
    assertIndexExists(file, request.create);
    return { action: 'added', previous: null, content: newIndex(indexFileFormat(file.name), edit) };
  }
  assertEntryIsValid(index, entry.ref, file.name);
  const status = compareEntry(index, entry);
  if (status.kind === 'same') return { action: 'unchanged', previous: entry.version, content: undefined };
  if (status.kind === 'new') return { action: 'added', previous: null, content: editIndex(index, edit) };
  if (status.kind === 'older') return { ...planOlder(status, entry, context), content: editIndex(index, edit) };
  if (!request.update) throw new EntryExists(file.name, entry, status.version, status.fields);
  return { action: 'updated', previous: status.version, content: editIndex(index, edit) };
}

/** @throws InvalidEntryInIndex */
function assertEntryIsValid({ invalid }: LocatedIndex, ref: string, name: string): void {
  const own = invalid.find((entry) => entry.ref === ref);
  if (own !== undefined) throw new InvalidEntryInIndex(name, ref, own);
}

/** Plans the change for a version that is lower than the entry's. @throws NewerExists, EntryExists */
function planOlder(
  { version: present, release }: Extract<EntryComparison, { kind: 'older' }>,
  entry: EntryDocument,
  { file, request, reporter }: UpdateContext,
): Omit<Change, 'content'> {
  const { ref, version } = entry;
  if (request.keepReleases) {
    if (release !== undefined && !request.update) throw new EntryExists(file.name, entry, version, release);
    reporter.note(`${version} is a release of '${ref}' in '${file.name}', whose entry stays at ${present}.`);
    return release === undefined ? { action: 'added', previous: null } : { action: 'updated', previous: version };
  }
  if (!request.allowDowngrade) throw new NewerExists(file.name, entry, present);
  if (!request.update) throw new EntryExists(file.name, entry, present, ['version']);
  reporter.warn(
    `'${ref}' is downgraded from ${present} to ${version} in '${file.name}': installations of the latest version get the older one.`,
  );
  return { action: 'updated', previous: present };
}

function assertIndexExists({ name, path }: IndexFile, create: boolean): void {
  if (!create && fileStamp(path) === undefined) throw new IndexNotFound(name);
}
