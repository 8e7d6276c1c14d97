/** Compares the link and the tree of a release with what the database records about it. */
import { type Digest, formatDigest } from '../../packs/digest.ts';
import {
  compareFiles,
  type Difference,
  type FileDifference,
  type RecordedFile,
} from '../../packs/tree/compare-files.ts';
import type { TreeSurvey } from '../../packs/tree/survey.ts';
import type { PackLink, RecordedRelease } from '../../store/survey.ts';

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
  /** What interpreters have written next to code. It does not count as a difference. */
  readonly generated: readonly string[];
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
  readonly tree: TreeState;
  /** Has differences other than a link that opening the store has already repaired. */
  readonly damaged: boolean;
}

/** What the database records about a release, and the link of its pack at the same time. */
export interface ReleaseRecord {
  readonly release: RecordedRelease;
  readonly files: readonly RecordedFile[];
  /** `undefined` if the release is not current, or if another process is about to replace the link. */
  readonly link: PackLink | undefined;
}

/** The state of a release's tree on the disk. */
export interface TreeState {
  /** Why the tree cannot be inspected. */
  readonly gone: string | undefined;
  readonly survey: TreeSurvey;
}

/** @param before the link as it was before the store was opened @param compareModes false on Windows */
export function judgeRelease(
  { release, files: recorded, link: present }: ReleaseRecord,
  tree: TreeState,
  before: PackLink | undefined,
  compareModes: boolean,
): ExaminedRelease {
  const { ref, version, current } = release;
  const link = present && checkLink(present, before);
  const { differences: details, generated } = compareFiles(tree.survey, recorded, compareModes);
  const { checksum } = tree.survey;
  const same = details.length === 0 && generated.length === tree.survey.generated.length;
  const whole = same && checksum !== undefined ? checkTreeChecksum(release, checksum) : undefined;
  const problems = [link?.problem, tree.gone && `${tree.gone}.`, whole].filter((problem) => problem !== undefined);
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
    generated,
    problems,
    details,
  };
  return {
    verdict,
    release,
    recorded,
    tree,
    damaged: !verdict.ok && !(link?.repaired && problems.length + details.length === 1),
  };
}

/** Checks the link of a current release. A stale link is left by a crash and was repaired when the store was opened. */
function checkLink(
  { path, status }: PackLink,
  before: PackLink | undefined,
): { readonly problem: string; readonly repaired: boolean } | undefined {
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
