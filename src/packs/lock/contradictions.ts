import { type FieldPath, formatField, type Problem } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { tryParseRequirement } from '../requirement.ts';

/**
 * What one part of a lock says against another: a ref that is there twice, a pack that is needed and not locked. It is
 * looked for whatever else is wrong, so that nobody mends a lock to be told of the next thing; what has the wrong type is
 * passed over, since others tell of that.
 */
export function lockContradictions(document: SourceDocument): Problem[] {
  const packs = listIn(document.value, 'packs');
  const refs = packs.map((pack) => fieldOf(pack, 'ref'));
  const problem = (path: FieldPath, message: string): Problem => ({
    path: document.location,
    ...document.positionOf(path),
    field: formatField(path),
    message,
  });
  return packs.flatMap((pack, at) => {
    const needs = listIn(pack, 'dependencies').map((text) =>
      typeof text === 'string' ? tryParseRequirement(text)?.ref : undefined,
    );
    const twice = repeated(refs, at) ? [problem(['packs', at, 'ref'], `the pack '${refs[at]}' is locked already`)] : [];
    const unlocked = needs.flatMap((need, position) => {
      const path = ['packs', at, 'dependencies', position];
      if (repeated(needs, position)) return [problem(path, `'${need}' is there already`)];
      return need === undefined || refs.includes(need) ? [] : [problem(path, `'${need}' is needed and not locked`)];
    });
    return [...twice, ...unlocked];
  });
}

function repeated(words: readonly unknown[], at: number): boolean {
  return typeof words[at] === 'string' && words.indexOf(words[at]) < at;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}
