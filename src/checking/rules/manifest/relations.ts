import spdxIds from 'spdx-license-ids/index.json' with { type: 'json' };
import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { PackModel, YamlFile } from '../../../packs/components/pack-model.ts';
import { family, fixable, info, type Report, warning } from '../../rule.ts';
import { hasType, readSchema, type SchemaField } from '../../schemas.ts';
import { at, atKey, atStart, field, insertAfter, lineEnd, lineStart, textOf } from '../../values.ts';

type Code = 'manifest-license' | 'manifest-server-alias' | 'manifest-config-invalid';

export const relationRules = family<Code>({
  title: 'Manifest: license, aliases and configuration',
  rules: {
    'manifest-license': warning(
      'The license is missing, is not an SPDX identifier, or is not that of the license file.',
      'license: Apache 2',
      'An index then states `NOASSERTION`, and tools that check licenses refuse the pack.',
    ),
    'manifest-server-alias': fixable(
      info(
        'A field that the platform does not read is written without its pair.',
        'label: Demo   # without name: Demo',
        'The platform reads `name`, `config_schema`, `metadata` and `keywords`.',
      ),
    ),
    'manifest-config-invalid': warning(
      'A value in `config` is not allowed by `conf_schema`, or is that of a secret.',
      'conf_schema: {port: {type: integer}}\nconfig: {port: "80"}',
      'New installations begin with an invalid configuration; a secret in a manifest is public.',
    ),
  },
  check(pack, report) {
    const { manifest } = pack;
    if (!manifest?.root) return;
    checkLicense(pack, manifest, report);
    for (const pair of ALIASES) checkAlias(manifest, pair, report);
    checkConfig(manifest, report);
  },
});

const LICENSE_FILE = /^(?:LICEN[CS]E|COPYING)[^/]*$/i;

function checkLicense(pack: PackModel, manifest: YamlFile, report: Report<Code>): void {
  const stated = field(manifest.root, 'license') ?? field(manifest.root, 'meta', 'license');
  const license = textOf(stated)?.trim();
  if (!stated || !license) {
    report('manifest-license', atStart(manifest), 'the pack states no license');
    return;
  }
  const unknown = license.split(/\s+(?:AND|OR|WITH)\s+|[()]/).filter((id) => id.trim() !== '' && !isSpdx(id.trim()));
  if (unknown.length > 0) {
    const message = `'${unknown[0]}' is not an SPDX license identifier`;
    report('manifest-license', at(manifest, stated), message, { severity: 'info' });
    return;
  }
  const path = [...pack.listing.files.keys()].find((file) => LICENSE_FILE.test(file));
  const found = path === undefined ? undefined : recognize(pack.text(path)?.text ?? '');
  if (found && !license.replace(/-(?:only|or-later)$/, '').includes(found))
    report('manifest-license', at(manifest, stated), `the license is ${license}, but ${path} has the text of ${found}`);
}

const SPDX: ReadonlySet<string> = new Set([
  ...spdxIds,
  'Classpath-exception-2.0',
  'LLVM-exception',
  'NONE',
  'NOASSERTION',
]);

function isSpdx(id: string): boolean {
  return SPDX.has(id.replace(/\+$/, '')) || /^LicenseRef-[\w.-]+$/.test(id) || /-exception/.test(id);
}

/** Sentences that only one license has, without punctuation and case. */
const CHARACTERISTIC: readonly (readonly [string, string])[] = [
  ['Apache-2.0', 'apache license version 2 0 january 2004'],
  ['MIT', 'permission is hereby granted free of charge to any person obtaining a copy'],
  ['BSD-3-Clause', 'neither the name of'],
  ['MPL-2.0', 'mozilla public license version 2 0'],
  ['AGPL-3.0', 'gnu affero general public license version 3'],
  ['LGPL-3.0', 'gnu lesser general public license version 3'],
  ['GPL-3.0', 'gnu general public license version 3'],
  ['GPL-2.0', 'gnu general public license version 2'],
];

function recognize(text: string): string | undefined {
  const words = text.toLowerCase().replace(/[^a-z0-9]+/g, ' ');
  return CHARACTERISTIC.find(([, sentence]) => words.includes(sentence))?.[0];
}

interface Alias {
  /** The key that the platform does not read. */
  readonly local: string;
  readonly server: string;
}

const ALIASES: readonly Alias[] = [
  { local: 'label', server: 'name' },
  { local: 'conf_schema', server: 'config_schema' },
  { local: 'meta', server: 'metadata' },
  { local: 'tags', server: 'keywords' },
];

function checkAlias(file: YamlFile, { local, server }: Alias, report: Report<Code>): void {
  const [one, pair] = [field(file.root, local), field(file.root, server)];
  if (!one || isEmpty(one) || (one.kind === 'scalar' && local !== 'label')) return;
  if (!pair) {
    const secret =
      local === 'conf_schema' && [...(readSchema(one)?.fields.values() ?? [])].some((entry) => entry.secret);
    const message = `the platform reads ${server}, not ${local}${secret ? ': its secrets are not protected' : ''}`;
    const edits = copyEntry(file, one, server);
    const fix = edits.length > 0 ? { description: `Add ${server} with the same value.`, edits } : undefined;
    report('manifest-server-alias', atKey(file, one), message, { severity: secret ? 'warning' : 'info', fix });
  } else if (JSON.stringify(one.value) !== JSON.stringify(pair.value)) {
    // `label` and `name` may differ: a label is for people.
    const severity = local === 'conf_schema' ? 'warning' : 'info';
    report(
      'manifest-server-alias',
      atKey(file, one),
      `${local} and ${server} differ, and the platform reads ${server}`,
      {
        severity,
      },
    );
  }
}

function isEmpty({ kind, entries, items, value }: YamlNode): boolean {
  return kind === 'scalar' ? value === null || value === '' : entries.size + items.length === 0;
}

/** Copies the lines of an entry, with another key. */
function copyEntry(file: YamlFile, node: YamlNode, key: string) {
  if (!node.key || node.aliased || /[&*]/.test(file.text.slice(node.key.end, node.end))) return [];
  if (lineStart(file.text, node.key.start) !== node.key.start) return [];
  return insertAfter(file, node, `${key}${file.text.slice(node.key.end, lineEnd(file.text, node.end))}`);
}

function checkConfig(file: YamlFile, report: Report<Code>): void {
  const schema = readSchema(field(file.root, 'conf_schema') ?? field(file.root, 'config_schema'));
  const config = field(file.root, 'config');
  if (!schema || schema.fields.size === 0) return;
  for (const [name, node] of config?.entries ?? []) {
    const entry = schema.fields.get(name);
    const reason = entry ? configProblem(node, entry) : 'conf_schema has no such key';
    if (reason) {
      const severity = entry?.secret ? 'error' : 'warning';
      report('manifest-config-invalid', at(file, node), `config.${name}: ${reason}`, { severity });
    }
  }
}

function configProblem({ value }: YamlNode, { secret, types, node }: SchemaField): string | undefined {
  if (secret) return value === null || value === '' ? undefined : 'a manifest must not have the value of a secret';
  if (value === null) return undefined;
  if (!hasType(value, types)) return `it is not of type ${types.join(' or ')}`;
  const allowed = field(node, 'enum')?.value;
  return Array.isArray(allowed) && !allowed.includes(value) ? 'it is not one of the allowed values' : undefined;
}
