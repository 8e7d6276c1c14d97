/**
 * Restores what `pack verify` finds damaged. Each release is prepared in staging and put in place by itself, so that one
 * that cannot be had does not keep the others from being repaired; what was changed in it is set aside first, so that
 * nothing is lost.
 */
import { AttuneError } from '../../errors.ts';
import { flushTree } from '../../platform/files/fsync.ts';
import type { RestoredTree } from '../../store/releases/replace-tree.ts';
import type { StagingArea } from '../../store/staging.ts';
import { StoreSurvey } from '../../store/survey.ts';
import type { Runtime } from '../runtime.ts';
import {
  assemble,
  fetchAgain,
  findPieces,
  isCached,
  type Pieces,
  type RestoredFrom,
  takeFromCache,
} from './restore-tree.ts';
import { setAside } from './set-aside.ts';
import { type ExaminedRelease, examinePacks, type VerifyRequest } from './verify-packs.ts';

export interface RepairRequest extends VerifyRequest {
  readonly dryRun: boolean;
  /** Do not set aside what was changed. */
  readonly discardChanges: boolean;
  /** Asked before anything is done, and again before a source is asked that was not in the plan. It throws for a no. */
  approve(plan: readonly PlannedRepair[]): Promise<void>;
}

export interface PlannedRepair {
  readonly ref: string;
  readonly version: string;
  /** False for one that is kept for a rollback. */
  readonly current: boolean;
  readonly action: 'repair';
  readonly from: RestoredFrom;
  /** The address that would be asked; `null` where nothing has to be fetched. */
  readonly source: string | null;
  readonly differences: number;
}

export interface RepairedPack {
  readonly ref: string;
  readonly version: string;
  readonly current: boolean;
  readonly action: 'repaired' | 'intact' | 'failed';
  /** What it was restored from; `null` where it was not. */
  readonly from: RestoredFrom | null;
  readonly source: string | null;
  /** Where the files are that were changed or put into it; `null` where there were none, or none were to be kept. */
  readonly set_aside: string | null;
  readonly error?: { readonly code: AttuneError['code']; readonly message: string; readonly hint?: string };
}

export type RepairReceipt =
  | { readonly success: boolean; readonly packs: readonly RepairedPack[]; readonly warnings: readonly string[] }
  | {
      readonly dry_run: true;
      readonly packs: readonly (PlannedRepair | RepairedPack)[];
      readonly warnings: readonly string[];
    };

interface Damaged {
  readonly examined: ExaminedRelease;
  readonly pieces: Pieces | undefined;
  readonly planned: PlannedRepair;
}

/** @throws NotInstalled, what `approve` throws; what keeps a single release from being repaired is in the receipt */
export async function repairPacks(request: RepairRequest, runtime: Runtime): Promise<RepairReceipt> {
  const examined = await examinePacks(request, runtime);
  const damaged = await planRepairs(
    examined.filter((one) => one.damaged),
    runtime,
  );
  const { warnings } = runtime.reporter;
  const plan = new Map(damaged.map((one) => [one.examined, one.planned]));
  if (request.dryRun) return { dry_run: true, packs: inOrder(examined, plan), warnings };
  if (plan.size > 0) await request.approve([...plan.values()]);
  const repaired = new Map<ExaminedRelease, RepairedPack>();
  for (const one of damaged) repaired.set(one.examined, await repairOne(one, request, runtime));
  const packs = inOrder(examined, repaired);
  return { success: packs.every(({ action }) => action !== 'failed'), packs, warnings };
}

/** What is intact is told as well, each in its place. */
function inOrder<T extends PlannedRepair | RepairedPack>(
  examined: readonly ExaminedRelease[],
  done: ReadonlyMap<ExaminedRelease, T>,
): (T | RepairedPack)[] {
  return examined.map((one) => {
    const { ref, version, current } = one.verdict;
    const intact = { ref, version, current, action: 'intact', from: null, source: null, set_aside: null } as const;
    return done.get(one) ?? intact;
  });
}

async function planRepairs(broken: readonly ExaminedRelease[], runtime: Runtime): Promise<Damaged[]> {
  if (broken.length === 0) return [];
  using survey = new StoreSurvey(runtime.paths.data);
  const damaged: Damaged[] = [];
  for (const examined of broken) {
    const { release } = examined;
    const { ref, version, current, details } = examined.verdict;
    const found = findPieces(examined, survey);
    const from = found?.from ?? ((await isCached(release, runtime)) ? 'cache' : 'source');
    const source = from === 'source' ? release.source_url : null;
    const planned = { ref, version, current, action: 'repair', from, source, differences: details.length } as const;
    damaged.push({ examined, pieces: found?.pieces, planned });
  }
  return damaged;
}

async function repairOne(damaged: Damaged, request: RepairRequest, runtime: Runtime): Promise<RepairedPack> {
  const { ref, version, current } = damaged.planned;
  runtime.reporter.step(`Repairing ${ref} ${version}`);
  try {
    return await restore(damaged, request, runtime);
  } catch (error) {
    if (!(error instanceof AttuneError) || error.family === 'INTERRUPTED' || error.family === 'USAGE') throw error;
    const { code, message, hint } = error;
    const told = { code, message, ...(hint === undefined ? {} : { hint }) };
    return { ref, version, current, action: 'failed', from: null, source: null, set_aside: null, error: told };
  }
}

async function restore(damaged: Damaged, request: RepairRequest, runtime: Runtime): Promise<RepairedPack> {
  const { examined } = damaged;
  const { verdict, release } = examined;
  const { ref, version, current } = verdict;
  const store = await runtime.store();
  using area = store.stage();
  const { tree, from } = await contentOf(damaged, area, request, runtime);
  await flushTree(tree.root);
  const root = store.directoryOfRelease(release);
  const place = { data: runtime.paths.data, at: runtime.clock.now().toISOString() };
  const aside = request.discardChanges ? null : setAside(verdict, root, area, place);
  await store.write((writer) => writer.restore(release, tree));
  const source = from === 'source' ? release.source_url : null;
  return { ref, version, current, action: 'repaired', from, source, set_aside: aside };
}

async function contentOf(
  { examined: { release }, pieces, planned }: Damaged,
  area: StagingArea,
  request: RepairRequest,
  runtime: Runtime,
): Promise<{ readonly tree: RestoredTree; readonly from: RestoredFrom }> {
  const here = pieces && assemble(release, pieces, area);
  if (here !== undefined) return { tree: here, from: planned.from };
  const cached = await takeFromCache(release, area, runtime);
  if (cached !== undefined) return { tree: cached, from: 'cache' };
  // Nobody was told of this source yet.
  if (planned.from !== 'source') await request.approve([{ ...planned, from: 'source', source: release.source_url }]);
  return { tree: await fetchAgain(release, area, runtime), from: 'source' };
}
