/**
 * SQLite in the standalone executable. A native addon can only be loaded from a file, so it is unpacked once to a directory
 * that no other user can write to. Before each load it is compared byte for byte with the asset in the executable, which is
 * stronger than a digest and takes a millisecond.
 */
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAsset, getRawAsset, isSea } from 'node:sea';
import { AttuneError, reasonOf } from '../../errors.ts';
import { systemEnvironment } from '../environment.ts';
import { isOfOtherUser } from '../files/ownership.ts';
import { removeStaleTemporaryFiles, writePrivateFile } from '../files/private-files.ts';
import { resolvePaths } from '../paths.ts';

/** Names of the executable's assets: the addon, and the 16 hex digits of its digest that are part of the file name. */
export const ADDON_ASSET = 'better_sqlite3.node';
export const ADDON_DIGEST_ASSET = 'better_sqlite3.digest';

/** The addon could not be unpacked to and loaded from any candidate directory. */
export class AddonUnloadable extends AttuneError {
  constructor(failures: readonly string[]) {
    super(
      'STORE_ADDON',
      `The SQLite addon in the executable cannot be loaded from any directory:\n  ${failures.join('\n  ')}`,
      {
        hint: 'Set ATTUNE_CACHE_DIR to a directory that only you can write to, with 3 MB free, on a file system that is not mounted noexec.',
        facts: { failures },
      },
    );
  }
}

/** Returns true in the standalone executable, false if Node runs attune. */
export function isStandaloneExecutable(): boolean {
  return isSea();
}

let loaded: object | undefined;

/** Returns the addon of the standalone executable; `undefined` if Node runs attune. @throws AddonUnloadable */
export function embeddedAddon(): object | undefined {
  if (!isSea()) return undefined;
  loaded ??= loadFromFirst(
    candidateDirectories(),
    new Uint8Array(getRawAsset(ADDON_ASSET)),
    getAsset(ADDON_DIGEST_ASSET, 'utf8'),
  );
  return loaded;
}

/** Returns the directories to try. Root uses none of another user, who could replace the file and could not remove it. */
function candidateDirectories(): readonly string[] {
  const environment = systemEnvironment();
  const runtime = environment.variables['XDG_RUNTIME_DIR'];
  const ofUser = [join(resolvePaths(environment).cache, 'native'), ...(runtime ? [join(runtime, 'attune')] : [])];
  return [
    ...ofUser.filter((directory) => !isOfOtherUser(directory)),
    join(tmpdir(), `attune-${process.getuid?.() ?? environment.userName}`),
  ];
}

function loadFromFirst(directories: readonly string[], content: Uint8Array, digest: string): object {
  const failures: string[] = [];
  for (const directory of directories) {
    try {
      return load(unpack(directory, content, digest));
    } catch (error) {
      failures.push(`${directory}: ${reasonOf(error)}`);
    }
  }
  throw new AddonUnloadable(failures);
}

function unpack(directory: string, content: Uint8Array, digest: string): string {
  const path = join(directory, `better_sqlite3-${digest}.node`);
  if (!isIntact(path, content)) {
    writePrivateFile(path, content);
    removeStaleTemporaryFiles(directory);
    if (!isIntact(path, content)) throw new Error('the file read back differs from the file written');
  }
  refuseShared(directory);
  return path;
}

function isIntact(path: string, content: Uint8Array): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile() || stats.size !== content.length || !isPrivate(stats)) return false;
  return hasContent(path, content);
}

const BUFFER_BYTES = 64 * 1024;

/** Compares in pieces that share one buffer. */
function hasContent(path: string, content: Uint8Array): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    for (let position = 0; position < content.length; ) {
      const count = readSync(descriptor, buffer, 0, BUFFER_BYTES, position);
      const end = position + count;
      if (count === 0 || buffer.compare(content, position, end, 0, count) !== 0) return false;
      position = end;
    }
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/** Another user who can write to the directory could replace the file between the comparison and the load. */
function refuseShared(directory: string): void {
  if (!isPrivate(lstatSync(directory))) throw new Error('another user can write to it');
}

function isPrivate({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

function load(path: string): object {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}
