import { join } from 'node:path';
import type { Config } from '../../../config/config.ts';
import { AttuneError } from '../../../errors.ts';
import { changeMode, confirmWritable, currentOwner, permissionsOf } from '../../../platform/files/permissions.ts';
import { exists, inspectTarget } from '../../../platform/files/read.ts';
import { configFile } from '../../../platform/paths.ts';
import { SafeUrl } from '../../../platform/safe-url.ts';
import { layoutOf } from '../../../store/layout.ts';
import { type Diagnosis, failure, ok, orError, type Patient, warning } from '../diagnosis.ts';
import { nearestExisting } from './disk.ts';

const OTHERS_WRITE = 0o002;
const GROUP_OR_OTHERS_WRITE = 0o022;
const GROUP_OR_OTHERS = 0o077;
const STICKY = 0o1000;

class InTheWay extends AttuneError {
  constructor(path: string) {
    super('STORE_PATH', `'${path}' is not a directory, and packs cannot be kept in it.`, {
      hint: 'Move it away, or choose another place with --data-dir or ATTUNE_DATA_DIR.',
    });
  }
}

/** Windows keeps rights in another way, and nothing is said of them there. */
export async function checkPermissions({ runtime, config }: Patient): Promise<Diagnosis[]> {
  const { paths, environment } = runtime;
  const place = nearestExisting(paths.data);
  if (inspectTarget(place)?.kind !== 'directory') return [failure('permissions', new InTheWay(place))];
  const found: Diagnosis[] = [];
  const writable = await orError(() => confirmWritable(place));
  if (writable instanceof AttuneError) found.push(failure('permissions', writable));
  if (!environment.windows)
    found.push(...foreignOwners(ownedPaths(paths.data)), ...openPlaces(paths), ...secrets(paths, config));
  return found.length > 0 ? found : [ok('permissions', 'files belong to you, and nobody else may write them')];
}

function ownedPaths(data: string): string[] {
  const { database, packs, releases, staging, writerLock } = layoutOf(data);
  return [data, database, `${database}-wal`, packs, releases, staging, writerLock].filter((path) => exists(path));
}

/** As after a command that was run with sudo. */
function foreignOwners(paths: readonly string[]): Diagnosis[] {
  const own = currentOwner();
  const foreign = paths.filter((path) => permissionsOf(path)?.owner !== own);
  if (foreign.length === 0) return [];
  return [
    warning('permissions', 'These belong to another user, who or who not may write them:', {
      items: foreign,
      remedy: `Run attune as that user, or make them yours with: chown -R ${own} '${foreign[0]}'`,
    }),
  ];
}

/** Whoever can write to these decides what is installed. */
function openPlaces({ data, cache }: Patient['runtime']['paths']): Diagnosis[] {
  const { database, packs, releases, staging } = layoutOf(data);
  const places = [
    ...[data, packs, releases, staging, database].map((path) => ({ path, bits: OTHERS_WRITE })),
    ...[cache, join(cache, 'downloads'), join(cache, 'contents')].map((path) => ({
      path,
      bits: GROUP_OR_OTHERS_WRITE,
    })),
  ];
  return places.flatMap(({ path, bits }) => {
    const mode = permissionsOf(path)?.mode ?? 0;
    if ((mode & bits) === 0 || (mode & STICKY) !== 0) return [];
    const message = `Other users may write to '${path}' (mode ${octal(mode)}).`;
    return [closing(path, mode & ~bits, message)];
  });
}

/** A configuration with a login or a token in it. */
function secrets(paths: Patient['runtime']['paths'], config: Patient['config']): Diagnosis[] {
  const path = configFile(paths);
  const mode = permissionsOf(path)?.mode ?? 0;
  if ((mode & GROUP_OR_OTHERS) === 0 || config instanceof AttuneError || !holdsSecrets(config)) return [];
  const message = `'${path}' holds logins or tokens, and other users may read it (mode ${octal(mode)}).`;
  return [closing(path, mode & ~GROUP_OR_OTHERS, message)];
}

function holdsSecrets({ registries }: Config): boolean {
  return registries.indices.some(
    ({ url, headers }) =>
      `${new SafeUrl(url)}` !== url || Object.values(headers).some((value) => !/\$\{\w+\}/.test(value)),
  );
}

function closing(path: string, mode: number, message: string): Diagnosis {
  return warning('permissions', message, {
    remedy: `Close it with: chmod ${octal(mode)} '${path}', or: attune doctor --fix`,
    fix: async () => {
      changeMode(path, mode);
      return `'${path}' has the mode ${octal(mode)} now.`;
    },
  });
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
