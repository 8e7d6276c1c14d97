import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { YamlFile } from '../../../packs/components/pack-model.ts';
import type { Correction } from '../../rule.ts';
import { field, lineStart, strings } from '../../values.ts';

const KEYWORDS = ['type', 'properties', 'required', 'description', 'title', '$schema', 'additionalProperties'];

/** Returns the correction that writes a block of JSON Schema in the flat form; `undefined` if it would lose a constraint. */
export function flatten(file: YamlFile, name: string, node: YamlNode): Correction | undefined {
  const properties = field(node, 'properties');
  const { key } = node;
  if (!key || !properties || node.flow || node.aliased || properties.aliased) return undefined;
  if ([...node.entries.keys()].some((keyword) => !KEYWORDS.includes(keyword))) return undefined;
  if ([...properties.entries.values()].some(({ kind, aliased }) => kind !== 'mapping' || aliased)) return undefined;
  if (/[&#]/.test(file.text.slice(node.start, node.end)) || lineStart(file.text, key.start) !== key.start)
    return undefined;
  const required = strings(field(node, 'required'));
  const lines = [...properties.entries].map(([entry, schema]) => {
    const value = { ...(schema.value as object), ...(required.includes(entry) ? { required: true } : {}) };
    return `  ${/^[A-Za-z_][\w-]*$/.test(entry) ? entry : JSON.stringify(entry)}: ${JSON.stringify(value)}`;
  });
  const text = lines.length === 0 ? ' {}' : `\n${lines.join('\n')}`;
  const edits = [{ file, start: key.end + 1, end: node.end, text }];
  return { description: `Write ${name} in the flat form.`, edits };
}
