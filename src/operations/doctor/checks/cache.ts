import { AttuneError } from '../../../errors.ts';
import { confirmWritable } from '../../../platform/files/permissions.ts';
import { type Diagnosis, ok, orError, type Patient, warning } from '../diagnosis.ts';
import { nearestExisting } from './disk.ts';

const MIB = 1024 * 1024;

/** A cache that cannot be used costs time and nothing else. */
export async function checkCache({ runtime, config }: Patient): Promise<Diagnosis[]> {
  const { cache } = runtime.paths;
  const writable = await orError(() => confirmWritable(nearestExisting(cache)));
  if (writable instanceof AttuneError) {
    return [
      warning('cache', `The cache cannot be used. ${writable.message}`, {
        remedy: 'Choose another place with ATTUNE_CACHE_DIR.',
      }),
    ];
  }
  if (config instanceof AttuneError) return [ok('cache', `'${cache}' can be written`)];
  const archives = (await runtime.downloads()).entries();
  const bytes = archives.reduce((sum, archive) => sum + archive.bytes, 0);
  const most = config.downloads.cacheBytes;
  return [ok('cache', `'${cache}' has ${archives.length} archives, ${toMib(bytes)} of at most ${toMib(most)}`)];
}

function toMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
