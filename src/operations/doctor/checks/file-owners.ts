/** Finds files of other users in a store that one user owns, such as those that remain after `sudo attune`. */
import { dirname } from 'node:path';
import { removeFile } from '../../../platform/files/entries.ts';
import { fsyncDirectory } from '../../../platform/files/fsync.ts';
import { linkTarget } from '../../../platform/files/inspect.ts';
import { listPermissions, type OwnedEntry } from '../../../platform/files/list-permissions.ts';
import { giveTree } from '../../../platform/files/ownership.ts';
import { currentUserId, mayRemove, permissionsOf } from '../../../platform/files/permissions.ts';
import { replaceLink } from '../../../platform/files/write.ts';
import type { Layout } from '../../../store/layout.ts';
import { mayBeHeld } from '../../../store/look-again.ts';
import { stagingLockFile } from '../../../store/staging.ts';
import { type Diagnosis, type Fix, warning } from '../diagnosis.ts';
import { formatCommand, formatUser, formatUsers, listItems } from '../wording.ts';

/** @param reported paths that another finding names */
export function ownerFindings(layout: Layout, reported: ReadonlySet<string>): Diagnosis[] {
  const { owner, group } = permissionsOf(layout.data)!;
  const foreign = [...foreignEntries(layout, owner)].filter(({ path }) => !reported.has(path));
  const user = currentUserId();
  const own = user === owner ? foreign.filter((entry) => isReplaceable(entry, layout)) : [];
  const others = foreign.filter((entry) => !own.includes(entry));
  return [
    ...describe(own, owner, 'Replace them with: attune doctor --fix', () => replaceEntries(own)),
    ...(user === 0 && owner !== 0
      ? describe(others, owner, `Give them to ${formatUser(owner)} with: attune doctor --fix`, () =>
          giveEntries(layout, others),
        )
      : describe(
          others,
          owner,
          `As root, run: ${formatCommand(`chown -hR ${owner}:${group}`, commonPaths(others, layout))}`,
        )),
  ];
}

/** Returns the topmost entries of other users, without the staging directories of running processes. */
function* foreignEntries(layout: Layout, owner: number): Generator<OwnedEntry> {
  const isInUse = (path: string) =>
    dirname(path) === layout.staging && mayBeHeld(stagingLockFile(path.replace(/\.lock(-journal)?$/, '')));
  const isOwn = (entry: OwnedEntry) => entry.owner === owner;
  for (const entry of listPermissions(layout.data, (one) => isOwn(one) && !isInUse(one.path))) {
    if (!isOwn(entry) && !isInUse(entry.path)) yield entry;
  }
}

/** A link and a note have no content that only their owner can copy. */
function isReplaceable({ path, kind }: OwnedEntry, { packs, writerNote }: Layout): boolean {
  return ((kind === 'link' && dirname(path) === packs) || path === writerNote) && mayRemove(path);
}

async function replaceEntries(entries: readonly OwnedEntry[]): Promise<string> {
  for (const { path } of entries) {
    const target = linkTarget(path);
    if (target === undefined) removeFile(path);
    else {
      replaceLink(path, target);
      fsyncDirectory(dirname(path));
    }
  }
  return `These entries were replaced: ${entries.map(({ path }) => `'${path}'`).join(', ')}.`;
}

async function giveEntries({ data }: Layout, entries: readonly OwnedEntry[]): Promise<string> {
  for (const { path } of entries) giveTree(data, path, true);
  return `The owner of the data directory was made the owner of: ${entries.map(({ path }) => `'${path}'`).join(', ')}.`;
}

/** The paths for a command; the data directory if there are many. */
function commonPaths(entries: readonly OwnedEntry[], { data }: Layout): string[] {
  return entries.length > 5 ? [data] : entries.map(({ path }) => path);
}

function describe(entries: readonly OwnedEntry[], owner: number, remedy: string, fix?: Fix): Diagnosis[] {
  if (entries.length === 0) return [];
  const users = formatUsers(entries.map((entry) => entry.owner)).replaceAll(' or ', ' and ');
  return [
    warning(
      'permissions',
      `These paths belong to ${users} instead of ${formatUser(owner)}, as after a command with sudo:`,
      {
        items: listItems(entries.map(({ path }) => path)),
        remedy,
        ...(fix === undefined ? {} : { fix }),
      },
    ),
  ];
}
