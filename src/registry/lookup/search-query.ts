/** The words of letters and digits in what somebody typed; the tokenizer of the index breaks texts in the same way. */
const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/**
 * A query for FTS5 from what a person typed: all words have to be there, those that were typed as one (`foo-bar`) side by
 * side, and the last may be the beginning of one unless it is a single letter, with which half of all words begin. Nothing that was typed is syntax: it is broken into letters and digits
 * first, and those are quoted.
 * @returns `undefined` where there is no letter and no digit
 */
export function searchQuery(typed: readonly string[]): string | undefined {
  const phrases = typed
    .flatMap((text) => text.split(/\s+/))
    .map((word) => word.match(WORDS)?.join(' '))
    .filter((phrase) => phrase !== undefined);
  const last = phrases.at(-1)?.split(' ').at(-1);
  if (last === undefined) return undefined;
  return phrases.map((phrase) => `"${phrase}"`).join(' AND ') + ([...last].length > 1 ? ' *' : '');
}

/** The ref that was typed, if it can be one. */
export function typedRef(typed: readonly string[]): string {
  return typed.join(' ').trim().split(/\s+/).join('-').toLowerCase();
}
