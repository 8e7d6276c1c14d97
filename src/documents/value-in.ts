import type { FieldPath } from './problems.ts';

/** Returns the value at a path of a document; `undefined` if there is none. */
export function valueIn(value: unknown, path: FieldPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}
