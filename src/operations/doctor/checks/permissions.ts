import { join } from 'node:path';
import type { Config } from '../../../config/types.ts';
import { AttuneError } from '../../../errors.ts';
import { inspectTarget, realPath } from '../../../platform/files/inspect.ts';
import { assertWritable, changeMode, currentUserId, permissionsOf } from '../../../platform/files/permissions.ts';
import { configFile } from '../../../platform/paths.ts';
import { SafeUrl } from '../../../platform/safe-url.ts';
import { layoutOf } from '../../../store/layout.ts';
import { type Diagnosis, type DoctorContext, failure, ok, resultOrError, warning } from '../diagnosis.ts';
import { formatUser, formatUsers } from '../wording.ts';
import { nearestExisting } from './disk.ts';
import { ownerFindings } from './file-owners.ts';
import { isForEveryone, isGroupShared, sharingFindings } from './group-sharing.ts';
import { accessFindings } from './write-access.ts';

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
export async function checkPermissions({ runtime, config, survey }: DoctorContext): Promise<Diagnosis[]> {
  const { paths, environment } = runtime;
  const directory = nearestExisting(paths.data);
  if (inspectTarget(directory)?.kind !== 'directory')
    return [failure('permissions', new DataPathNotDirectory(directory))];
  const found = directory === paths.data ? await storeFindings(runtime, survey) : await newStoreFindings(directory);
  if (!environment.windows) found.push(...writableByOthers(paths), ...exposedSecrets(paths, config));
  return found.length > 0 ? found : [ok('permissions', describeOwners(paths.data))];
}

async function newStoreFindings(directory: string): Promise<Diagnosis[]> {
  const writable = await resultOrError(() => assertWritable(directory));
  return writable instanceof AttuneError ? [failure('permissions', writable)] : [];
}

async function storeFindings(runtime: DoctorContext['runtime'], survey: DoctorContext['survey']): Promise<Diagnosis[]> {
  const layout = layoutOf(realPath(runtime.paths.data));
  const releases = survey instanceof AttuneError ? survey : await resultOrError(() => survey.releases());
  // Without the database, the packs of releases are not known.
  const refs = new Set(releases instanceof AttuneError ? [] : releases.map(({ ref }) => ref));
  const access = await accessFindings(layout, refs, runtime);
  if (runtime.environment.windows) return access;
  if (isGroupShared(layout.data)) return [...access, ...sharingFindings(layout)];
  // Files of many users are expected.
  if (isForEveryone(layout.data)) return access;
  return [...access, ...ownerFindings(layout, new Set(access.flatMap(({ items = [] }) => items)))];
}

function describeOwners(data: string): string {
  const { owner, group } = permissionsOf(data) ?? {};
  if (owner === undefined) return 'the data directory can be created';
  if (isForEveryone(data)) return 'every user can add files to the store, and only their owners can remove them';
  if (isGroupShared(data)) return `group ${group} shares the store, and its members can change all packs`;
  const who = owner === currentUserId() ? 'you own' : `${formatUser(owner)} owns`;
  return `${who} all files, and other users have no write access`;
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
  const command = `chmod ${octal(mode)} '${path}'`;
  const owner = permissionsOf(path)?.owner ?? 0;
  if (![owner, 0].includes(currentUserId() ?? owner))
    return warning('permissions', message, {
      remedy: `As ${formatUsers([0, owner])}, restrict access with: ${command}`,
    });
  return warning('permissions', message, {
    remedy: `Restrict access with: ${command}, or with: attune doctor --fix`,
    fix: async () => {
      changeMode(path, mode);
      return `The mode of '${path}' was changed to ${octal(mode)}.`;
    },
  });
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
