/** Receives progress and warnings from the core. The caller decides whether and how to show them. */
export interface Reporter {
  /** Replaces the current step. */
  step(text: string): void;
  /** Starts an activity, possibly concurrent with others, that ends when it is disposed. */
  activity(what: string): Activity;
  /** Reports information that requires no action. */
  note(text: string): void;
  /** Reports something that may require action. Part of the JSON result where the contract has `warnings`. */
  warn(text: string): void;
}

/** An operation that takes a while. Disposal ends it, on success and on failure. */
export interface Activity extends Disposable {
  /** Reports the total progress so far. @param total `undefined` if unknown */
  progress(done: number, total: number | undefined, unit: ProgressUnit): void;
}

export type ProgressUnit = 'bytes' | 'objects' | 'files';

const silentActivity: Activity = { progress() {}, [Symbol.dispose]() {} };

export const silentReporter: Reporter = { step() {}, activity: () => silentActivity, note() {}, warn() {} };

/** A reporter that collects its warnings, for results that list them. */
export interface WarningCollector extends Reporter {
  readonly warnings: readonly string[];
}

/** @param complete changes the text of notes and warnings before they are reported */
export function collectWarnings(reporter: Reporter, complete = (text: string) => text): WarningCollector {
  const warnings: string[] = [];
  return {
    warnings,
    step: (text) => reporter.step(text),
    activity: (what) => reporter.activity(what),
    note: (text) => reporter.note(complete(text)),
    warn: (text) => {
      const completed = complete(text);
      warnings.push(completed);
      reporter.warn(completed);
    },
  };
}

/** A reporter that keeps its warnings until they are reported, for work that may be repeated. */
export interface DeferredWarnings extends Reporter {
  report(): void;
}

export function deferWarnings(reporter: Reporter): DeferredWarnings {
  const warnings: string[] = [];
  return {
    step: (text) => reporter.step(text),
    activity: (what) => reporter.activity(what),
    note: (text) => reporter.note(text),
    warn: (text) => warnings.push(text),
    report: () => {
      for (const text of warnings.splice(0)) reporter.warn(text);
    },
  };
}
