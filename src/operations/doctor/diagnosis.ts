import type { Config } from '../../config/types.ts';
import { AttuneError, type ErrorCode } from '../../errors.ts';
import type { StoreSurvey } from '../../store/survey.ts';
import type { Runtime } from '../runtime.ts';

/** The names of the checks, in the order of the report. */
export type CheckName =
  | 'versions'
  | 'configuration'
  | 'database'
  | 'links'
  | 'releases'
  | 'files'
  | 'leftovers'
  | 'dependencies'
  | 'disk'
  | 'file_system'
  | 'permissions'
  | 'cache'
  | 'runtimes'
  | 'isolation'
  | 'registries'
  | 'clock';

/** Repairs one problem. @returns a sentence that describes what was done @throws AttuneError */
export type Fix = () => Promise<string>;

/** One result of a check, positive or negative. */
export interface Diagnosis {
  readonly check: CheckName;
  readonly status: 'ok' | 'warning' | 'error';
  /** The code of an error; its family determines the exit status. */
  readonly code?: ErrorCode;
  /** A single line. */
  readonly message: string;
  /** The objects that the message refers to, one line each. */
  readonly items?: readonly string[];
  /** Instructions for the user. */
  readonly remedy?: string | undefined;
  /** Repairs the problem. Diagnoses that are repaired together share one function. */
  readonly fix?: Fix | undefined;
}

/** The inputs of the checks. An unavailable input is the error that explains it, so that other checks can still run. */
export interface DoctorContext {
  readonly runtime: Runtime;
  readonly config: Config | AttuneError;
  readonly survey: StoreSurvey | AttuneError;
  readonly offline: boolean;
  /** Another process is writing to the store, so links may be outdated and files unrecorded. */
  readonly writing: boolean;
}

export type CheckFunction = (context: DoctorContext) => Promise<readonly Diagnosis[]> | readonly Diagnosis[];

export function ok(check: CheckName, message: string): Diagnosis {
  return { check, status: 'ok', message };
}

type Advice = Pick<Diagnosis, 'remedy' | 'items' | 'fix'>;

export function warning(check: CheckName, message: string, advice: Advice): Diagnosis {
  return { check, status: 'warning', message, ...advice };
}

export function failure(check: CheckName, error: AttuneError, fix?: Fix): Diagnosis {
  const [message = '', ...items] = error.message.split('\n').map((line) => line.trim());
  return { check, status: 'error', code: error.code, message, items, remedy: error.hint, fix };
}

/** Returns the result of `work`, or the AttuneError that it throws. */
export async function resultOrError<T>(work: () => T | Promise<T>): Promise<T | AttuneError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
}
