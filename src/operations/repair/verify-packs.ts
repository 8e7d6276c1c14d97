/**
 * Compares the files on disk with those recorded at installation. Links are surveyed before the store is opened, because
 * opening it repairs them. Problems are confirmed by a second look, since another process may be changing the store.
 */

import { join } from 'node:path';
import { surveyTree } from '../../packs/tree/survey.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import { availableProcessors } from '../../platform/system-info.ts';
import type { Layout } from '../../store/layout.ts';
import { lookAgain } from '../../store/look-again.ts';
import { describeMissingTree, type PackLink, type RecordedRelease, StoreSurvey } from '../../store/survey.ts';
import { NotInstalled } from '../installed/not-installed.ts';
import type { Runtime } from '../runtime.ts';
import {
  type ExaminedRelease,
  judgeRelease,
  type ReleaseRecord,
  type TreeState,
  type VerifiedPack,
} from './judge-release.ts';

export interface VerifyRequest {
  /** The refs of installed packs; empty for all of them. */
  readonly refs: readonly string[];
  /** Include the releases that are kept for a rollback. */
  readonly kept: boolean;
}

/** The JSON document of `pack verify` (SPEC section 7). Its lists contain paths in the pack. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly packs: readonly VerifiedPack[];
}

type Tools = Pick<Runtime, 'store' | 'paths' | 'environment' | 'reporter' | 'clock'>;

/** @throws NotInstalled that names every ref; DatabaseError when there is nothing to compare with */
export async function verifyPacks(request: VerifyRequest, runtime: Tools): Promise<VerifyReport> {
  const examined = await examinePacks(request, runtime);
  const packs = examined.map(({ verdict }) => verdict);
  return { ok: packs.every(({ ok }) => ok), packs };
}

/** Examines releases like `verifyPacks`, and returns the records that a repair uses. */
export async function examinePacks({ refs, kept }: VerifyRequest, runtime: Tools): Promise<ExaminedRelease[]> {
  using survey = new StoreSurvey(runtime.paths.data);
  const links = surveyLinks(survey);
  const installed = [...(await runtime.store()).versions().keys()];
  const unknown = [...new Set(refs)].filter((ref) => !installed.includes(ref));
  if (unknown.length > 0) throw new NotInstalled(unknown, installed);
  const chosen = survey
    .releases()
    .filter(({ ref, current }) => (current || kept) && (refs.length === 0 || refs.includes(ref)))
    .map((release) => recordOf(release, survey));
  const only = chosen.length === 1 ? chosen[0]?.release.ref : undefined;
  using activity = runtime.reporter.activity(`Verifying ${only ?? `${chosen.length} releases`}`, only);
  const total = chosen.reduce((sum, { files }) => sum + files.length, 0);
  let done = 0;
  const onFile = () => activity.progress(Math.min(++done, total), total, 'files');
  const examined = await mapConcurrently(chosen, availableProcessors(), async (record) => {
    // Reading is synchronous. Yield to the event loop between releases, so that signals and the terminal are served.
    await runtime.clock.sleep(0);
    return examine(record, { layout: survey.layout, links, runtime, onFile });
  });
  return await confirmProblems(examined, { layout: survey.layout, links, runtime, onFile });
}

interface ExaminationContext {
  readonly layout: Layout;
  /** The links by ref, as they were before the store was opened. */
  readonly links: ReadonlyMap<string, PackLink>;
  readonly runtime: Pick<Runtime, 'environment' | 'clock' | 'paths'>;
  readonly onFile: () => void;
}

function surveyLinks(survey: StoreSurvey): Map<string, PackLink> {
  const current = survey.releases().filter((release) => release.current);
  return new Map(current.map((release) => [release.ref, survey.link(release)]));
}

function recordOf(release: RecordedRelease, survey: StoreSurvey, writing = false): ReleaseRecord {
  const link = release.current ? survey.link(release) : undefined;
  const isPending = writing && (link?.status === 'outdated' || link?.status === 'missing');
  return { release, files: survey.files(release), link: isPending ? undefined : link };
}

/** More changes of one release than other processes commit during a verification. */
const MAX_LOOKS = 5;

/**
 * Looks again at the records of releases with problems. Files of a release do not change while the database refers to it, so
 * the comparison of files is repeated only for a release whose record has changed.
 * @returns the releases without those that another process has removed
 */
async function confirmProblems(
  examined: readonly ExaminedRelease[],
  context: ExaminationContext,
): Promise<ExaminedRelease[]> {
  let results: readonly (ExaminedRelease | undefined)[] = examined;
  let unconfirmed = new Set(examined.filter(({ verdict }) => !verdict.ok));
  for (let look = 0; look < MAX_LOOKS && unconfirmed.size > 0; look++) {
    const records = await readAgain(unconfirmed, context);
    const changed = new Set<ExaminedRelease>();
    results = results.map((result) => {
      if (result === undefined || !unconfirmed.has(result)) return result;
      const record = records.get(result);
      if (record === undefined) return undefined;
      if (isSameRelease(record.release, result.release)) return judge(record, result.tree, context);
      const successor = examine(record, context);
      if (!successor.verdict.ok) changed.add(successor);
      return successor;
    });
    unconfirmed = changed;
  }
  return results.filter((result) => result !== undefined);
}

/** Reads the present records of releases, in a new connection, since the database may have been replaced. */
function readAgain(
  examined: Iterable<ExaminedRelease>,
  { layout, runtime }: ExaminationContext,
): Promise<Map<ExaminedRelease, ReleaseRecord>> {
  return lookAgain(layout, runtime.clock, (writing) => {
    using survey = new StoreSurvey(layout.data);
    const releases = survey.releases();
    const found = new Map<ExaminedRelease, ReleaseRecord>();
    for (const one of examined) {
      const { release } = one;
      const same = releases.find((candidate) => isSameRelease(candidate, release));
      const ofRef = releases.filter(({ ref }) => ref === release.ref);
      const successor = release.current
        ? ofRef.find(({ current }) => current)
        : ofRef.find(({ id, version }) => id === release.id && version === release.version);
      const present = same ?? successor;
      if (present !== undefined) found.set(one, recordOf(present, survey, writing));
    }
    return found;
  });
}

/** Ids are used again, so they do not identify a release on their own. */
function isSameRelease(one: RecordedRelease, other: RecordedRelease): boolean {
  return (
    one.id === other.id &&
    one.directory === other.directory &&
    one.installed_at === other.installed_at &&
    one.current === other.current
  );
}

function judge(record: ReleaseRecord, tree: TreeState, { links, runtime }: ExaminationContext): ExaminedRelease {
  return judgeRelease(record, tree, links.get(record.release.ref), !runtime.environment.windows);
}

function examine(record: ReleaseRecord, context: ExaminationContext): ExaminedRelease {
  const { release, files } = record;
  const { layout, onFile } = context;
  const recorded = new Set(files.map(({ path }) => path));
  const gone = describeMissingTree(layout, release);
  const survey =
    gone === undefined ? surveyTree(join(layout.releases, release.directory), recorded, onFile) : EMPTY_TREE;
  return judge(record, { gone, survey }, context);
}

const EMPTY_TREE = {
  files: [],
  anomalies: [],
  directories: new Set<string>(),
  generated: [],
  checksum: undefined,
} as const;
