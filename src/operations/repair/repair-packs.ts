/**
 * Restores the releases that `pack verify` reports as damaged. Each release is staged and committed separately, so that
 * one without available content does not block the others. Changed and extra files are set aside first, so that no
 * user data is lost.
 */
import { AttuneError } from '../../errors.ts';
import type { RestoredTree } from '../../store/releases/replace-tree.ts';
import type { StagingArea } from '../../store/staging.ts';
import { StoreSurvey } from '../../store/survey.ts';
import type { Runtime } from '../runtime.ts';
import type { ExaminedRelease } from './judge-release.ts';
import {
  assembleTree,
  downloadAgain,
  type FileSources,
  findLocalFiles,
  isCached,
  type RestoredFrom,
  restoreFromCache,
} from './restore-tree.ts';
import { setAside } from './set-aside.ts';
import { examinePacks, type VerifyRequest } from './verify-packs.ts';

export interface RepairRequest extends VerifyRequest {
  readonly dryRun: boolean;
  /** Do not set aside changed and extra files. */
  readonly discardChanges: boolean;
  /**
   * Confirms the plan before anything is changed, and again before contacting a source that the plan did not list.
   * Throws if the user declines.
   */
  approve(plan: readonly PlannedRepair[]): Promise<void>;
}

export interface PlannedRepair {
  readonly ref: string;
  readonly version: string;
  /** False for a release that is kept for a rollback. */
  readonly current: boolean;
  readonly action: 'repair';
  readonly from: RestoredFrom;
  /** The URL that would be contacted; `null` if nothing has to be downloaded. */
  readonly source: string | null;
  readonly differences: number;
}

export interface RepairedPack {
  readonly ref: string;
  readonly version: string;
  readonly current: boolean;
  readonly action: 'repaired' | 'intact' | 'failed';
  /** The origin of the restored content; `null` if nothing was restored. */
  readonly from: RestoredFrom | null;
  readonly source: string | null;
  /** The directory with the changed and extra files; `null` if there were none or they were discarded. */
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

interface DamagedRelease {
  readonly examined: ExaminedRelease;
  readonly sources: FileSources | undefined;
  readonly planned: PlannedRepair;
}

/** @throws NotInstalled and the errors of `approve`; a failure that concerns one release is part of the receipt */
export async function repairPacks(request: RepairRequest, runtime: Runtime): Promise<RepairReceipt> {
  const examined = await examinePacks(request, runtime);
  const damaged = await planRepairs(
    examined.filter((one) => one.damaged),
    runtime,
  );
  const { warnings } = runtime.reporter;
  const plan = new Map(damaged.map((one) => [one.examined, one.planned]));
  if (request.dryRun) return { dry_run: true, packs: inExaminedOrder(examined, plan), warnings };
  if (plan.size > 0) await request.approve([...plan.values()]);
  const repaired = new Map<ExaminedRelease, RepairedPack>();
  for (const one of damaged) repaired.set(one.examined, await repairRelease(one, request, runtime));
  const packs = inExaminedOrder(examined, repaired);
  return { success: packs.every(({ action }) => action !== 'failed'), packs, warnings };
}

/** Returns the results in the order of examination, including the intact releases. */
function inExaminedOrder<T extends PlannedRepair | RepairedPack>(
  examined: readonly ExaminedRelease[],
  results: ReadonlyMap<ExaminedRelease, T>,
): (T | RepairedPack)[] {
  return examined.map((one) => {
    const { ref, version, current } = one.verdict;
    const intact = { ref, version, current, action: 'intact', from: null, source: null, set_aside: null } as const;
    return results.get(one) ?? intact;
  });
}

async function planRepairs(broken: readonly ExaminedRelease[], runtime: Runtime): Promise<DamagedRelease[]> {
  if (broken.length === 0) return [];
  using survey = new StoreSurvey(runtime.paths.data);
  const damaged: DamagedRelease[] = [];
  for (const examined of broken) {
    const { release } = examined;
    const { ref, version, current, details } = examined.verdict;
    const found = findLocalFiles(examined, survey);
    const from = found?.from ?? ((await isCached(release, runtime)) ? 'cache' : 'source');
    const source = from === 'source' ? release.source_url : null;
    const planned = { ref, version, current, action: 'repair', from, source, differences: details.length } as const;
    damaged.push({ examined, sources: found?.sources, planned });
  }
  return damaged;
}

async function repairRelease(damaged: DamagedRelease, request: RepairRequest, runtime: Runtime): Promise<RepairedPack> {
  const { ref, version, current } = damaged.planned;
  runtime.reporter.step(`Repairing ${ref} ${version}`, ref);
  try {
    return await restore(damaged, request, runtime);
  } catch (error) {
    if (!(error instanceof AttuneError) || error.family === 'INTERRUPTED' || error.family === 'USAGE') throw error;
    const { code, message, hint } = error;
    const reported = { code, message, ...(hint === undefined ? {} : { hint }) };
    return { ref, version, current, action: 'failed', from: null, source: null, set_aside: null, error: reported };
  }
}

async function restore(damaged: DamagedRelease, request: RepairRequest, runtime: Runtime): Promise<RepairedPack> {
  const { examined } = damaged;
  const { verdict, release } = examined;
  const { ref, version, current } = verdict;
  const store = await runtime.store();
  using area = store.stage();
  const { tree, from } = await stageContent(damaged, area, request, runtime);
  await store.settleTree(tree.root);
  const root = store.directoryOfRelease(release);
  const destination = { data: runtime.paths.data, at: runtime.clock.now().toISOString() };
  const aside = request.discardChanges ? null : setAside(verdict, root, area, destination);
  await store.write((writer) => writer.restore(release, tree));
  const source = from === 'source' ? release.source_url : null;
  return { ref, version, current, action: 'repaired', from, source, set_aside: aside };
}

async function stageContent(
  { examined: { release }, sources, planned }: DamagedRelease,
  area: StagingArea,
  request: RepairRequest,
  runtime: Runtime,
): Promise<{ readonly tree: RestoredTree; readonly from: RestoredFrom }> {
  const assembled = sources && assembleTree(release, sources, area);
  if (assembled !== undefined) return { tree: assembled, from: planned.from };
  const cached = await restoreFromCache(release, area, runtime);
  if (cached !== undefined) return { tree: cached, from: 'cache' };
  // The approved plan did not list this source.
  if (planned.from !== 'source') await request.approve([{ ...planned, from: 'source', source: release.source_url }]);
  return { tree: await downloadAgain(release, area, runtime), from: 'source' };
}
