import { type FieldPath, formatField, type InvalidDocument, shorten } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { INDEX_CODES, type IndexCode, type Profile, severityOf } from '../index/codes.ts';
import type { Finding } from '../index/findings.ts';

/** A diagnostic in the JSON output (SPEC section 7). */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: IndexCode;
  /** A JSON pointer (RFC 6901); empty for the document as a whole. */
  readonly path: string;
  /** From 1. The line of the field's key, or of its parent if the field is missing. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Begins with the field: `packs[3].ref: is missing`. */
  readonly message: string;
  readonly fix: string;
}

/** Bounds messages that quote a value of the index, which may be a megabyte long. */
const MAX_MESSAGE_LENGTH = 2000;

export function diagnosticOf(
  { code, path, message, fix }: Finding,
  document: SourceDocument,
  profile: Profile,
): Diagnostic {
  const field = formatField(path);
  return {
    severity: severityOf(code, profile) === 'warning' ? 'warning' : 'error',
    code,
    path: jsonPointer(path),
    ...document.positionOf(path),
    message: shorten(field === '' ? message : `${field}: ${message}`, MAX_MESSAGE_LENGTH),
    fix: fix ?? INDEX_CODES[code].fix,
  };
}

/** Returns the diagnostics for a document that could not be parsed. Its problems name fields, which are parsed to paths. */
export function unreadableDiagnostics({ code, hint, problems }: InvalidDocument): Diagnostic[] {
  const indexCode: IndexCode = code === 'INVALID_INDEX' ? 'not-an-index' : 'syntax';
  return problems.map(({ field, line, column, message }) => ({
    severity: 'error',
    code: indexCode,
    path: jsonPointer(parseField(field)),
    line,
    column,
    message: field === '' ? message : `${field}: ${message}`,
    fix: hint ?? INDEX_CODES[indexCode].fix,
  }));
}

function jsonPointer(path: FieldPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Parses the output of `formatField`. */
function parseField(field: string): FieldPath {
  return [...field.matchAll(/\[(\d+)\]|("(?:[^"\\]|\\.)*"|[\w-]+)/g)].map(([, index, key = '']) => {
    if (index !== undefined) return Number(index);
    return key.startsWith('"') ? (JSON.parse(key) as string) : key;
  });
}
