import { nearest } from '../../../documents/nearest.ts';
import type { Fields } from '../../index/fields.ts';
import type { FieldNames } from '../../index/format.ts';

/** Fields that the format does not name, and optional ones that are written down as nothing. */
export function inspectFieldNames(fields: Fields, { required, optional, additive = [] }: FieldNames): void {
  for (const [key, value] of Object.entries(fields.value)) {
    if (required.includes(key)) continue;
    if (additive.includes(key)) fields.problem('additive-field', [key], 'is a field that other readers do not know');
    else if (!optional.includes(key)) unknownField(fields, key, [...required, ...optional, ...additive]);
    if (value === null && (optional.includes(key) || additive.includes(key)))
      fields.problem('null-field', [key], 'is there without a value');
  }
}

function unknownField(fields: Fields, key: string, known: readonly string[]): void {
  const meant = nearest(
    key,
    known.filter((name) => !fields.has(name)),
  );
  const fix = meant === undefined ? undefined : `Did you mean '${meant}'?`;
  fields.problem('unknown-field', [key], 'is no field of the format', fix);
}
