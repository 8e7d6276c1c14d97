/**
 * Looks at everything that attune stands on, and mends what can be mended without asking anybody anything. Each check is a
 * small module of its own (doctor/): what is wrong with one thing must not hide what is
 * wrong with the next. The store is looked at before anybody opens it, for opening it mends some of what would be told.
 */
import { AttuneError, type ErrorCode } from '../../errors.ts';
import type { Paths } from '../../platform/paths.ts';
import { trySurvey } from '../../store/survey.ts';
import type { Runtime } from '../runtime.ts';
import { checkCache } from './checks/cache.ts';
import { checkConfiguration } from './checks/configuration.ts';
import { checkDatabase } from './checks/database.ts';
import { checkDisk } from './checks/disk.ts';
import { checkPermissions } from './checks/permissions.ts';
import { checkRegistries } from './checks/registries.ts';
import { checkRuntimes } from './checks/runtimes.ts';
import { checkStore } from './checks/store.ts';
import { checkVersions, type Versions, versionsOf } from './checks/versions.ts';
import { type CheckName, type Diagnosis, type Fix, failure, type Look, orError, type Patient } from './diagnosis.ts';

export interface DoctorRequest {
  readonly offline: boolean;
  /** Mend what can be mended. */
  readonly fix: boolean;
}

export interface Finding extends Omit<Diagnosis, 'fix' | 'code' | 'remedy' | 'items'> {
  /** All that the message speaks of, one line each. */
  readonly items: readonly string[];
  readonly code: ErrorCode | null;
  readonly remedy: string | null;
  /** `--fix` puts it right. */
  readonly fixable: boolean;
}

export interface DoctorReport {
  /** There is no error; there may be warnings. */
  readonly ok: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly versions: Versions;
  readonly paths: Paths;
  /** How it is now, in the order of the checks. */
  readonly findings: readonly Finding[];
  /** What `--fix` did, one sentence each. */
  readonly fixed: readonly string[];
  /** What it could not do, and why. */
  readonly not_fixed: readonly string[];
}

type Check = readonly [name: CheckName, look: Look];

/** What `--fix` changes, and is looked at again after it. */
const MENDABLE: readonly Check[] = [
  ['versions', checkVersions],
  ['configuration', checkConfiguration],
  ['database', checkDatabase],
  ['links', checkStore],
  ['disk', checkDisk],
  ['permissions', checkPermissions],
  ['cache', checkCache],
];
/** What other programs and machines have to be asked for. */
const ASKED: readonly Check[] = [
  ['runtimes', checkRuntimes],
  ['registries', checkRegistries],
];

/** Each round may bring to light what the one before hid: links are looked at when there is a database. */
const MOST_ROUNDS = 3;

export async function examineAll({ offline, fix }: DoctorRequest, runtime: Runtime): Promise<DoctorReport> {
  const [fixed, notFixed] = [[] as string[], [] as string[]];
  let found = await examine(MENDABLE, offline, runtime);
  for (let round = 0; fix && round < MOST_ROUNDS; round++) {
    const before = fixed.length;
    for (const mend of new Set(found.flatMap((one) => one.fix ?? []))) await apply(mend, fixed, notFixed);
    if (fixed.length === before) break;
    found = await examine(MENDABLE, offline, runtime);
  }
  const all = [...found, ...(await examine(ASKED, offline, runtime))];
  const errors = all.filter(({ status }) => status === 'error').length;
  return {
    ok: errors === 0,
    errors,
    warnings: all.filter(({ status }) => status === 'warning').length,
    versions: versionsOf(runtime),
    paths: runtime.paths,
    findings: all.map(findingOf),
    fixed,
    not_fixed: [...new Set(notFixed)],
  };
}

async function examine(checks: readonly Check[], offline: boolean, runtime: Runtime): Promise<Diagnosis[]> {
  runtime.reporter.step(checks === ASKED ? 'Asking runtimes and registries' : 'Looking at the store');
  const survey = trySurvey(runtime.paths.data);
  try {
    const patient: Patient = { runtime, offline, survey, config: await orError(() => runtime.config()) };
    const found: Diagnosis[] = [];
    for (const [name, look] of checks) {
      const diagnoses = await orError(() => look(patient));
      found.push(...(diagnoses instanceof AttuneError ? [failure(name, diagnoses)] : diagnoses));
    }
    return found;
  } finally {
    if (!(survey instanceof AttuneError)) survey[Symbol.dispose]();
  }
}

async function apply(mend: Fix, fixed: string[], notFixed: string[]): Promise<void> {
  const done = await orError(mend);
  if (done instanceof AttuneError) notFixed.push(`${done.message}${done.hint === undefined ? '' : ` ${done.hint}`}`);
  else fixed.push(done);
}

function findingOf({ check, status, code, message, items = [], remedy, fix }: Diagnosis): Finding {
  return { check, status, code: code ?? null, message, items, remedy: remedy ?? null, fixable: fix !== undefined };
}
