import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { compareEntry, editIndex, newIndex } from '../../registry/editing/edit-index.ts';
import type { EntryDocument } from '../../registry/index/entry-document.ts';
import { releasedSources } from '../../registry/index/entry-fields.ts';
import { locateIndex } from '../../registry/index/positions/locate-index.ts';
import { indexFileFormat, type LocatedIndex } from '../../registry/index/positions/located-index.ts';
import { validateIndexContent } from '../index/validate-index.ts';
import type { PublishRequest } from './request.ts';

class IndexMissing extends AttuneError {
  constructor(name: string) {
    super('NOT_FOUND_INDEX', `The index '${name}' does not exist.`, {
      facts: { index: name },
      hint: 'Check its path (--index FILE, or --index-path in the repository), or create it with --create.',
    });
  }
}

class VersionExists extends AttuneError {
  constructor(index: string, { ref, version }: EntryDocument, present: readonly string[], own: readonly string[]) {
    super(
      'EXISTS_VERSION',
      `The index '${index}' already has '${ref}' ${version} with other content.\n  in the index: ${present.join(', ')}\n  this pack:    ${own.join(', ')}`,
      {
        facts: { index, pack_ref: ref, version, index_checksums: present, checksums: own },
        hint: 'Increase the version in pack.yaml: a published version never changes.',
      },
    );
  }
}

class NewerPublished extends AttuneError {
  constructor(index: string, { ref, version }: EntryDocument, present: string) {
    super('EXISTS_NEWER', `The index '${index}' already has '${ref}' ${present}, which is newer than ${version}.`, {
      facts: { index, pack_ref: ref, version, index_version: present },
      hint: 'Increase the version in pack.yaml, or keep both versions with --keep-releases.',
    });
  }
}

class InvalidResult extends AttuneError {
  constructor(index: string, profile: string, problems: readonly string[]) {
    super(
      'INVALID_INDEX',
      [`With this pack, the index '${index}' is not valid (${profile}):`, ...problems.map((line) => `  ${line}`)].join(
        '\n',
      ),
      {
        facts: { index, profile, problems },
        hint: 'Correct these entries. attune pack index-validate explains each finding.',
      },
    );
  }
}

interface ChangeContext {
  readonly request: PublishRequest;
  readonly limits: Limits;
  /** The name of the index in messages. */
  readonly name: string;
  /** ISO 8601 */
  readonly now: string;
  readonly reporter: Reporter;
}

/**
 * Adds a version to an index.
 * @param bytes the index; `undefined` if it does not exist
 * @returns the new content; `undefined` if the index has the version already
 * @throws IndexMissing, VersionExists, NewerPublished, InvalidResult; the errors of reading an index
 */
export function addVersion(
  bytes: Uint8Array | undefined,
  entry: EntryDocument,
  context: ChangeContext,
): Buffer | undefined {
  const { request, limits, name, now, reporter } = context;
  const { registryName, registryUrl, keepReleases, profile } = request;
  const edit = { entry, now, registryName, registryUrl, keepReleases, publishedAt: now };
  let chunks: readonly Uint8Array[];
  if (bytes === undefined) {
    if (!request.create) throw new IndexMissing(name);
    chunks = newIndex(indexFileFormat(name), edit);
  } else {
    const index = locateIndex(Buffer.from(bytes), name, limits, reporter);
    if (hasVersion(index, entry, context)) return undefined;
    chunks = editIndex(index, edit);
  }
  const content = Buffer.concat(chunks);
  const problems = validateIndexContent(content, name, profile, limits)
    .filter(({ severity }) => severity === 'error')
    .map(({ line, column, message }) => `${line}:${column}: ${message}`);
  if (problems.length > 0) throw new InvalidResult(name, profile, problems);
  return content;
}

/** Returns whether the index has the version with the same content. @throws VersionExists, NewerPublished */
function hasVersion(index: LocatedIndex, entry: EntryDocument, { name, request, reporter }: ChangeContext): boolean {
  const status = compareEntry(index, entry);
  if (status.kind === 'new') return false;
  if (status.kind === 'same') return true;
  const current = index.entries.find(({ ref }) => ref === entry.ref);
  const present = current && releasedSources(index.entryValue(current), entry.version);
  if (present === undefined) {
    if (status.kind === 'older' && !request.keepReleases) throw new NewerPublished(name, entry, status.version);
    return false;
  }
  const [known, own] = [checksumsOf(present), checksumsOf(entry.install_sources)];
  if (known.join() !== own.join()) throw new VersionExists(name, entry, known, own);
  const fields = (status.kind === 'different' ? status.fields : status.release) ?? [];
  reporter.warn(
    `'${entry.ref}' ${entry.version} is published with the same content; its ${fields.join(', ')} in '${name}' stay as they are.`,
  );
  return true;
}

function checksumsOf(sources: readonly { readonly checksum?: unknown }[]): string[] {
  return sources.map(({ checksum }) => String(checksum)).sort();
}
