import { type FieldPath, formatField, type Problem } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { tryParseRequirement } from '../requirement.ts';

/**
 * Finds inconsistencies between the parts of a lock: duplicate refs, and dependencies that are not locked. They are
 * searched for regardless of other problems, so that all are reported at once. Values of a wrong type are skipped, since
 * the schema reports them.
 */
export function findInconsistencies(document: SourceDocument): Problem[] {
  const packs = listField(document.value, 'packs');
  const refs = packs.map((pack) => fieldOf(pack, 'ref'));
  const problem = (path: FieldPath, message: string): Problem => ({
    path: document.location,
    ...document.positionOf(path),
    field: formatField(path),
    message,
  });
  return packs.flatMap((pack, index) => {
    const path = ['packs', index];
    const duplicates = isRepeated(refs, index)
      ? [problem([...path, 'ref'], `the pack '${refs[index]}' is already locked`)]
      : [];
    const dependencies = listField(pack, 'dependencies').map((text) =>
      typeof text === 'string' ? tryParseRequirement(text)?.ref : undefined,
    );
    const unlocked = dependencies.flatMap((ref, position) => {
      const itemPath = [...path, 'dependencies', position];
      if (isRepeated(dependencies, position)) return [problem(itemPath, `'${ref}' is already listed`)];
      if (ref === undefined || refs.includes(ref)) return [];
      return [problem(itemPath, `'${ref}' is a dependency, but it is not locked`)];
    });
    return [...duplicates, ...unlocked];
  });
}

function isRepeated(values: readonly unknown[], index: number): boolean {
  return typeof values[index] === 'string' && values.indexOf(values[index]) < index;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function listField(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}
