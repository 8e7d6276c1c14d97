/** Rules for field names and for the values of single fields. */
import { nearest } from '../../../documents/nearest.ts';
import { shorten } from '../../../documents/problems.ts';
import { parseDigest } from '../../../packs/digest.ts';
import type { InspectedFields } from '../../index/findings.ts';
import type { FieldNames, IndexSource } from '../../index/format.ts';

/** The number of unknown fields of one mapping that are reported separately. A hostile mapping can have millions. */
const MAX_UNKNOWN = 1000;

/** Reports fields that the format does not define, and optional fields that are `null`. */
export function inspectFieldNames(fields: InspectedFields, { required, optional, additive = [] }: FieldNames): void {
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(fields.value)) {
    if (required.includes(key)) continue;
    if (additive.includes(key)) fields.problem('additive-field', [key], 'is a field that other readers do not know');
    else if (!optional.includes(key)) unknown.push(key);
    if (value === null && (optional.includes(key) || additive.includes(key)))
      fields.problem('null-field', [key], 'has no value');
  }
  const known = [...required, ...optional, ...additive];
  for (const key of unknown.slice(0, MAX_UNKNOWN)) reportUnknownField(fields, key, known);
  const [next] = unknown.slice(MAX_UNKNOWN);
  if (next === undefined) return;
  const rest = unknown.length - MAX_UNKNOWN;
  fields.problem(
    'unknown-field',
    [next],
    `is the first of ${rest.toLocaleString('en')} further fields that the format does not have`,
  );
}

function reportUnknownField(fields: InspectedFields, key: string, known: readonly string[]): void {
  const suggestion = nearest(
    key,
    known.filter((name) => !fields.has(name)),
  );
  const fix = suggestion === undefined ? undefined : `Did you mean '${suggestion}'?`;
  fields.problem('unknown-field', [key], 'is not a field of the format', fix);
}

/** RFC 3339, the common profile of ISO 8601. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

export function inspectTimestamp(fields: InspectedFields, key: string): void {
  const text = fields.raw(key);
  if (typeof text !== 'string' || (TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text)))) return;
  fields.problem('invalid-timestamp', [key], `'${text}' is not a date and time with a time zone`);
}

/** The maximum length of a branch or a tag on common servers, and of a file name, which git uses for refs. */
const MAX_GIT_REF = 255;
const WEAK_ALGORITHMS = ['sha1', 'md5'];

/** Reports a source that is not pinned by a strong checksum and, for git, by a commit id. */
export function inspectPinning(fields: InspectedFields, source: IndexSource): void {
  inspectChecksum(fields, source.checksum);
  if (source.type !== 'git' || fields.raw('ref') !== source.ref) return;
  if (source.ref.length > MAX_GIT_REF || !/^[^\s-]\S*$/.test(source.ref)) {
    fields.problem('invalid-git-ref', ['ref'], `'${shorten(source.ref, 100)}' cannot be a commit, a tag or a branch`);
  } else if (!/^[0-9a-f]{40}$/.test(source.ref)) {
    fields.problem('git-ref-not-commit', ['ref'], `'${source.ref}' is not a commit id of 40 lower-case digits`);
  }
}

function inspectChecksum(fields: InspectedFields, checksum: string): void {
  if (checksum === '') return;
  const { algorithm, hex } = parseDigest(checksum, { allowWeak: true });
  if (WEAK_ALGORITHMS.includes(algorithm)) {
    fields.problem('weak-checksum', ['checksum'], `${algorithm} can be forged, so a match would prove nothing`);
  }
  if (checksum !== `${algorithm}:${hex}`) {
    fields.problem('checksum-spelling', ['checksum'], 'is not in lower case, or is surrounded by spaces');
  }
}
