import { AttuneError } from '../../../errors.ts';
import { assertWritable } from '../../../platform/files/permissions.ts';
import { type Diagnosis, type DoctorContext, ok, resultOrError, warning } from '../diagnosis.ts';
import { nearestExisting } from './disk.ts';

const MIB = 1024 * 1024;

/** Checks that the cache is writable. An unusable cache is a warning, because it only affects speed. */
export async function checkCache({ runtime, config }: DoctorContext): Promise<Diagnosis[]> {
  const { cache } = runtime.paths;
  const writable = await resultOrError(() => assertWritable(nearestExisting(cache)));
  if (writable instanceof AttuneError) {
    return [
      warning('cache', `The cache is not writable. ${writable.message}`, {
        remedy: 'Choose another cache directory with ATTUNE_CACHE_DIR.',
      }),
    ];
  }
  if (config instanceof AttuneError) return [ok('cache', `'${cache}' is writable`)];
  const archives = (await runtime.downloads()).entries();
  const bytes = archives.reduce((sum, archive) => sum + archive.bytes, 0);
  const limit = config.downloads.cacheBytes;
  return [
    ok(
      'cache',
      `'${cache}' contains ${archives.length} ${archives.length === 1 ? 'archive' : 'archives'} (${toMib(bytes)} of at most ${toMib(limit)})`,
    ),
  ];
}

function toMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
