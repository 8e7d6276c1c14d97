import { dirname } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { DEFAULT_LIMITS } from '../../../limits.ts';
import { type FileSystemFacts, fileSystemOf } from '../../../platform/files/filesystem-info.ts';
import { exists } from '../../../platform/files/read.ts';
import { type Diagnosis, failure, ok, orError, type Patient, warning } from '../diagnosis.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Too little for the database's log and the smallest pack. */
const FULL = { bytes: 16 * MIB, files: 100 };
/** One pack may take so much. */
const SCARCE = { bytes: DEFAULT_LIMITS.unpackedBytes, files: DEFAULT_LIMITS.entries };

class DiskFull extends AttuneError {
  constructor(path: string, left: string) {
    super('STORE_FULL', `Where '${path}' is, only ${left} are left.`, {
      hint: 'Free some space (attune cache prune), or choose another place with --data-dir or ATTUNE_DATA_DIR.',
    });
  }
}

export async function checkDisk({ runtime }: Patient): Promise<Diagnosis[]> {
  const { data } = runtime.paths;
  const facts = await orError(() => fileSystemOf(nearestExisting(data)));
  if (facts instanceof AttuneError) return [failure('disk', facts)];
  return [judgeSpace(data, facts), judgeFileSystem(data, facts)];
}

/** What is not there yet will be made where the first thing above it is. */
export function nearestExisting(path: string): string {
  return exists(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

export function judgeSpace(path: string, { freeBytes, freeFiles = Infinity }: FileSystemFacts): Diagnosis {
  const left = freeFiles < SCARCE.files ? `${inWords(freeBytes)} and ${freeFiles} files` : inWords(freeBytes);
  if (freeBytes < FULL.bytes || freeFiles < FULL.files) return failure('disk', new DiskFull(path, left));
  if (freeBytes >= SCARCE.bytes && freeFiles >= SCARCE.files) return ok('disk', `${left} are free for '${path}'`);
  return warning(
    'disk',
    `Where '${path}' is, only ${left} are left; a single pack may take ${inWords(SCARCE.bytes)}.`,
    {
      remedy: 'Free some space, for example with: attune cache prune',
    },
  );
}

function inWords(bytes: number): string {
  return bytes < 10 * GIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / GIB)} GiB`;
}

export function judgeFileSystem(path: string, { kind, remote }: FileSystemFacts): Diagnosis {
  if (remote) {
    const message = `'${path}' is on ${kind}, where locks may not hold: two commands at once could damage the database.`;
    return warning('file_system', message, {
      remedy: 'Keep it on a disk of this machine with --data-dir or ATTUNE_DATA_DIR.',
    });
  }
  return ok(
    'file_system',
    kind === 'tmpfs' ? `'${path}' is in memory: it is gone when this machine stops` : `'${path}' is on this machine`,
  );
}
