import { eastAsianWidth } from 'get-east-asian-width';

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\u200b-\u200d\u2060-\u2064\ufeff]$/u;
/** Selects the emoji form of the character before it, which may be twice as wide. */
const EMOJI_SELECTOR = '\ufe0f';

/**
 * Returns the number of terminal columns of a text without line feeds and tabs. Where terminals differ, it is the larger
 * number: overestimating a line shortens it, underestimating it makes it wrap.
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

/** Shortens a text to `width` columns by omitting its middle; more of the end is kept, because names differ there. */
export function shortened(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  const characters = [...text];
  const start = fitting(characters, Math.floor((width - 1) / 3));
  const end = fitting(characters.toReversed(), width - 1 - widthOf(start.join(''))).reverse();
  // A combining character whose base character is omitted would be drawn on the ellipsis.
  while (end[0] !== undefined && columnsOf(end[0]) === 0) end.shift();
  return `${start.join('')}…${end.join('')}`;
}

/** Returns the leading characters that fit into `width` columns. */
function fitting(characters: readonly string[], width: number): string[] {
  let remaining = width;
  const first = characters.findIndex((character) => {
    remaining -= columnsOf(character);
    return remaining < 0;
  });
  return characters.slice(0, first === -1 ? characters.length : first);
}
