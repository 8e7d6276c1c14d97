/**
 * Opens files that users name. Opening a FIFO waits for its other end, and reading a device may never end, so only regular
 * files are opened. `/dev/null` counts as an empty file.
 */
import * as fs from 'node:fs';
import { attempt, FileError } from '../file-error.ts';

const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0, O_NOFOLLOW = 0 } = fs.constants;
const NULL_DEVICE = '/dev/null';

/** An open regular file. The caller closes the descriptor. */
export interface OpenFile {
  readonly descriptor: number;
  readonly stats: fs.Stats;
}

/**
 * Opens a regular file for reading. Links are followed.
 * @param action for messages, after "Cannot"
 * @throws FileError, also for a directory, a FIFO, a socket or a device
 */
export function openFile(path: string, action = 'open'): OpenFile {
  return attempt(action, path, () => {
    // Merely opening some devices has an effect, such as rewinding a tape.
    refuseSpecial(path, fs.statSync(path), action);
    return openChecked(path, 0, action);
  });
}

/** Opens a regular file without following a link at its path. @throws FileError */
export function openEntry(path: string): OpenFile {
  return attempt('open', path, () => openChecked(path, O_NOFOLLOW, 'open'));
}

function openChecked(path: string, flags: number, action: string): OpenFile {
  const descriptor = fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags);
  try {
    const stats = fs.fstatSync(descriptor);
    refuseSpecial(path, stats, action);
    return { descriptor, stats };
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

/**
 * Throws an error unless a path can be replaced by a regular file. Nothing may be at the path, or a regular file, or
 * `/dev/null`.
 * @param action for messages, after "Cannot"
 * @throws FileError
 */
export function refuseSpecialTarget(path: string, action = 'write'): void {
  const stats = attempt(action, path, () => fs.statSync(path, { throwIfNoEntry: false }));
  if (stats !== undefined) refuseSpecial(path, stats, action);
}

/** @throws FileError unless the status is that of a regular file or of `/dev/null` */
function refuseSpecial(path: string, stats: fs.Stats, action: string): void {
  if (stats.isFile() || isNullDevice(stats)) return;
  const code = stats.isDirectory() ? 'EISDIR' : stats.isFIFO() ? 'FIFO' : stats.isSocket() ? 'SOCKET' : 'DEVICE';
  throw new FileError(action, path, Object.assign(new Error(code), { code }));
}

/** Returns whether a status is that of `/dev/null`, whose content is empty, and which discards everything. */
export function isNullDevice(stats: fs.Stats): boolean {
  if (!stats.isCharacterDevice()) return false;
  const device = fs.statSync(NULL_DEVICE, { throwIfNoEntry: false });
  return device?.isCharacterDevice() === true && device.rdev === stats.rdev;
}

/** Returns whether a path leads to `/dev/null`. @throws FileError */
export function discards(path: string): boolean {
  const stats = attempt('inspect', path, () => fs.statSync(path, { throwIfNoEntry: false }));
  return stats !== undefined && isNullDevice(stats);
}
