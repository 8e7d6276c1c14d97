import type { Diagnostic, DiagnosticEdit } from './diagnostic.ts';

/** The contents of files by path; `undefined` for a file that does not exist. */
export type ReadFile = (path: string) => Buffer | undefined;

/** The new contents of files after some fixes. */
export interface Fixed {
  readonly files: ReadonlyMap<string, Buffer>;
  /** The diagnostics whose fixes were applied. */
  readonly applied: readonly Diagnostic[];
}

/** Applies fixes as a whole, in order. A fix that overlaps an earlier one waits for the next round. */
export function applyFixes(diagnostics: readonly Diagnostic[], read: ReadFile): Fixed {
  const edits = new Map<string, DiagnosticEdit[]>();
  const applied: Diagnostic[] = [];
  for (const diagnostic of diagnostics) {
    const own = diagnostic.fix?.edits ?? [];
    if (own.length === 0 || own.some((edit) => edits.get(edit.path)?.some((other) => conflicts(edit, other)))) continue;
    for (const edit of own) edits.set(edit.path, [...(edits.get(edit.path) ?? []), edit]);
    applied.push(diagnostic);
  }
  const files = [...edits].map(([path, list]) => [path, edited(read(path) ?? Buffer.alloc(0), list)] as const);
  return { files: new Map(files), applied };
}

/** Two insertions at one offset conflict too, since their order is not known. */
function conflicts(one: DiagnosticEdit, other: DiagnosticEdit): boolean {
  if (one.start === other.start) return true;
  return one.start < other.end && other.start < one.end;
}

function edited(content: Buffer, edits: readonly DiagnosticEdit[]): Buffer {
  const parts: Buffer[] = [];
  let offset = 0;
  for (const { start, end, text } of edits.toSorted((one, other) => one.start - other.start)) {
    parts.push(content.subarray(offset, start), Buffer.from(text));
    offset = end;
  }
  return Buffer.concat([...parts, content.subarray(offset)]);
}
