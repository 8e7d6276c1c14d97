import type { PackModel, TextFile } from '../packs/components/pack-model.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { CheckSettings } from './settings.ts';

const COMMENT = /(?:#|\/\/|<!--)\s*attune-ignore:\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)/;
const COMMENT_LINE = /^\s*(?:#|\/\/|<!--)/;

/**
 * Returns whether a comment `attune-ignore: CODE, CODE` on the line of a diagnostic, or alone on the line above, suppresses
 * it. A level that the configuration states for the code is stronger.
 */
export function suppressedInline(pack: PackModel, { path, line, code }: Diagnostic, settings: CheckSettings): boolean {
  if (settings.levels.has(code)) return false;
  const file = pack.text(path);
  const lines = file && linesOf(file);
  if (!lines) return false;
  const [above = '', own = ''] = [lines[line - 2], lines[line - 1]];
  return names(own, code) || (COMMENT_LINE.test(above) && names(above, code));
}

const cache = new WeakMap<TextFile, readonly string[]>();
const NONE: readonly string[] = [];

/** Returns the lines of a file that has comments of this kind. */
function linesOf(file: TextFile): readonly string[] | undefined {
  const known = cache.get(file) ?? (file.text.includes('attune-ignore:') ? file.text.split(/\r\n?|\n/) : NONE);
  cache.set(file, known);
  return known === NONE ? undefined : known;
}

function names(line: string, code: string): boolean {
  const codes = COMMENT.exec(line)?.[1]
    ?.split(',')
    .map((name) => name.trim());
  return codes?.includes(code) ?? false;
}
