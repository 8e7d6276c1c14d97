import { join } from 'node:path';
import type { Config } from '../../../config/types.ts';
import { AttuneError } from '../../../errors.ts';
import { exists, inspectTarget } from '../../../platform/files/inspect.ts';
import { assertWritable, changeMode, currentUserId, permissionsOf } from '../../../platform/files/permissions.ts';
import { configFile } from '../../../platform/paths.ts';
import { SafeUrl } from '../../../platform/safe-url.ts';
import { layoutOf } from '../../../store/layout.ts';
import { type Diagnosis, type DoctorContext, failure, ok, resultOrError, warning } from '../diagnosis.ts';
import { nearestExisting } from './disk.ts';

const OTHERS_WRITE = 0o002;
const GROUP_OR_OTHERS_WRITE = 0o022;
const GROUP_OR_OTHERS = 0o077;
const STICKY = 0o1000;

class DataPathNotDirectory extends AttuneError {
  constructor(path: string) {
    super('STORE_PATH', `'${path}' is not a directory, so packs cannot be stored in it.`, {
      hint: 'Move it to another path, or choose another data directory with --data-dir or ATTUNE_DATA_DIR.',
    });
  }
}

/** Checks owners and modes, except on Windows, which has a different permission model. */
export async function checkPermissions({ runtime, config }: DoctorContext): Promise<Diagnosis[]> {
  const { paths, environment } = runtime;
  const directory = nearestExisting(paths.data);
  if (inspectTarget(directory)?.kind !== 'directory')
    return [failure('permissions', new DataPathNotDirectory(directory))];
  const found: Diagnosis[] = [];
  const writable = await resultOrError(() => assertWritable(directory));
  if (writable instanceof AttuneError) found.push(failure('permissions', writable));
  if (!environment.windows)
    found.push(...foreignOwned(ownedPaths(paths.data)), ...writableByOthers(paths), ...exposedSecrets(paths, config));
  return found.length > 0 ? found : [ok('permissions', 'you own all files, and other users have no write access')];
}

function ownedPaths(data: string): string[] {
  const { database, packs, releases, staging, writerLock } = layoutOf(data);
  return [data, database, `${database}-wal`, packs, releases, staging, writerLock].filter((path) => exists(path));
}

/** Reports paths of other users, for example after a command was run with sudo. */
function foreignOwned(paths: readonly string[]): Diagnosis[] {
  const own = currentUserId();
  const foreign = paths.filter((path) => permissionsOf(path)?.owner !== own);
  if (foreign.length === 0) return [];
  return [
    warning('permissions', 'These paths belong to another user:', {
      items: foreign,
      remedy: `Run attune as that user, or take ownership with: chown -R ${own} '${foreign[0]}'`,
    }),
  ];
}

/** Reports directories that other users can write to: they could replace installed or cached content. */
function writableByOthers({ data, cache }: DoctorContext['runtime']['paths']): Diagnosis[] {
  const { database, packs, releases, staging } = layoutOf(data);
  const targets = [
    ...[data, packs, releases, staging, database].map((path) => ({ path, bits: OTHERS_WRITE })),
    ...[cache, join(cache, 'downloads'), join(cache, 'contents')].map((path) => ({
      path,
      bits: GROUP_OR_OTHERS_WRITE,
    })),
  ];
  return targets.flatMap(({ path, bits }) => {
    const mode = permissionsOf(path)?.mode ?? 0;
    if ((mode & bits) === 0 || (mode & STICKY) !== 0) return [];
    const message = `Other users can write to '${path}' (mode ${octal(mode)}).`;
    return [modeWarning(path, mode & ~bits, message)];
  });
}

/** Reports a configuration that contains credentials and is readable by other users. */
function exposedSecrets(paths: DoctorContext['runtime']['paths'], config: DoctorContext['config']): Diagnosis[] {
  const path = configFile(paths);
  const mode = permissionsOf(path)?.mode ?? 0;
  if ((mode & GROUP_OR_OTHERS) === 0 || config instanceof AttuneError || !holdsSecrets(config)) return [];
  const message = `'${path}' contains credentials, and other users can read it (mode ${octal(mode)}).`;
  return [modeWarning(path, mode & ~GROUP_OR_OTHERS, message)];
}

function holdsSecrets({ registries }: Config): boolean {
  return registries.indices.some(
    ({ url, headers }) =>
      `${new SafeUrl(url)}` !== url || Object.values(headers).some((value) => !/\$\{\w+\}/.test(value)),
  );
}

function modeWarning(path: string, mode: number, message: string): Diagnosis {
  return warning('permissions', message, {
    remedy: `Restrict access with: chmod ${octal(mode)} '${path}', or with: attune doctor --fix`,
    fix: async () => {
      changeMode(path, mode);
      return `The mode of '${path}' was changed to ${octal(mode)}.`;
    },
  });
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
