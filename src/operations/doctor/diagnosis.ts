import type { Config } from '../../config/config.ts';
import { AttuneError, type ErrorCode } from '../../errors.ts';
import type { StoreSurvey } from '../../store/survey.ts';
import type { Runtime } from '../runtime.ts';

/** What is looked at, in the order in which it is told. */
export type CheckName =
  | 'versions'
  | 'configuration'
  | 'database'
  | 'links'
  | 'releases'
  | 'leftovers'
  | 'disk'
  | 'file_system'
  | 'permissions'
  | 'cache'
  | 'runtimes'
  | 'registries'
  | 'clock';

/** Puts one thing right. @returns what was done, as a sentence @throws AttuneError */
export type Fix = () => Promise<string>;

/** One thing that a check found, good or bad. */
export interface Diagnosis {
  readonly check: CheckName;
  readonly status: 'ok' | 'warning' | 'error';
  /** What an error is; its family decides the exit status. */
  readonly code?: ErrorCode;
  /** One line. */
  readonly message: string;
  /** All that the message speaks of, one line each. */
  readonly items?: readonly string[];
  /** What to do about it. */
  readonly remedy?: string | undefined;
  /** The same function for everything that it puts right at once. */
  readonly fix?: Fix | undefined;
}

/** What checks look at. What cannot be had is the error that says why, so that the others can go on without it. */
export interface Patient {
  readonly runtime: Runtime;
  readonly config: Config | AttuneError;
  readonly survey: StoreSurvey | AttuneError;
  readonly offline: boolean;
}

export type Look = (patient: Patient) => Promise<readonly Diagnosis[]> | readonly Diagnosis[];

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

/** What works, or the error that says why it does not. */
export async function orError<T>(work: () => T | Promise<T>): Promise<T | AttuneError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
}
