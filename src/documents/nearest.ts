import { distance } from 'fastest-levenshtein';

/**
 * Returns the candidate that was probably meant by an unknown word, for "did you mean"; `undefined` when no candidate is
 * close enough. One edit is allowed for every three letters; case is ignored.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const maxEdits = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let fewest = maxEdits + 1;
  for (const candidate of candidates) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    // As many edits as letters means that the two words have nothing in common.
    if (edits < fewest && edits < Math.max(word.length, candidate.length)) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** Returns the Levenshtein distance, less one when the words are made of the same letters (a transposition). */
function editDistance(word: string, candidate: string): number {
  const edits = distance(word, candidate);
  const mayBeTransposed = edits > 1 && word.length === candidate.length;
  return mayBeTransposed && sortLetters(word) === sortLetters(candidate) ? edits - 1 : edits;
}

function sortLetters(word: string): string {
  return [...word].sort().join('');
}
