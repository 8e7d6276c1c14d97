/** What the disk holds against what the database says. */
import { join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { exists, listDirectory } from '../../../platform/files/read.ts';
import { findLeftovers, type Leftovers } from '../../../store/releases/leftovers.ts';
import type { PackLink, RecordedRelease, StoreSurvey } from '../../../store/survey.ts';
import type { Runtime } from '../../runtime.ts';
import { type Diagnosis, type Fix, failure, ok, type Patient, warning } from '../diagnosis.ts';

class LinkElsewhere extends AttuneError {
  constructor({ path, target }: PackLink) {
    super('INTEGRITY_LINK', `'${path}' leads to '${target}' and not to a release of attune's.`, {
      hint: 'Put it right with: attune doctor --fix',
    });
  }
}

class LinkTaken extends AttuneError {
  constructor({ path }: PackLink) {
    super('STORE_PLACE_TAKEN', `'${path}' is not a link of attune's, so other programs do not see the pack there.`, {
      hint: 'Move it away, then: attune doctor --fix',
    });
  }
}

class ReleaseGone extends AttuneError {
  constructor(ref: string, version: string, why: string) {
    super('INTEGRITY_RELEASE', `The files of ${ref} ${version} are not there: ${why}.`, {
      hint: `Restore them with: attune pack repair ${ref}`,
    });
  }
}

export function checkStore({ survey, runtime }: Patient): Diagnosis[] {
  if (survey instanceof AttuneError) return [];
  const releases = survey.releases();
  const current = releases.filter((release) => release.current);
  const refs = new Set(current.map(({ ref }) => ref));
  const links = current.map((release) => survey.link(release)).filter(({ standing }) => standing !== 'right');
  const directories = new Set(releases.map(({ directory }) => directory));
  const left = findLeftovers(survey.layout, { directories, refs });
  const mend = mending(links, left, runtime);
  const astray = links.map((link) => judgeLink(link, mend));
  return [
    ...(astray.length > 0 ? astray : [ok('links', `all ${refs.size} lead to what is installed`)]),
    ...releaseFindings(releases, survey),
    ...leftoverFindings(left, mend),
    ...strayEnvironments(survey.layout.data, refs),
  ];
}

/** Makes the disk follow the database, as the next command that writes would. */
function mending(links: readonly PackLink[], left: Leftovers | undefined, runtime: Runtime): Fix {
  return async () => {
    await (await runtime.store()).write(() => undefined);
    const mended = links.map(({ path }) => `'${path}' was put right`);
    const removed = left ? pathsOf(left).map((path) => `'${path}' was removed`) : [];
    return `${[...mended, ...removed].join('; ')}.`;
  };
}

function judgeLink(link: PackLink, mend: Fix): Diagnosis {
  const { path, standing } = link;
  if (standing === 'taken') return failure('links', new LinkTaken(link));
  if (standing === 'elsewhere') return failure('links', new LinkElsewhere(link), mend);
  const how = standing === 'missing' ? 'is missing' : 'leads to another release';
  const remedy = 'The next command puts it right, or: attune doctor --fix';
  return warning('links', `'${path}' ${how}.`, { remedy, fix: mend });
}

function releaseFindings(releases: readonly RecordedRelease[], survey: StoreSurvey): Diagnosis[] {
  const found = releases.flatMap((release) => {
    const { ref, version, current } = release;
    const why = survey.whyNoTree(release);
    if (why === undefined) return [];
    if (current) return failure('releases', new ReleaseGone(ref, version, why));
    const message = `The files of ${ref} ${version}, which is kept for a rollback, are not there: ${why}.`;
    return warning('releases', message, { remedy: `Restore them with: attune pack repair ${ref} --kept` });
  });
  const kept = releases.filter(({ current }) => !current).length;
  const there = `${releases.length - kept} installed and ${kept} kept; attune pack verify --kept compares their files`;
  return found.length > 0 ? found : [ok('releases', there)];
}

function leftoverFindings(left: Leftovers | undefined, mend: Fix): Diagnosis[] {
  if (left === undefined) return [ok('leftovers', 'another attune is writing, and what it is at was not looked at')];
  const items = pathsOf(left);
  if (items.length === 0) return [ok('leftovers', 'none')];
  return [
    warning('leftovers', 'Commands that did not come to their end left behind:', {
      items,
      remedy: 'The next command that writes removes it, or: attune doctor --fix',
      fix: mend,
    }),
  ];
}

function pathsOf({ releases, links, staging }: Leftovers): string[] {
  return [...releases, ...links, ...staging];
}

/** Somebody may have made them for a pack that is tested and not installed, so they are left to who knows. */
function strayEnvironments(data: string, refs: ReadonlySet<string>): Diagnosis[] {
  const directory = join(data, 'envs');
  if (!exists(directory)) return [];
  const items = listDirectory(directory)
    .filter(({ name, kind }) => kind === 'directory' && !refs.has(name))
    .map(({ name }) => join(directory, name));
  if (items.length === 0) return [];
  return [
    warning('leftovers', 'There are test environments of packs that are not installed:', {
      items,
      remedy: 'Remove what is not used with: attune cache prune --envs',
    }),
  ];
}
