/**
 * Compares what is on the disk with what was recorded when it was installed. The links are looked at before the store is
 * opened, because opening it mends them; the files of a release that another process replaces meanwhile are looked at
 * once more.
 */

import { type Digest, formatDigest } from '../../packs/digest.ts';
import {
  compareFiles,
  type Difference,
  type FileDifference,
  type RecordedFile,
} from '../../packs/tree/compare-files.ts';
import { surveyTree } from '../../packs/tree/survey.ts';
import { inParallel } from '../../platform/concurrency.ts';
import { processors } from '../../platform/machine.ts';
import { type PackLink, type RecordedRelease, StoreSurvey } from '../../store/survey.ts';
import { NotInstalled } from '../installed/not-installed.ts';
import type { Runtime } from '../runtime.ts';

export interface VerifyRequest {
  /** Of installed packs; all of them if empty. */
  readonly refs: readonly string[];
  /** Also the releases that are kept for a rollback. */
  readonly kept: boolean;
}

/** As the contract prints it (SPEC section 7). The lists are of paths in the pack. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly packs: readonly VerifiedPack[];
}

export interface VerifiedPack {
  readonly ref: string;
  readonly version: string;
  /** False for one that is kept for a rollback. */
  readonly current: boolean;
  readonly ok: boolean;
  readonly files: number;
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly mode_changed: readonly string[];
  readonly unreadable: readonly string[];
  /** What is wrong and is no matter of one file, one sentence each. */
  readonly problems: readonly string[];
  /** What is different about each file. */
  readonly details: readonly FileDifference[];
}

/** A verdict with what it was passed on. */
export interface ExaminedRelease {
  readonly verdict: VerifiedPack;
  readonly release: RecordedRelease;
  readonly recorded: readonly RecordedFile[];
  /** It takes more than what opening the store has put right. */
  readonly damaged: boolean;
}

type Tools = Pick<Runtime, 'store' | 'paths' | 'environment' | 'reporter' | 'clock'>;

/** @throws NotInstalled that names every ref; DatabaseFault when there is nothing to compare with */
export async function verifyPacks(request: VerifyRequest, runtime: Tools): Promise<VerifyReport> {
  const examined = await examinePacks(request, runtime);
  const packs = examined.map(({ verdict }) => verdict);
  return { ok: packs.every(({ ok }) => ok), packs };
}

/** See `verifyPacks`. */
export async function examinePacks({ refs, kept }: VerifyRequest, runtime: Tools): Promise<ExaminedRelease[]> {
  using survey = new StoreSurvey(runtime.paths.data);
  const links = linksOf(survey);
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
  const examined = await inParallel([...chosen.entries()], processors(), async ([at, release]) => {
    // Reading is synchronous: in between, signals and the terminal get their turn.
    await runtime.clock.sleep(0);
    const first = examine(release, files[at] ?? [], { survey, links, runtime, onFile });
    return first.verdict.ok ? first : again(first, { survey, links, runtime, onFile });
  });
  return examined.filter((one) => one !== undefined);
}

interface Examination {
  readonly survey: StoreSurvey;
  /** As they were before anybody mended them, by ref. */
  readonly links: ReadonlyMap<string, PackLink>;
  readonly runtime: Pick<Runtime, 'environment'>;
  readonly onFile: () => void;
}

function linksOf(survey: StoreSurvey): Map<string, PackLink> {
  const current = survey.releases().filter((release) => release.current);
  return new Map(current.map((release) => [release.ref, survey.link(release)]));
}

/**
 * What differs may have been replaced by another process while it was read: then its place in the store is another.
 * @returns `undefined` where it is no longer there
 */
function again(before: ExaminedRelease, examination: Examination): ExaminedRelease | undefined {
  const { survey } = examination;
  const { release } = before;
  const now = survey.releases(release.ref);
  const same = now.find(({ id }) => id === release.id);
  if (same?.directory === release.directory && same.current === release.current) return before;
  const successor = release.current ? now.find(({ current }) => current) : same;
  return successor && examine(successor, survey.files(successor), examination);
}

function examine(
  release: RecordedRelease,
  recorded: readonly RecordedFile[],
  { survey, links, runtime, onFile }: Examination,
): ExaminedRelease {
  const { ref, version, current } = release;
  const link = judgeLink(release, links.get(ref), survey);
  const gone = survey.whyNoTree(release);
  const tree = gone === undefined ? surveyTree(survey.directoryOf(release), onFile) : NOTHING;
  const details = compareFiles(tree, recorded, !runtime.environment.windows);
  const whole = details.length === 0 && tree.checksum !== undefined ? judgeWhole(release, tree.checksum) : undefined;
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
    damaged: !verdict.ok && !(link?.mended && problems.length + details.length === 1),
  };
}

const NOTHING = { files: [], oddities: [], directories: new Set<string>(), checksum: undefined } as const;

/** A link that lags behind is what a crash leaves, and was mended when the store was opened. */
function judgeLink(
  release: RecordedRelease,
  before: PackLink | undefined,
  survey: StoreSurvey,
): { readonly problem: string; readonly mended: boolean } | undefined {
  if (!release.current) return undefined;
  const { path, standing } = survey.link(release);
  if (standing === 'taken') {
    return { problem: `'${path}' is not a link of attune's: other programs do not see the pack there.`, mended: false };
  }
  if (standing !== 'right')
    return { problem: `'${path}' does not lead to the release that is installed.`, mended: false };
  if (before?.standing !== 'elsewhere') return undefined;
  return { problem: `'${path}' led to '${before.target}'; attune has put it right.`, mended: true };
}

/** Where every file is as it was recorded, it may be the record itself that was changed. */
function judgeWhole({ checksum }: RecordedRelease, tree: Digest): string | undefined {
  const actual = formatDigest(tree);
  if (actual === checksum) return undefined;
  return `The files are as recorded one by one, and not as a whole: the checksum is ${actual}, and ${checksum} was installed.`;
}
