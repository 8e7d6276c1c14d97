/** The sideways channel: the core says what it is doing, the edge decides whether and how to show it. */
export interface Reporter {
  /** What is being done now; it replaces the step before. */
  step(text: string): void;
  /** What is being done from now until the activity is disposed of, maybe beside others. */
  activity(what: string): Activity;
  /** Something worth knowing that needs no action. */
  note(text: string): void;
  /** Something that may need action; also part of the JSON result where the contract has `warnings`. */
  warn(text: string): void;
}

/** Something that takes a while. It is over when it is disposed of, whether it went well or not. */
export interface Activity extends Disposable {
  /** How far it is, all in all. `total` is left out where nobody knows it. */
  progress(done: number, total: number | undefined, unit: ProgressUnit): void;
}

export type ProgressUnit = 'bytes' | 'objects' | 'files';

const silentActivity: Activity = { progress() {}, [Symbol.dispose]() {} };

export const silentReporter: Reporter = { step() {}, activity: () => silentActivity, note() {}, warn() {} };

/** A reporter that keeps what it was warned of, for results that list it. */
export interface RememberingReporter extends Reporter {
  readonly warnings: readonly string[];
}

export function rememberWarnings(reporter: Reporter): RememberingReporter {
  const warnings: string[] = [];
  return {
    warnings,
    step: (text) => reporter.step(text),
    activity: (what) => reporter.activity(what),
    note: (text) => reporter.note(text),
    warn: (text) => {
      warnings.push(text);
      reporter.warn(text);
    },
  };
}
