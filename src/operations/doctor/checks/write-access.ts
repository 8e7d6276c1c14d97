/** Checks that this user can write to the store, and reports a store that is read-only as a whole. */
import { basename } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { exists, inspectTarget } from '../../../platform/files/inspect.ts';
import { listPermissions } from '../../../platform/files/list-permissions.ts';
import {
  assertWritable,
  changeMode,
  currentUserId,
  isWritable,
  mayRemove,
  permissionsOf,
} from '../../../platform/files/permissions.ts';
import type { Layout } from '../../../store/layout.ts';
import { replaceDatabaseFile, replaceWriterLock } from '../../../store/replace-foreign.ts';
import { acquireWriterLock } from '../../../store/store.ts';
import type { Runtime } from '../../runtime.ts';
import { type Diagnosis, failure, resultOrError, warning } from '../diagnosis.ts';
import { formatCommand, formatUser, formatUsers, listItems } from '../wording.ts';
import { isForEveryone, isGroupShared } from './group-sharing.ts';

const OWNER_WRITE = 0o200;
const OWNER_SEARCH = 0o100;

class StoreNotWritable extends AttuneError {
  constructor(paths: readonly string[], hint: string) {
    const lines = listItems(paths).map((path) => `  ${path}`);
    super(
      'STORE_PERMISSION',
      ['This user cannot write to these paths, so commands that change packs fail:', ...lines].join('\n'),
      { facts: { paths }, hint },
    );
  }
}

/** @param refs the packs with releases in the database */
export async function accessFindings(
  layout: Layout,
  refs: ReadonlySet<string>,
  runtime: Runtime,
): Promise<Diagnosis[]> {
  const { data } = layout;
  const writable = await resultOrError(() => assertWritable(data));
  if (writable instanceof AttuneError) return [readOnlyStore(data, writable)];
  const paths = unwritablePaths(layout, refs);
  const replaceable = paths.filter((path) => isReplaceable(path, layout));
  const foreign = paths.filter((path) => !replaceable.includes(path));
  return [
    ...(replaceable.length > 0 ? [replaceableFinding(replaceable, layout, runtime)] : []),
    ...(foreign.length > 0 ? [foreignFinding(foreign, data)] : []),
  ];
}

function readOnlyStore(data: string, error: AttuneError): Diagnosis {
  const { owner = 0, group } = permissionsOf(data) ?? {};
  const isOwner = owner === currentUserId();
  const readOnlyDisk = error.code === 'STORE_READ_ONLY';
  const why = readOnlyDisk
    ? 'its file system is read-only'
    : isOwner
      ? 'its mode excludes writing'
      : `it belongs to ${formatUser(owner)}`;
  const elsewhere = 'choose another data directory with --data-dir or ATTUNE_DATA_DIR';
  const remedy = readOnlyDisk
    ? `To change packs, ${elsewhere}.`
    : isOwner
      ? `To change packs, run: ${formatCommand('chmod -R u+w', [data])}`
      : `To change packs, run attune as ${isGroupShared(data) ? `a member of group ${group}` : formatUser(owner)}, or ${elsewhere}.`;
  return warning(
    'permissions',
    `'${data}' is read-only for this user, because ${why}: packs can be listed, verified and tested, but not changed.`,
    { remedy },
  );
}

/** Returns the paths that every change of packs, or the change of one pack, has to write to. */
function unwritablePaths(layout: Layout, refs: ReadonlySet<string>): string[] {
  const { database, writerLock, packs, releases, staging, environments, backups } = layout;
  const ofPacks = [releases, environments].flatMap((directory) =>
    [...listPermissions(directory, ({ path }) => path === directory)].flatMap(({ path, kind }) =>
      kind === 'directory' && path !== directory && refs.has(basename(path)) ? [path] : [],
    ),
  );
  return [
    writerLock,
    database,
    `${database}-journal`,
    packs,
    releases,
    staging,
    environments,
    backups,
    ...ofPacks,
  ].filter((path) => exists(path) && !isWritable(path));
}

/** Returns whether this user can make a path writable: as its owner, or by replacing the file. */
function isReplaceable(path: string, { database, writerLock }: Layout): boolean {
  if (permissionsOf(path)?.owner === currentUserId()) return true;
  return (path === writerLock || path === database) && mayRemove(path) && !exists(`${database}-journal`);
}

function replaceableFinding(paths: readonly string[], layout: Layout, runtime: Runtime): Diagnosis {
  const fix = async () => {
    for (const path of paths) {
      if (permissionsOf(path)?.owner === currentUserId()) makeWritable(path);
      else if (path === layout.writerLock) replaceWriterLock(layout);
      else {
        using _lock = await acquireWriterLock(layout, runtime.lockTimeoutMs, runtime);
        replaceDatabaseFile(layout);
      }
    }
    return `This user can write to ${paths.map((path) => `'${path}'`).join(', ')} again.`;
  };
  return failure('permissions', new StoreNotWritable(paths, 'Make them writable with: attune doctor --fix'), fix);
}

function makeWritable(path: string): void {
  const mode = permissionsOf(path)?.mode ?? 0;
  const isDirectory = inspectTarget(path)?.kind === 'directory';
  changeMode(path, mode | OWNER_WRITE | (isDirectory ? OWNER_SEARCH : 0));
}

function foreignFinding(paths: readonly string[], data: string): Diagnosis {
  const owners = formatUsers(paths.map((path) => permissionsOf(path)?.owner ?? 0));
  const { owner = 0, group = 0 } = permissionsOf(data) ?? {};
  const remedy = isGroupShared(data)
    ? `They belong to ${owners}. As their owner or root, run: ${formatCommand('chmod g+rwX', paths)}`
    : isForEveryone(data)
      ? `They belong to ${owners}. Run attune as their owner, or choose another data directory with --data-dir or ATTUNE_DATA_DIR.`
      : `They belong to ${owners}. As root, run: ${formatCommand(`chown -hR ${owner}:${group}`, paths)}`;
  return failure('permissions', new StoreNotWritable(paths, remedy));
}
