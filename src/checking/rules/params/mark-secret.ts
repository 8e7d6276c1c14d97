import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { TextFile } from '../../../packs/components/pack-model.ts';
import type { Correction } from '../../rule.ts';
import { field, insertAfter, replace } from '../../values.ts';

/** Returns the correction that marks a parameter as secret. */
export function markSecret(file: TextFile, parameter: YamlNode): Correction | undefined {
  const description = 'Mark the parameter with secret: true.';
  if (parameter.aliased) return undefined;
  const flag = field(parameter, 'secret');
  if (flag) return flag.plain ? { description, edits: [replace(file, flag, 'true')] } : undefined;
  if (parameter.flow) {
    const last = [...parameter.entries.values()].at(-1);
    if (!last) return undefined;
    return { description, edits: [{ file, start: last.end, end: last.end, text: ', secret: true' }] };
  }
  const type = field(parameter, 'type');
  const edits = type ? insertAfter(file, type, 'secret: true') : [];
  return edits.length > 0 ? { description, edits } : undefined;
}
