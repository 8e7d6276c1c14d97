import { distance } from 'fastest-levenshtein';

/**
 * The candidate that was probably meant by a word that is none of them, for "did you mean"; `undefined` where a
 * suggestion would be a guess. One slip is forgiven in every three letters, and capitals do not count.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const bound = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = bound + 1;
  for (const candidate of candidates) {
    const slips = slipsBetween(word.toLowerCase(), candidate.toLowerCase());
    // With as many slips as letters nothing of the word is left, however short it is.
    if (slips < least && slips < Math.max(word.length, candidate.length)) [best, least] = [candidate, slips];
  }
  return best;
}

/** Levenshtein's distance, but letters that only changed places are one slip less. */
function slipsBetween(word: string, candidate: string): number {
  const slips = distance(word, candidate);
  return slips > 1 && sorted(word) === sorted(candidate) ? slips - 1 : slips;
}

function sorted(word: string): string {
  return [...word].sort().join('');
}
