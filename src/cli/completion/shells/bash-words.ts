/**
 * Takes a line apart as bash does: nothing is expanded. The line is one simple command, for bash leaves out what stands
 * before it.
 * @returns its words without quotes and escapes; the last one is the one that the line ends in or behind
 */
export function readLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const sign = line.charAt(at);
    if (quote === '' && /\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (sign === quote) {
      quote = '';
    } else if (quote === '' && /["']/.test(sign)) {
      word ??= '';
      quote = sign;
    } else if (sign === '\\' && isEscape(quote, line.charAt(at + 1))) {
      at++;
      word = (word ?? '') + line.charAt(at);
    } else {
      word = (word ?? '') + sign;
    }
  }
  return [...words, word ?? ''];
}

/** Between double quotes a backslash stands for itself before most characters. */
function isEscape(quote: string, next: string): boolean {
  return quote === '' || (quote === '"' && /[$`"\\]/.test(next));
}
