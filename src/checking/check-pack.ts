import { shorten } from '../documents/problems.ts';
import type { PackModel, TextFile } from '../packs/components/pack-model.ts';
import { compareDiagnostics, type Diagnostic, type DiagnosticEdit, type DiagnosticFix } from './diagnostic.ts';
import type { Correction, Edit, Grammar, Place, Report, RuleFamily, Severity } from './rule.ts';
import { type CheckSettings, severityOf } from './settings.ts';
import { suppressedInline } from './suppressions.ts';

/** A limit for a hostile pack, which could have millions of problems. */
const MAX_DIAGNOSTICS = 10_000;
const MAX_MESSAGE = 400;

/** Applies families of rules to a pack. @returns the diagnostics in the order of their locations */
export function checkPack(
  pack: PackModel,
  families: readonly RuleFamily[],
  settings: CheckSettings,
  grammar: Grammar,
): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { rules, check } of families) {
    const report: Report = (code, at, message, { severity, fix } = {}) => {
      const level = severityOf(code, severity ?? (rules[code]?.severity as Severity), settings);
      if (level === undefined || found.size >= MAX_DIAGNOSTICS) return;
      const diagnostic = toDiagnostic(pack, code, level, at, message, fix);
      found.set(JSON.stringify([code, diagnostic.path, diagnostic.line, diagnostic.column, message]), diagnostic);
    };
    check(pack, report, grammar);
  }
  return [...found.values()]
    .filter(({ path }) => !settings.isIgnored(path))
    .filter((diagnostic) => !suppressedInline(pack, diagnostic, settings))
    .sort(compareDiagnostics);
}

function toDiagnostic(
  pack: PackModel,
  code: string,
  severity: Severity,
  at: Place,
  message: string,
  fix: Correction | undefined,
): Diagnostic {
  return {
    ...{ severity, code, pack: pack.ref, ...positions(at), message: shorten(message, MAX_MESSAGE) },
    ...(fix && { fix: toFix(fix) }),
  };
}

function positions(at: Place) {
  if (!('file' in at)) return { path: at.path, line: at.line ?? 1, column: at.column ?? 1 };
  const { line, column } = at.file.positionOf(at.span.start);
  const end = at.file.positionOf(at.span.end);
  return { path: at.file.path, line, column, end_line: end.line, end_column: end.column };
}

function toFix({ description, edits }: Correction): DiagnosticFix {
  return { description, edits: edits.map(toEdit).sort((one, other) => one.start - other.start) };
}

function toEdit({ file, start, end, text }: Edit): DiagnosticEdit {
  if (typeof file === 'string') return { path: file, start, end, text };
  return { path: file.path, start: byteOffset(file, start), end: byteOffset(file, end), text };
}

function byteOffset(file: TextFile, offset: number): number {
  return file.byteOffset(offset);
}
