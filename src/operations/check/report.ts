import type { Diagnostic } from '../../checking/diagnostic.ts';

export interface CheckedPack {
  /** The directory, as an absolute path. */
  readonly path: string;
  readonly ref: string;
  readonly version: string;
}

/** The JSON document of `pack check` (spec/authoring.md). */
export interface CheckReport {
  /** True if there are no errors. */
  readonly valid: boolean;
  readonly packs: readonly CheckedPack[];
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  /** The number of diagnostics that `--fix` has corrected. */
  readonly fixed: number;
  /** Those that remain after `--fix`. */
  readonly diagnostics: readonly Diagnostic[];
  /** With `--fix --dry-run`: the corrections as a unified diff. */
  readonly diff?: string;
}

export function checkReport(
  packs: readonly CheckedPack[],
  diagnostics: readonly Diagnostic[],
  fixed: number,
): CheckReport {
  const countOf = (level: Diagnostic['severity']) => diagnostics.filter(({ severity }) => severity === level).length;
  const [errors, warnings, infos] = [countOf('error'), countOf('warning'), countOf('info')];
  return { valid: errors === 0, packs, errors, warnings, infos, fixed, diagnostics };
}
