/**
 * Compares the files on disk with those recorded at installation. Links are surveyed before the store is opened, because
 * opening it repairs them. A release that another process replaces during the comparison is compared again.
 */

import { type Digest, formatDigest } from '../../packs/digest.ts';
import {
  compareFiles,
  type Difference,
  type FileDifference,
  type RecordedFile,
} from '../../packs/tree/compare-files.ts';
import { surveyTree } from '../../packs/tree/survey.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import { availableProcessors } from '../../platform/system-info.ts';
import { type PackLink, type RecordedRelease, StoreSurvey } from '../../store/survey.ts';
import { NotInstalled } from '../installed/not-installed.ts';
import type { Runtime } from '../runtime.ts';

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

export interface VerifiedPack {
  readonly ref: string;
  readonly version: string;
  /** False for a release that is kept for a rollback. */
  readonly current: boolean;
  readonly ok: boolean;
  readonly files: number;
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly mode_changed: readonly string[];
  readonly unreadable: readonly string[];
  /** Problems that do not concern a single file, one sentence each. */
  readonly problems: readonly string[];
  /** The differences of each file. */
  readonly details: readonly FileDifference[];
}

/** The verdict on a release, with the records that it is based on. */
export interface ExaminedRelease {
  readonly verdict: VerifiedPack;
  readonly release: RecordedRelease;
  readonly recorded: readonly RecordedFile[];
  /** Has differences other than a link that opening the store has already repaired. */
  readonly damaged: boolean;
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
    .filter(({ ref, current }) => (current || kept) && (refs.length === 0 || refs.includes(ref)));
  const files = chosen.map((release) => survey.files(release));
  using activity = runtime.reporter.activity(
    `Verifying ${chosen.length === 1 ? chosen[0]?.ref : `${chosen.length} releases`}`,
  );
  const total = files.reduce((sum, list) => sum + list.length, 0);
  let done = 0;
  const onFile = () => activity.progress(Math.min(++done, total), total, 'files');
  const examined = await mapConcurrently([...chosen.entries()], availableProcessors(), async ([at, release]) => {
    // Reading is synchronous. Yield to the event loop between releases, so that signals and the terminal are served.
    await runtime.clock.sleep(0);
    const first = examine(release, files[at] ?? [], { survey, links, runtime, onFile });
    return first.verdict.ok ? first : recheckIfReplaced(first, { survey, links, runtime, onFile });
  });
  return examined.filter((one) => one !== undefined);
}

interface ExaminationContext {
  readonly survey: StoreSurvey;
  /** The links by ref, as they were before the store was opened. */
  readonly links: ReadonlyMap<string, PackLink>;
  readonly runtime: Pick<Runtime, 'environment'>;
  readonly onFile: () => void;
}

function surveyLinks(survey: StoreSurvey): Map<string, PackLink> {
  const current = survey.releases().filter((release) => release.current);
  return new Map(current.map((release) => [release.ref, survey.link(release)]));
}

/**
 * Examines a release again if another process replaced it while it was read, that is, if its directory has changed.
 * @returns `undefined` if the release was removed
 */
function recheckIfReplaced(before: ExaminedRelease, context: ExaminationContext): ExaminedRelease | undefined {
  const { survey } = context;
  const { release } = before;
  const releases = survey.releases(release.ref);
  const same = releases.find(({ id }) => id === release.id);
  if (same?.directory === release.directory && same.current === release.current) return before;
  const successor = release.current ? releases.find(({ current }) => current) : same;
  return successor && examine(successor, survey.files(successor), context);
}

function examine(
  release: RecordedRelease,
  recorded: readonly RecordedFile[],
  { survey, links, runtime, onFile }: ExaminationContext,
): ExaminedRelease {
  const { ref, version, current } = release;
  const link = checkLink(release, links.get(ref), survey);
  const gone = survey.describeMissingTree(release);
  const tree = gone === undefined ? surveyTree(survey.directoryOf(release), onFile) : EMPTY_TREE;
  const details = compareFiles(tree, recorded, !runtime.environment.windows);
  const whole =
    details.length === 0 && tree.checksum !== undefined ? checkTreeChecksum(release, tree.checksum) : undefined;
  const problems = [link?.problem, gone && `${gone}.`, whole].filter((problem) => problem !== undefined);
  const pathsOf = (kind: Difference) => details.filter(({ difference }) => difference === kind).map(({ path }) => path);
  const verdict = {
    ref,
    version,
    current,
    ok: details.length === 0 && problems.length === 0,
    files: recorded.length,
    changed: pathsOf('changed'),
    missing: pathsOf('missing'),
    extra: pathsOf('extra'),
    mode_changed: pathsOf('mode_changed'),
    unreadable: pathsOf('unreadable'),
    problems,
    details,
  };
  return {
    verdict,
    release,
    recorded,
    damaged: !verdict.ok && !(link?.repaired && problems.length + details.length === 1),
  };
}

const EMPTY_TREE = { files: [], anomalies: [], directories: new Set<string>(), checksum: undefined } as const;

/** Checks the link of a current release. A stale link is left by a crash and was repaired when the store was opened. */
function checkLink(
  release: RecordedRelease,
  before: PackLink | undefined,
  survey: StoreSurvey,
): { readonly problem: string; readonly repaired: boolean } | undefined {
  if (!release.current) return undefined;
  const { path, status } = survey.link(release);
  if (status === 'occupied') {
    return {
      problem: `'${path}' is not a link created by attune, so other programs do not find the pack there.`,
      repaired: false,
    };
  }
  if (status !== 'correct') return { problem: `'${path}' does not point to the installed release.`, repaired: false };
  if (before?.status !== 'external') return undefined;
  return { problem: `'${path}' pointed to '${before.target}'; attune has repaired the link.`, repaired: true };
}

/** Checks the directory checksum of a tree whose files are all as recorded: the records themselves may be damaged. */
function checkTreeChecksum({ checksum }: RecordedRelease, tree: Digest): string | undefined {
  const actual = formatDigest(tree);
  if (actual === checksum) return undefined;
  return `Each file matches its record, but the directory checksum is ${actual} instead of ${checksum}.`;
}
