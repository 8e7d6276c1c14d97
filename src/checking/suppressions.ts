import type { PackModel } from '../packs/components/pack-model.ts';
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
  const text = pack.text(path)?.text;
  if (!text?.includes('attune-ignore:')) return false;
  const lines = text.split(/\r\n?|\n/);
  const [above = '', own = ''] = [lines[line - 2], lines[line - 1]];
  return names(own, code) || (COMMENT_LINE.test(above) && names(above, code));
}

function names(line: string, code: string): boolean {
  const codes = COMMENT.exec(line)?.[1]
    ?.split(',')
    .map((name) => name.trim());
  return codes?.includes(code) ?? false;
}
