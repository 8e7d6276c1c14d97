/**
 * Checks everything that attune depends on, and repairs what can be repaired without a decision of the user. Each check
 * is a separate module in checks/, and an error in one check does not hide the results of others. The store is surveyed
 * before it is opened, because opening it repairs some of the problems to report.
 */
import { AttuneError, type ErrorCode } from '../../errors.ts';
import type { Paths } from '../../platform/paths.ts';
import { layoutOf } from '../../store/layout.ts';
import { isWriting, lookAgain } from '../../store/look-again.ts';
import { trySurvey } from '../../store/survey.ts';
import type { Runtime } from '../runtime.ts';
import { checkCache } from './checks/cache.ts';
import { checkConfiguration } from './checks/configuration.ts';
import { checkDatabase } from './checks/database.ts';
import { checkPackDependencies } from './checks/dependencies.ts';
import { checkDisk } from './checks/disk.ts';
import { checkFiles } from './checks/files.ts';
import { checkIsolation } from './checks/isolation.ts';
import { checkPermissions } from './checks/permissions.ts';
import { checkRegistries } from './checks/registries.ts';
import { checkRuntimes } from './checks/runtimes.ts';
import { checkStore } from './checks/store.ts';
import { checkVersions, type Versions, versionsOf } from './checks/versions.ts';
import {
  type CheckFunction,
  type CheckName,
  type Diagnosis,
  type DoctorContext,
  type Fix,
  failure,
  resultOrError,
} from './diagnosis.ts';

export interface DoctorRequest {
  readonly offline: boolean;
  /** Repair what can be repaired. */
  readonly fix: boolean;
  /** Report what a fix would repair, and change nothing. */
  readonly dryRun: boolean;
}

export interface Finding extends Omit<Diagnosis, 'fix' | 'code' | 'remedy' | 'items'> {
  /** The objects that the message refers to, one line each. */
  readonly items: readonly string[];
  readonly code: ErrorCode | null;
  readonly remedy: string | null;
  /** `--fix` repairs it. */
  readonly fixable: boolean;
}

export interface DoctorReport {
  readonly dry_run?: true;
  /** True without errors, regardless of warnings. */
  readonly ok: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly versions: Versions;
  readonly paths: Paths;
  /** The state after fixes, in the order of the checks. */
  readonly findings: readonly Finding[];
  /** The fixes that were applied, one sentence each. */
  readonly fixed: readonly string[];
  /** The fixes that failed, each with the reason. */
  readonly not_fixed: readonly string[];
}

type Check = readonly [name: CheckName, check: CheckFunction];

/** The checks that may see intermediate states of a running writer. Their problems are confirmed by a second look. */
const STORE_CHECKS: readonly Check[] = [
  ['database', checkDatabase],
  ['links', checkStore],
  ['files', checkFiles],
  ['dependencies', checkPackDependencies],
];
/** The checks whose problems `--fix` can repair. They run again after a fix. */
const FIXABLE_CHECKS: readonly Check[] = [
  ['versions', checkVersions],
  ['configuration', checkConfiguration],
  ...STORE_CHECKS,
  ['disk', checkDisk],
  ['permissions', checkPermissions],
  ['cache', checkCache],
];
/** The checks that run other programs or contact other machines. */
const EXTERNAL_CHECKS: readonly Check[] = [
  ['runtimes', checkRuntimes],
  ['isolation', checkIsolation],
  ['registries', checkRegistries],
];

/** A fix may reveal further problems: links, for example, are only checked with a readable database. */
const MAX_FIX_ROUNDS = 3;

export async function runDoctor({ offline, fix, dryRun }: DoctorRequest, runtime: Runtime): Promise<DoctorReport> {
  const [fixed, notFixed] = [[] as string[], [] as string[]];
  let found = await examine(FIXABLE_CHECKS, offline, runtime);
  for (let round = 0; fix && !dryRun && round < MAX_FIX_ROUNDS; round++) {
    const before = fixed.length;
    for (const fix of new Set(found.flatMap((one) => one.fix ?? []))) await applyFix(fix, fixed, notFixed);
    if (fixed.length === before) break;
    found = await examine(FIXABLE_CHECKS, offline, runtime);
  }
  const all = [...found, ...(await examine(EXTERNAL_CHECKS, offline, runtime))];
  const errors = all.filter(({ status }) => status === 'error').length;
  return {
    ...(dryRun && { dry_run: true }),
    ok: errors === 0,
    errors,
    warnings: all.filter(({ status }) => status === 'warning').length,
    versions: versionsOf(runtime),
    paths: runtime.paths,
    findings: all.map(toFinding),
    fixed,
    not_fixed: [...new Set(notFixed)],
  };
}

async function examine(checks: readonly Check[], offline: boolean, runtime: Runtime): Promise<Diagnosis[]> {
  runtime.reporter.step(checks === EXTERNAL_CHECKS ? 'Checking runtimes and registries' : 'Checking the store');
  const layout = layoutOf(runtime.paths.data);
  const found = await runChecks(checks, isWriting(layout), offline, runtime);
  const suspicious = STORE_CHECKS.filter((check) => found.get(check)?.some(({ status }) => status !== 'ok'));
  if (suspicious.length > 0) {
    const again = await lookAgain(layout, runtime.clock, (writing) => runChecks(suspicious, writing, offline, runtime));
    for (const [check, diagnoses] of again) found.set(check, diagnoses);
  }
  return [...found.values()].flat();
}

async function runChecks(
  checks: readonly Check[],
  writing: boolean,
  offline: boolean,
  runtime: Runtime,
): Promise<Map<Check, readonly Diagnosis[]>> {
  const survey = trySurvey(runtime.paths.data);
  try {
    const config = await resultOrError(() => runtime.config());
    const context: DoctorContext = { runtime, offline, survey, config, writing };
    const found = new Map<Check, readonly Diagnosis[]>();
    for (const check of checks) {
      const [name, run] = check;
      const diagnoses = await resultOrError(() => run(context));
      found.set(check, diagnoses instanceof AttuneError ? [failure(name, diagnoses)] : diagnoses);
    }
    return found;
  } finally {
    if (!(survey instanceof AttuneError)) survey[Symbol.dispose]();
  }
}

async function applyFix(fix: Fix, fixed: string[], notFixed: string[]): Promise<void> {
  const done = await resultOrError(fix);
  if (done instanceof AttuneError) notFixed.push(`${done.message}${done.hint === undefined ? '' : ` ${done.hint}`}`);
  else fixed.push(done);
}

function toFinding({ check, status, code, message, items = [], remedy, fix }: Diagnosis): Finding {
  return { check, status, code: code ?? null, message, items, remedy: remedy ?? null, fixable: fix !== undefined };
}
