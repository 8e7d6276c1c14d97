import { eastAsianWidth } from 'get-east-asian-width';

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\u200b-\u200d\u2060-\u2064\ufeff]$/u;
/** Asks for the emoji in place of the sign before it, which may be twice as wide. */
const EMOJI_SELECTOR = '\ufe0f';

/**
 * The columns that text without line feeds and tabs takes on a terminal. Where terminals differ it is the larger number,
 * because a line that is thought too wide is shortened, and one that is thought too narrow wraps.
 */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function columnsOf(character: string): number {
  if (character === EMOJI_SELECTOR) return 1;
  return ZERO_WIDTH.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
}

/** Text in no more than `width` columns: its middle is left out, and more of its end is kept, where names tell apart. */
export function shortened(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  const characters = [...text];
  const start = fitting(characters, Math.floor((width - 1) / 3));
  const end = fitting(characters.toReversed(), width - 1 - widthOf(start.join(''))).reverse();
  // What belongs to a letter that is left out would be put on the dots.
  while (end[0] !== undefined && columnsOf(end[0]) === 0) end.shift();
  return `${start.join('')}…${end.join('')}`;
}

/** As many characters from the start as fit. */
function fitting(characters: readonly string[], width: number): string[] {
  let left = width;
  const first = characters.findIndex((character) => {
    left -= columnsOf(character);
    return left < 0;
  });
  return characters.slice(0, first === -1 ? characters.length : first);
}
