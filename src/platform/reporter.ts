/**
 * Receives progress and warnings from the core. The caller decides whether and how to show them. Each report may have the
 * ref of the pack that it is about.
 */
export interface Reporter {
  /** Replaces the current step. */
  step(text: string, ref?: string): void;
  /** Starts an activity, possibly concurrent with others, that ends when it is disposed. */
  activity(what: string, ref?: string): Activity;
  /** Reports information that requires no action. */
  note(text: string, ref?: string): void;
  /** Reports something that may require action. Part of the JSON result where the contract has `warnings`. */
  warn(text: string, ref?: string): void;
}

/** An operation that takes a while. Disposal ends it, on success and on failure. */
export interface Activity extends Disposable {
  /** Reports the total progress so far. @param total `undefined` if unknown */
  progress(done: number, total: number | undefined, unit: ProgressUnit): void;
}

export type ProgressUnit = 'bytes' | 'objects' | 'files';

const silentActivity: Activity = { progress() {}, [Symbol.dispose]() {} };

export const silentReporter: Reporter = { step() {}, activity: () => silentActivity, note() {}, warn() {} };

/** Returns a reporter whose reports are about one pack. */
export function reporterFor(ref: string, reporter: Reporter): Reporter {
  return {
    step: (text) => reporter.step(text, ref),
    activity: (what) => reporter.activity(what, ref),
    note: (text) => reporter.note(text, ref),
    warn: (text) => reporter.warn(text, ref),
  };
}

/** A reporter that collects its warnings, for results that list them. */
export interface WarningCollector extends Reporter {
  readonly warnings: readonly string[];
}

/** @param complete changes the text of notes and warnings before they are reported */
export function collectWarnings(reporter: Reporter, complete = (text: string) => text): WarningCollector {
  const warnings: string[] = [];
  return {
    warnings,
    step: (text, ref) => reporter.step(text, ref),
    activity: (what, ref) => reporter.activity(what, ref),
    note: (text, ref) => reporter.note(complete(text), ref),
    warn: (text, ref) => {
      const completed = complete(text);
      warnings.push(completed);
      reporter.warn(completed, ref);
    },
  };
}

/** A reporter that keeps its warnings until they are reported, for work that may be repeated. */
export interface DeferredWarnings extends Reporter {
  report(): void;
}

export function deferWarnings(reporter: Reporter): DeferredWarnings {
  const warnings: { readonly text: string; readonly ref: string | undefined }[] = [];
  return {
    step: (text, ref) => reporter.step(text, ref),
    activity: (what, ref) => reporter.activity(what, ref),
    note: (text, ref) => reporter.note(text, ref),
    warn: (text, ref) => warnings.push({ text, ref }),
    report: () => {
      for (const { text, ref } of warnings.splice(0)) reporter.warn(text, ref);
    },
  };
}
