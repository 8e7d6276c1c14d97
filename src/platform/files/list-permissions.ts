import { join } from 'node:path';
import { FileError } from './file-error.ts';
import { type EntryKind, inspect, listDirectory } from './inspect.ts';
import { type Permissions, permissionsOf } from './permissions.ts';

/** An entry of a directory tree with its permissions. */
export interface OwnedEntry extends Permissions {
  readonly path: string;
  readonly kind: EntryKind;
}

/**
 * Lists a directory and everything below it without following links, each directory before its content. Entries that another
 * process removes in the meantime are skipped, as is the content of directories that this user cannot list.
 * @param descend selects the directories whose content is listed, all by default
 */
export function* listPermissions(
  path: string,
  descend: (directory: OwnedEntry) => boolean = () => true,
): Generator<OwnedEntry> {
  const entry = entryAt(path);
  if (entry === undefined) return;
  yield entry;
  if (entry.kind !== 'directory' || !descend(entry)) return;
  for (const name of namesIn(path)) yield* listPermissions(join(path, name), descend);
}

function entryAt(path: string): OwnedEntry | undefined {
  return ifAccessible(() => {
    const [kind, permissions] = [inspect(path)?.kind, permissionsOf(path)];
    return kind && permissions && { path, kind, ...permissions };
  });
}

function namesIn(directory: string): string[] {
  const entries = ifAccessible(() => listDirectory(directory)) ?? [];
  return entries.map(({ name }) => name).sort();
}

function ifAccessible<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
