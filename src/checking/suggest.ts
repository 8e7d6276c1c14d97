import { nearest } from '../documents/nearest.ts';

/** Beyond these sizes a comparison with every candidate would take too long on a hostile pack. */
const MAX_CANDIDATES = 300;
const MAX_LENGTH = 80;

/** Returns the candidate that was probably meant, if there are not too many. */
export function meantBy(word: string, candidates: Iterable<string>): string | undefined {
  const known = [...candidates];
  return known.length > MAX_CANDIDATES || word.length > MAX_LENGTH ? undefined : nearest(word, known);
}
