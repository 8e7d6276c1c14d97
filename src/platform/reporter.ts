/** The sideways channel: the core says what it is doing, the edge decides whether and how to show it. */
export interface Reporter {
  /** What is being done now; it replaces the step before. */
  step(text: string): void;
  /** How far the current step is. `total` is left out where nobody knows it. */
  progress(done: number, total: number | undefined, unit: 'bytes' | 'objects' | 'files' | 'tests'): void;
  /** Something worth knowing that needs no action. */
  note(text: string): void;
  /** Something that may need action; also part of the JSON result where the contract has `warnings`. */
  warn(text: string): void;
}

export const silentReporter: Reporter = { step() {}, progress() {}, note() {}, warn() {} };

/** A reporter that keeps what it was warned of, for results that list it. */
export interface RememberingReporter extends Reporter {
  readonly warnings: readonly string[];
}

export function rememberWarnings(reporter: Reporter): RememberingReporter {
  const warnings: string[] = [];
  return {
    warnings,
    step: (text) => reporter.step(text),
    progress: (done, total, unit) => reporter.progress(done, total, unit),
    note: (text) => reporter.note(text),
    warn: (text) => {
      warnings.push(text);
      reporter.warn(text);
    },
  };
}
