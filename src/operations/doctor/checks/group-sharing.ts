/** Checks that every member of a group that shares a store can change it: a data directory that is writable for its group. */
import { dirname } from 'node:path';
import { listPermissions, type OwnedEntry } from '../../../platform/files/list-permissions.ts';
import {
  changeGroup,
  changeMode,
  currentGroupId,
  currentUserId,
  groupNeedsBit,
  permissionsOf,
} from '../../../platform/files/permissions.ts';
import type { Layout } from '../../../store/layout.ts';
import { type Diagnosis, warning } from '../diagnosis.ts';
import { formatCommand, formatUsers, listItems } from '../wording.ts';

const SET_GROUP_ID = 0o2000;
const STICKY = 0o1000;
const GROUP_WRITE = 0o020;
const OTHERS_WRITE = 0o002;
const GROUP_FILE = 0o060;
const GROUP_DIRECTORY = 0o070;

/**
 * Returns whether a group shares a store: its directory is writable for a group that was chosen for it, which is neither the
 * group of everything that the owner creates, nor everyone.
 */
export function isGroupShared(data: string): boolean {
  const permissions = permissionsOf(data);
  if (permissions === undefined) return false;
  const { mode, owner, group } = permissions;
  const ownGroup = owner === currentUserId() ? currentGroupId() : owner;
  const isChosen = (mode & SET_GROUP_ID) !== 0 || group !== ownGroup;
  return (mode & GROUP_WRITE) !== 0 && (mode & OTHERS_WRITE) === 0 && isChosen;
}

/** Returns whether every user can create files in a store, but only remove their own, as in a system's temporary directory. */
export function isForEveryone(data: string): boolean {
  const { mode = 0 } = permissionsOf(data) ?? {};
  return (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) !== 0;
}

/** One requirement for the entries of a shared store. */
interface Requirement {
  readonly message: string;
  /** Without paths, for a shell. */
  readonly command: string;
  /** A further instruction, a full sentence. */
  readonly advice?: string;
  isMet(entry: OwnedEntry): boolean;
  meet(entry: OwnedEntry): void;
}

export function sharingFindings(layout: Layout): Diagnosis[] {
  const { group } = permissionsOf(layout.data)!;
  const entries = [...listPermissions(layout.data, ({ path }) => !isPrivate(path, layout))].filter((entry) =>
    isShared(entry, layout),
  );
  return requirementsOf(group).flatMap((requirement) => {
    const failing = entries.filter((entry) => !requirement.isMet(entry));
    const own = failing.filter(({ owner }) => [owner, 0].includes(currentUserId() ?? -1));
    return [
      ...describe(own, requirement, true),
      ...describe(
        failing.filter((entry) => !own.includes(entry)),
        requirement,
        false,
      ),
    ];
  });
}

/** Staging directories are private to their process. */
function isPrivate(path: string, { staging }: Layout): boolean {
  return dirname(path) === staging;
}

/** The members replace links and whole trees, but write to the files in the data directory itself. */
function isShared({ path, kind }: OwnedEntry, layout: Layout): boolean {
  if (isPrivate(path, layout)) return false;
  return kind === 'directory' || (kind === 'file' && [layout.data, layout.backups].includes(dirname(path)));
}

function requirementsOf(group: number): Requirement[] {
  const sharedBy = `of the store that group ${group} shares`;
  return [
    {
      message: `These paths ${sharedBy} belong to another group:`,
      command: `chgrp ${group}`,
      isMet: (entry) => entry.group === group,
      meet: ({ path }) => changeGroup(path, group),
    },
    {
      message: `These directories ${sharedBy} lack the set-group-ID bit, so that new files belong to another group:`,
      command: 'chmod g+s',
      isMet: ({ kind, mode }) => kind !== 'directory' || !groupNeedsBit || (mode & SET_GROUP_ID) !== 0,
      meet: ({ path }) => addMode(path, SET_GROUP_ID),
    },
    {
      message: `These paths ${sharedBy} are not writable for the group, as after a command with a umask other than 002:`,
      command: 'chmod g+rwX',
      advice: 'Every member should set umask 002.',
      isMet: (entry) => (entry.mode & groupAccess(entry)) === groupAccess(entry),
      meet: (entry) => addMode(entry.path, groupAccess(entry)),
    },
  ];
}

function addMode(path: string, bits: number): void {
  changeMode(path, (permissionsOf(path)?.mode ?? 0) | bits);
}

function groupAccess({ kind }: OwnedEntry): number {
  return kind === 'directory' ? GROUP_DIRECTORY : GROUP_FILE;
}

function describe(
  entries: readonly OwnedEntry[],
  { message, command, advice = '', meet }: Requirement,
  own: boolean,
): Diagnosis[] {
  if (entries.length === 0) return [];
  const paths = entries.map(({ path }) => path);
  const asWhom = own ? 'Run' : `As ${formatUsers([0, ...entries.map(({ owner }) => owner)])}, run`;
  const remedy = `${asWhom}: ${formatCommand(command, paths)}`;
  const fix = async () => {
    for (const entry of entries) meet(entry);
    return `${listItems(paths).join(', ')}: changed as by ${command}.`;
  };
  return [
    warning('permissions', message, {
      items: listItems(paths),
      remedy: [...(advice ? [advice] : []), own ? `${remedy}, or: attune doctor --fix` : remedy].join(' '),
      ...(own ? { fix } : {}),
    }),
  ];
}
