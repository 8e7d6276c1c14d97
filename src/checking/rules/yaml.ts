import type { Span, YamlNode } from '../../documents/yaml/nodes.ts';
import type { PackModel, YamlFile } from '../../packs/components/pack-model.ts';
import { type Correction, error, family, fixable, placeOf, type Report, warning } from '../rule.ts';
import { at, atStart, field, lineStart, replace, visit } from '../values.ts';
import { allYamlFiles } from '../yaml-files.ts';

type Code =
  | 'yaml-syntax'
  | 'yaml-duplicate-key'
  | 'yaml-encoding'
  | 'yaml-limits'
  | 'yaml-merge-key'
  | 'yaml-boolean-word'
  | 'yaml-ambiguous-scalar';

export const yamlRules = family<Code>({
  title: 'YAML',
  rules: {
    'yaml-syntax': error(
      'A file does not parse, has a second document, or is not a mapping.',
      'ref: "demo.hello',
      'The platform stops loading this and all later kinds of components.',
    ),
    'yaml-duplicate-key': error(
      'A key is written twice in one mapping.',
      'type: string\ntype: integer',
      'The platform refuses the file; other readers use the last value.',
    ),
    'yaml-encoding': fixable(
      error(
        'A file is not UTF-8, contains NUL, or begins with a byte order mark.',
        '\\xEF\\xBB\\xBFref: demo',
        'The platform stops loading components at a file that it cannot decode.',
      ),
    ),
    'yaml-limits': error(
      'A file is larger than 1 MiB, expands aliases without bounds, or uses a tag such as `!include`.',
      'parameters: !include common.yaml',
      'Files beyond these limits are refused.',
    ),
    'yaml-merge-key': fixable(
      error(
        'A mapping is merged with `<<`.',
        'parameters:\n  <<: *common',
        'The platform does not apply merge keys, so the merged fields are missing.',
      ),
    ),
    'yaml-boolean-word': fixable(
      error(
        'A boolean is written as yes, no, on or off.',
        'enabled: no',
        'The platform reads these words as text and uses the default in place of them.',
      ),
    ),
    'yaml-ambiguous-scalar': fixable(
      warning(
        'An unquoted value in `enum`, `default` or `const` has different types in YAML 1.1 and 1.2.',
        'enum: [Off, Running]',
        'One reader gets text and another one a boolean, a number or a date.',
      ),
    ),
  },
  check(pack, report) {
    for (const file of allYamlFiles(pack)) {
      for (const problem of file.problems)
        report((problem.rule ?? 'yaml-syntax') as Code, placeOf(problem), problem.message);
      if (file.hasByteOrderMark) reportByteOrderMark(file, report);
      if (file.root) checkNodes(file, file.root, report);
    }
    checkManifestFlags(pack, report);
  },
});

function reportByteOrderMark(file: YamlFile, report: Report<Code>): void {
  // An offset below 0 is the start of the file, before the mark.
  const edits = [{ file, start: -1, end: 0, text: '' }];
  const fix = { description: 'Remove the byte order mark.', edits };
  report('yaml-encoding', atStart(file), 'the file begins with a byte order mark', { fix });
}

const BOOLEAN_FIELDS: ReadonlySet<string> = new Set([
  ...['enabled', 'required', 'secret', 'accesses_mcp', 'accepting_new_items', 'allow_pending_update'],
  ...['is_default', 'across_priorities', 'uniqueItems'],
]);
const TRUE_WORD = /^(?:yes|on|y)$/i;
const BOOLEAN_WORD = /^(?:yes|no|on|off|y|n)$/i;
/** Words, octal and sexagesimal numbers, numbers with `_`, and dates of YAML 1.1. */
const AMBIGUOUS =
  /^(?:yes|no|on|off|[-+]?0[0-7]+|0o[0-7]+|[-+]?\d+(?::[0-5]?\d)+|[-+]?\d[\d_]*_[\d_]*|\d{4}-\d\d-\d\d)$/i;

function checkNodes(file: YamlFile, root: YamlNode, report: Report<Code>): void {
  visit(root, (node) => {
    for (const merge of node.merges) reportMerge(file, node, merge, report);
    for (const [name, value] of node.entries) {
      if (value.aliased) continue;
      if (BOOLEAN_FIELDS.has(name)) checkBoolean(file, value, report);
      if (name === 'default' || name === 'const') checkScalar(file, value, report);
      if (name === 'enum') for (const item of value.items) checkScalar(file, item, report);
    }
  });
}

function checkManifestFlags({ manifest }: PackModel, report: Report<Code>): void {
  for (const path of [['system'], ['testing', 'network']]) {
    const value = field(manifest?.root, ...path);
    if (manifest && value) checkBoolean(manifest, value, report);
  }
}

function checkBoolean(file: YamlFile, node: YamlNode, report: Report<Code>): void {
  if (!node.plain || typeof node.value !== 'string' || !BOOLEAN_WORD.test(node.value)) return;
  const text = String(TRUE_WORD.test(node.value));
  const fix = { description: `Write ${text}.`, edits: [replace(file, node, text)] };
  report('yaml-boolean-word', at(file, node), `'${node.value}' is text here: write ${text}`, { fix });
}

function checkScalar(file: YamlFile, node: YamlNode, report: Report<Code>): void {
  const source = file.text.slice(node.start, node.end);
  if (!node.plain || source.length > 40 || !AMBIGUOUS.test(source)) return;
  const fix = { description: 'Quote the value.', edits: [replace(file, node, `"${source}"`)] };
  report('yaml-ambiguous-scalar', at(file, node), `${source} is text for some readers only: quote it`, { fix });
}

function reportMerge(file: YamlFile, node: YamlNode, merge: YamlNode, report: Report<Code>): void {
  const span: Span = merge.key ?? merge;
  const message = 'the platform does not apply merge keys: write the fields here';
  report('yaml-merge-key', at(file, span), message, { fix: expandMerge(file, node, merge) });
}

/** Replaces a merge key on a line of its own by the merged fields in JSON, which is valid YAML. */
function expandMerge(file: YamlFile, node: YamlNode, merge: YamlNode): Correction | undefined {
  const { key } = merge;
  if (!key || node.flow || node.merges.length > 1 || merge.kind !== 'mapping' || !merge.aliased) return undefined;
  const indent = file.text.slice(lineStart(file.text, key.start), key.start);
  const merged = [...node.entries].filter(([, value]) => value.key?.start === merge.start && value.aliased);
  if (indent.trim() !== '' || merged.length === 0) return undefined;
  const lines = merged.map(([name, { value }]) => `${yamlKey(name)}: ${JSON.stringify(value)}`);
  const edits = [replace(file, { start: key.start, end: merge.end }, lines.join(`\n${indent}`))];
  return { description: 'Write the merged fields in place of the merge key.', edits };
}

function yamlKey(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name);
}
