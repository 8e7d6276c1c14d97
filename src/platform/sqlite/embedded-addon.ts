/**
 * SQLite inside the standalone executable. A native addon can only be loaded from a file, so that it is unpacked once, to
 * where nobody else can write, and compared byte for byte with what the executable holds each time before it is loaded:
 * that is stronger than a digest, and takes a millisecond.
 */
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAsset, getRawAsset, isSea } from 'node:sea';
import { AttuneError, reasonOf } from '../../errors.ts';
import { systemEnvironment } from '../environment.ts';
import { removeAbandoned, writePrivateFile } from '../files/private-files.ts';
import { resolvePaths } from '../paths.ts';

/** The names of the executable's assets: the addon, and the sixteen digits that its file's name holds. */
export const ADDON_ASSET = 'better_sqlite3.node';
export const ADDON_DIGEST_ASSET = 'better_sqlite3.digest';

/** No place that was tried let the addon be written, kept and loaded. */
export class AddonUnloadable extends AttuneError {
  constructor(failures: readonly string[]) {
    super('STORE_ADDON', `SQLite, which attune brings along, can be loaded from nowhere:\n  ${failures.join('\n  ')}`, {
      hint: 'Set ATTUNE_CACHE_DIR to a directory of your own, with 3 MB free, on a file system that is not mounted noexec.',
      facts: { failures },
    });
  }
}

/** Whether this is the standalone executable; Node runs attune otherwise. */
export function inExecutable(): boolean {
  return isSea();
}

let loaded: object | undefined;

/** The addon of the executable that this runs in; `undefined` where Node runs attune. @throws AddonUnloadable */
export function embeddedAddon(): object | undefined {
  if (!isSea()) return undefined;
  loaded ??= loadFromOneOf(places(), new Uint8Array(getRawAsset(ADDON_ASSET)), getAsset(ADDON_DIGEST_ASSET, 'utf8'));
  return loaded;
}

function places(): readonly string[] {
  const environment = systemEnvironment();
  const runtime = environment.variables['XDG_RUNTIME_DIR'];
  return [
    join(resolvePaths(environment).cache, 'native'),
    ...(runtime ? [join(runtime, 'attune')] : []),
    join(tmpdir(), `attune-${process.getuid?.() ?? environment.userName}`),
  ];
}

function loadFromOneOf(directories: readonly string[], content: Uint8Array, digest: string): object {
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
    removeAbandoned(directory);
    if (!isIntact(path, content)) throw new Error('what was written there is not what can be read');
  }
  refuseShared(directory);
  return path;
}

function isIntact(path: string, content: Uint8Array): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile() || stats.size !== content.length || !isOurs(stats)) return false;
  return holds(path, content);
}

const PIECE = 64 * 1024;

/** In pieces, for which the memory is had once. */
function holds(path: string, content: Uint8Array): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafeSlow(PIECE);
    for (let position = 0; position < content.length; ) {
      const count = readSync(descriptor, piece, 0, PIECE, position);
      const end = position + count;
      if (count === 0 || piece.compare(content, position, end, 0, count) !== 0) return false;
      position = end;
    }
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/** Who can replace a file between our looking at it and our loading it can have us run anything. */
function refuseShared(directory: string): void {
  if (!isOurs(lstatSync(directory))) throw new Error('another user can write there');
}

function isOurs({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

function load(path: string): object {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}
