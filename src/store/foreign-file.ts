/** Explains errors that another user's files cause, such as those that remain after a command with sudo. */
import { dirname, sep } from 'node:path';
import { AttuneError } from '../errors.ts';
import { FileError } from '../platform/files/file-error.ts';
import { currentUserId, isWritable, type Permissions, permissionsOf } from '../platform/files/permissions.ts';
import { quoteForShell } from '../platform/shell-quote.ts';
import { DatabaseError } from '../platform/sqlite/database-error.ts';
import type { Layout } from './layout.ts';

/** A path of the store belongs to another user, and this one has no permission for an operation on it. */
export class ForeignStoreFile extends AttuneError {
  constructor({ code, message, facts }: AttuneError, hint: string, cause: unknown) {
    super(code, message, { facts, hint, cause });
  }
}

/** Adds a hint that names the owner to an error of a missing permission in the store. Returns other errors unchanged. */
export function explainForeignFile({ data }: Pick<Layout, 'data'>, error: unknown): unknown {
  if (!(error instanceof FileError || error instanceof DatabaseError) || error.code !== 'STORE_PERMISSION')
    return error;
  const { path } = error.facts;
  if (typeof path !== 'string' || !(path + sep).startsWith(data + sep)) return error;
  const entry = nearestEntry(path);
  const user = currentUserId();
  if (entry === undefined || user === undefined || entry.owner === user) return error;
  return new ForeignStoreFile(error, hintFor(entry, data, user), error);
}

interface Entry extends Permissions {
  readonly path: string;
}

/** Returns the entry, or the directory in which it cannot be created. */
function nearestEntry(path: string): Entry | undefined {
  try {
    const permissions = permissionsOf(path);
    if (permissions !== undefined) return { path, ...permissions };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
  return dirname(path) === path ? undefined : nearestEntry(dirname(path));
}

function hintFor({ path, owner }: Entry, data: string, user: number): string {
  const store = permissionsOf(data);
  const name = (id: number) => (id === 0 ? 'root' : `user ${id}`);
  if (store?.owner === user) {
    const command = `sudo chown -hR ${user}:${store.group} ${quoteForShell(path)}`;
    return `'${path}' belongs to ${name(owner)}, as after a command with sudo. Find all such files with 'attune doctor', or run: ${command}`;
  }
  if (isWritable(data))
    return `'${path}' belongs to ${name(owner)}. Find out who has to change what with: attune doctor`;
  return `The store belongs to ${name(store?.owner ?? 0)}. Run attune as a user who can write to it, or choose another directory with --data-dir or ATTUNE_DATA_DIR.`;
}
