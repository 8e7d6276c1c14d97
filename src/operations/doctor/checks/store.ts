/** Compares the links, releases and temporary files on disk with the database. */
import { join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { exists, listDirectory } from '../../../platform/files/inspect.ts';
import { findLeftovers, type Leftovers } from '../../../store/releases/leftovers.ts';
import type { PackLink, RecordedRelease, StoreSurvey } from '../../../store/survey.ts';
import type { Runtime } from '../../runtime.ts';
import { type Diagnosis, type DoctorContext, type Fix, failure, ok, warning } from '../diagnosis.ts';

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
      hint: `Restore them with: attune pack repair ${ref}`,
    });
  }
}

export function checkStore({ survey, runtime }: DoctorContext): Diagnosis[] {
  if (survey instanceof AttuneError) return [];
  const releases = survey.releases();
  const current = releases.filter((release) => release.current);
  const refs = new Set(current.map(({ ref }) => ref));
  const links = current.map((release) => survey.link(release)).filter(({ status }) => status !== 'correct');
  const directories = new Set(releases.map(({ directory }) => directory));
  const leftovers = findLeftovers(survey.layout, { directories, refs });
  const fix = repairStore(links, leftovers, runtime);
  const wrong = links.map((link) => diagnoseLink(link, fix));
  return [
    ...(wrong.length > 0 ? wrong : [ok('links', `all ${refs.size} point to the installed releases`)]),
    ...releaseFindings(releases, survey),
    ...leftoverFindings(leftovers, fix),
    ...orphanedEnvironments(survey.layout.data, refs),
  ];
}

/** Returns a fix that updates the disk to match the database, like every command that writes to the store. */
function repairStore(links: readonly PackLink[], leftovers: Leftovers | undefined, runtime: Runtime): Fix {
  return async () => {
    await (await runtime.store()).write(() => undefined);
    const repaired = links.map(({ path }) => `'${path}' was repaired`);
    const removed = leftovers ? pathsOf(leftovers).map((path) => `'${path}' was removed`) : [];
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
  const found = releases.flatMap((release) => {
    const { ref, version, current } = release;
    const why = survey.describeMissingTree(release);
    if (why === undefined) return [];
    if (current) return failure('releases', new ReleaseMissing(ref, version, why));
    const message = `The files of ${ref} ${version}, which is retained for a rollback, are missing: ${why}.`;
    return warning('releases', message, { remedy: `Restore them with: attune pack repair ${ref} --kept` });
  });
  const kept = releases.filter(({ current }) => !current).length;
  const summary = `${releases.length - kept} installed and ${kept} retained; attune pack verify --kept compares their files`;
  return found.length > 0 ? found : [ok('releases', summary)];
}

function leftoverFindings(leftovers: Leftovers | undefined, fix: Fix): Diagnosis[] {
  if (leftovers === undefined) return [ok('leftovers', 'not checked, because another attune process is writing')];
  const items = pathsOf(leftovers);
  if (items.length === 0) return [ok('leftovers', 'none')];
  return [
    warning('leftovers', 'Interrupted commands left these files behind:', {
      items,
      remedy: 'The next command that writes removes them. Remove them now with: attune doctor --fix',
      fix: fix,
    }),
  ];
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
