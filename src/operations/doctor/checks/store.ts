/** Compares the links, releases and temporary files on disk with the database. */
import { dirname, join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { exists, inspect, listDirectory } from '../../../platform/files/inspect.ts';
import { listPermissions, type OwnedEntry } from '../../../platform/files/list-permissions.ts';
import { currentUserId, isWritable, mayRemove, permissionsOf } from '../../../platform/files/permissions.ts';
import { findLeftovers, type Leftovers } from '../../../store/releases/leftovers.ts';
import { stagingLockFile } from '../../../store/staging.ts';
import type { PackLink, RecordedRelease, StoreSurvey } from '../../../store/survey.ts';
import type { Runtime } from '../../runtime.ts';
import { type Diagnosis, type DoctorContext, type Fix, failure, ok, warning } from '../diagnosis.ts';
import { formatCommand, formatUsers } from '../wording.ts';

const GROUP_OR_OTHERS_WRITE = 0o022;
const NOT_CHECKED = 'not checked, because another attune process is writing';

class ForeignLink extends AttuneError {
  constructor({ path, target }: PackLink) {
    super('INTEGRITY_LINK', `'${path}' points to '${target}', which is not a release of attune.`, {
      hint: 'Repair the link with: attune doctor --fix',
    });
  }
}

class LinkPathOccupied extends AttuneError {
  constructor({ path }: PackLink) {
    super(
      'STORE_PLACE_TAKEN',
      `'${path}' is not a link created by attune, so other programs do not find the pack there.`,
      {
        hint: 'Move it to another path, then run: attune doctor --fix',
      },
    );
  }
}

class ReleaseMissing extends AttuneError {
  constructor(ref: string, version: string, why: string) {
    super('INTEGRITY_RELEASE', `The files of ${ref} ${version} are missing: ${why}.`, {
      hint: `Restore them with: attune pack repair ${ref} --yes`,
    });
  }
}

/** The files on disk do not match the database and belong to other users. */
class LeftoversNotRemovable extends AttuneError {
  constructor(paths: readonly string[]) {
    super(
      'STORE_PERMISSION',
      `These files cannot be removed by this user: ${paths.map((path) => `'${path}'`).join(', ')}.`,
      {
        facts: { paths },
        hint: removalByOwner(paths),
      },
    );
  }
}

export function checkStore({ survey, runtime, writing }: DoctorContext): Diagnosis[] {
  if (survey instanceof AttuneError) return [];
  const releases = survey.releases();
  const current = releases.filter((release) => release.current);
  const refs = new Set(current.map(({ ref }) => ref));
  const links = current.map((release) => survey.link(release)).filter(({ status }) => status !== 'correct');
  // A writer replaces the links after its commit.
  const wrong = writing ? links.filter(({ status }) => status === 'external' || status === 'occupied') : links;
  const directories = new Set(releases.map(({ directory }) => directory));
  const found = writing ? undefined : findLeftovers(survey.layout, { directories, refs });
  const leftovers = found && pathsOf(found);
  const fix = repairStore(wrong, leftovers ?? [], runtime);
  return [
    ...(wrong.length > 0 ? wrong.map((link) => diagnoseLink(link, fix)) : [linksCorrect(refs.size, links.length > 0)]),
    ...releaseFindings(releases, survey),
    ...leftoverFindings(leftovers, fix),
    ...unknownFindings(found?.unknown ?? []),
    ...orphanedEnvironments(survey.layout.data, refs),
  ];
}

function linksCorrect(packs: number, pending: boolean): Diagnosis {
  return ok('links', pending ? NOT_CHECKED : `all ${packs} point to the installed releases`);
}

/**
 * Returns a fix that updates the disk to match the database, like every command that writes to the store.
 * @throws LeftoversNotRemovable
 */
function repairStore(links: readonly PackLink[], leftovers: readonly string[], runtime: Runtime): Fix {
  return async () => {
    await (await runtime.store()).write(() => undefined);
    const left = leftovers.filter((path) => inspect(path) !== undefined);
    const repaired = links.map(({ path }) => `'${path}' was repaired`);
    const removed = leftovers.filter((path) => !left.includes(path)).map((path) => `'${path}' was removed`);
    if (repaired.length + removed.length === 0) throw new LeftoversNotRemovable(left);
    return `${[...repaired, ...removed].join('; ')}.`;
  };
}

function diagnoseLink(link: PackLink, fix: Fix): Diagnosis {
  const { path, status } = link;
  if (status === 'occupied') return failure('links', new LinkPathOccupied(link));
  if (status === 'external') return failure('links', new ForeignLink(link), fix);
  const how = status === 'missing' ? 'is missing' : 'points to another release';
  const remedy = 'The next command repairs the link. Repair it now with: attune doctor --fix';
  return warning('links', `'${path}' ${how}.`, { remedy, fix });
}

function releaseFindings(releases: readonly RecordedRelease[], survey: StoreSurvey): Diagnosis[] {
  const missing = releases.filter((release) => survey.describeMissingTree(release) !== undefined);
  const found = survey.stillRecorded(missing).flatMap((release) => {
    const { ref, version, current } = release;
    const why = survey.describeMissingTree(release);
    if (why === undefined) return [];
    if (current) return failure('releases', new ReleaseMissing(ref, version, why));
    const message = `The files of ${ref} ${version}, which is retained for a rollback, are missing: ${why}.`;
    return warning('releases', message, { remedy: `Restore them with: attune pack repair ${ref} --kept --yes` });
  });
  const kept = releases.filter(({ current }) => !current).length;
  const summary = `${releases.length - kept} installed and ${kept} retained; attune pack verify --kept compares their files`;
  return found.length > 0 ? found : [ok('releases', summary)];
}

/** @param leftovers `undefined` while another process is writing */
function leftoverFindings(leftovers: readonly string[] | undefined, fix: Fix): Diagnosis[] {
  if (leftovers === undefined) return [ok('leftovers', NOT_CHECKED)];
  const foreign = leftovers.filter((path) => !isRemovable(path));
  const own = leftovers.filter((path) => !foreign.includes(path));
  const found = [
    ...leftoverFinding(
      own,
      'The next command that writes removes them. Remove them now with: attune doctor --fix',
      fix,
    ),
    ...leftoverFinding(foreign, foreign.length > 0 ? removalByOwner(foreign) : ''),
  ];
  return found.length > 0 ? found : [ok('leftovers', 'none')];
}

function leftoverFinding(paths: readonly string[], remedy: string, fix?: Fix): Diagnosis[] {
  if (paths.length === 0) return [];
  const message = 'Interrupted commands left these files behind:';
  return [warning('leftovers', message, { items: paths, remedy, ...(fix === undefined ? {} : { fix }) })];
}

/** Returns whether this user can remove a file or tree. A directory in it must be writable, or made so by its owner. */
function isRemovable(path: string): boolean {
  const isDeletable = ({ path: entry, kind, owner }: OwnedEntry) =>
    kind !== 'directory' || isWritable(entry) || owner === currentUserId();
  return mayRemove(path) && [...listPermissions(path)].every(isDeletable);
}

function removalByOwner(paths: readonly string[]): string {
  const all = paths.flatMap((path) => [path, stagingLockFile(path)]).filter((path) => inspect(path) !== undefined);
  const owners = all.flatMap(ownersWhoMayRemove);
  return `As ${formatUsers([0, ...owners])}, run: ${formatCommand('rm -rf', all)}`;
}

/** Returns the owner of an entry, unless its directory keeps that user from removing it. */
function ownersWhoMayRemove(path: string): number[] {
  const [entry, directory] = [permissionsOf(path), permissionsOf(dirname(path))];
  if (entry === undefined || directory === undefined) return [];
  const isWritableForOthers = (directory.mode & GROUP_OR_OTHERS_WRITE) !== 0;
  return isWritableForOthers || entry.owner === directory.owner ? [entry.owner] : [];
}

/** Reports directories of other users that may be in use. */
function unknownFindings(items: readonly string[]): Diagnosis[] {
  if (items.length === 0) return [];
  const owners = items.flatMap((path) => (permissionsOf(path) ?? permissionsOf(stagingLockFile(path)))?.owner ?? []);
  const message = 'This user cannot find out whether these directories of other users are in use:';
  const remedy = `Remove those that are not in use: as ${formatUsers([0, ...owners])}, run: attune doctor --fix`;
  return [warning('leftovers', message, { items, remedy })];
}

function pathsOf({ releases, links, staging }: Leftovers): string[] {
  return [...releases, ...links, ...staging];
}

/** Reports environments without an installed pack. They are not removed, because they may belong to a pack under development. */
function orphanedEnvironments(data: string, refs: ReadonlySet<string>): Diagnosis[] {
  const directory = join(data, 'envs');
  if (!exists(directory)) return [];
  const items = listDirectory(directory)
    .filter(({ name, kind }) => kind === 'directory' && !refs.has(name))
    .map(({ name }) => join(directory, name));
  if (items.length === 0) return [];
  return [
    warning('leftovers', 'These test environments belong to packs that are not installed:', {
      items,
      remedy: 'Remove unused environments with: attune cache prune --envs',
    }),
  ];
}
