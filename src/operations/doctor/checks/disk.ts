import { dirname } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { DEFAULT_LIMITS } from '../../../limits.ts';
import { type FileSystemInfo, fileSystemInfo } from '../../../platform/files/filesystem-info.ts';
import { exists } from '../../../platform/files/inspect.ts';
import { type Diagnosis, type DoctorContext, failure, ok, resultOrError, warning } from '../diagnosis.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Less is not enough for the database's log and the smallest pack. */
const CRITICAL = { bytes: 16 * MIB, files: 100 };
/** The maximum size of a single pack. */
const LOW = { bytes: DEFAULT_LIMITS.unpackedBytes, files: DEFAULT_LIMITS.entries };

class DiskFull extends AttuneError {
  constructor(path: string, left: string) {
    super('STORE_FULL', `Only ${left} are free on the file system of '${path}'.`, {
      hint: 'Free some space (attune cache prune), or choose another data directory with --data-dir or ATTUNE_DATA_DIR.',
    });
  }
}

export async function checkDisk({ runtime }: DoctorContext): Promise<Diagnosis[]> {
  const { data } = runtime.paths;
  const facts = await resultOrError(() => fileSystemInfo(nearestExisting(data)));
  if (facts instanceof AttuneError) return [failure('disk', facts)];
  return [judgeSpace(data, facts), judgeFileSystem(data, facts)];
}

/** Returns the path, or its nearest ancestor that exists. */
export function nearestExisting(path: string): string {
  return exists(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

export function judgeSpace(path: string, { freeBytes, freeFiles = Infinity }: FileSystemInfo): Diagnosis {
  const left = freeFiles < LOW.files ? `${formatBytes(freeBytes)} and ${freeFiles} files` : formatBytes(freeBytes);
  if (freeBytes < CRITICAL.bytes || freeFiles < CRITICAL.files) return failure('disk', new DiskFull(path, left));
  if (freeBytes >= LOW.bytes && freeFiles >= LOW.files) return ok('disk', `${left} are free for '${path}'`);
  return warning(
    'disk',
    `Only ${left} are free on the file system of '${path}'; a single pack may take ${formatBytes(LOW.bytes)}.`,
    {
      remedy: 'Free some space, for example with: attune cache prune',
    },
  );
}

function formatBytes(bytes: number): string {
  return bytes < 10 * GIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / GIB)} GiB`;
}

export function judgeFileSystem(path: string, { kind, remote }: FileSystemInfo): Diagnosis {
  if (remote) {
    const message = `'${path}' is on ${kind}, where file locks may be unreliable: concurrent commands could damage the database.`;
    return warning('file_system', message, {
      remedy: 'Choose a directory on a local disk with --data-dir or ATTUNE_DATA_DIR.',
    });
  }
  return ok(
    'file_system',
    kind === 'tmpfs' ? `'${path}' is in memory: it is lost when this machine stops` : `'${path}' is on a local disk`,
  );
}
