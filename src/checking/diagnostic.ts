import type { Severity } from './rule.ts';

/** One problem of a pack, as `pack check` reports it. */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: string;
  /** The ref of the pack. */
  readonly pack: string;
  /** Relative to the pack. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly end_line?: number;
  readonly end_column?: number;
  readonly message: string;
  readonly help_url?: string;
  readonly fix?: DiagnosticFix;
}

export interface DiagnosticFix {
  readonly description: string;
  /** In the order of their offsets, without overlaps. Offsets are bytes of the file as it was read. */
  readonly edits: readonly DiagnosticEdit[];
}

export interface DiagnosticEdit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Compares by path, position and code. */
export function compareDiagnostics(one: Diagnostic, other: Diagnostic): number {
  return (
    compareText(one.path, other.path) ||
    one.line - other.line ||
    one.column - other.column ||
    compareText(one.code, other.code)
  );
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
