/**
 * Splits a line into words as bash does, without expanding anything. The line is one simple command, because bash omits
 * what precedes it.
 * @returns the words without quotes and escapes; the last one is the word at the end of the line, empty after a space
 */
export function splitBashLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (quote === '' && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === quote) {
      quote = '';
    } else if (quote === '' && /["']/.test(character)) {
      word ??= '';
      quote = character;
    } else if (character === '\\' && isEscape(quote, line.charAt(i + 1))) {
      i++;
      word = (word ?? '') + line.charAt(i);
    } else {
      word = (word ?? '') + character;
    }
  }
  return [...words, word ?? ''];
}

/** Returns whether a backslash escapes the next character; in double quotes it does so only before some characters. */
function isEscape(quote: string, next: string): boolean {
  return quote === '' || (quote === '"' && /[$`"\\]/.test(next));
}
