/** Escapes the characters outside ASCII in regular expressions, which esbuild leaves as they are. */
import { isAscii } from 'node:buffer';
import MagicString from 'magic-string';
import { parseSync } from 'oxc-parser';
import { walk } from 'oxc-walker';

/**
 * Escapes the regular expressions of one module.
 * @param path the path of the file; its extension decides between JavaScript and TypeScript
 */
export function escapeRegExps(path: string, source: string): string {
  if (isAscii(Buffer.from(source))) return source;
  const code = new MagicString(source);
  walk(parseSync(path, source).program, {
    enter(node) {
      if (node.type === 'Literal' && 'regex' in node) code.overwrite(node.start, node.end, escaped(node.raw ?? ''));
    },
  });
  return code.toString();
}

/** Escapes each UTF-16 code unit: a pair of them means the same as the character, with and without the flag `u`. */
function escaped(literal: string): string {
  return Array.from({ length: literal.length }, (_, index) => {
    const unit = literal.charCodeAt(index);
    return unit < 0x80 ? literal[index] : `\\u${unit.toString(16).padStart(4, '0')}`;
  }).join('');
}
