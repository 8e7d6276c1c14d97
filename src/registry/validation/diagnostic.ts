import { type FieldPath, formatField, type InvalidDocument, shorten } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { INDEX_CODES, type IndexCode, type Profile, weightOf } from '../index/codes.ts';
import type { Finding } from '../index/findings.ts';

/** As the contract prints it (SPEC section 7). */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: IndexCode;
  /** A JSON pointer (RFC 6901); empty for the document as a whole. */
  readonly path: string;
  /** From 1. Of the field's key, or of its parent where it is missing. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Begins with the field: `packs[3].ref: is missing`. */
  readonly message: string;
  readonly fix: string;
}

/** An index may hold a string of a megabyte where a version should be. */
const LONGEST_MESSAGE = 2000;

export function diagnosticOf(
  { code, path, message, fix }: Finding,
  document: SourceDocument,
  profile: Profile,
): Diagnostic {
  const field = formatField(path);
  return {
    severity: weightOf(code, profile) === 'warning' ? 'warning' : 'error',
    code,
    path: pointerTo(path),
    ...document.positionOf(path),
    message: shorten(field === '' ? message : `${field}: ${message}`, LONGEST_MESSAGE),
    fix: fix ?? INDEX_CODES[code].fix,
  };
}

/** What keeps a document from being read at all. Only the names of its fields are known then; they lead back to paths. */
export function unreadableDiagnostics({ code, hint, problems }: InvalidDocument): Diagnostic[] {
  const what: IndexCode = code === 'INVALID_INDEX' ? 'not-an-index' : 'syntax';
  return problems.map(({ field, line, column, message }) => ({
    severity: 'error',
    code: what,
    path: pointerTo(pathOf(field)),
    line,
    column,
    message: field === '' ? message : `${field}: ${message}`,
    fix: hint ?? INDEX_CODES[what].fix,
  }));
}

function pointerTo(path: FieldPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function pathOf(field: string): FieldPath {
  return [...field.matchAll(/\[(\d+)\]|("(?:[^"\\]|\\.)*"|[\w-]+)/g)].map(([, position, key = '']) => {
    if (position !== undefined) return Number(position);
    return key.startsWith('"') ? (JSON.parse(key) as string) : key;
  });
}
