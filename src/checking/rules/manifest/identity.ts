import type { Problem } from '../../../documents/problems.ts';
import type { PackModel, YamlFile } from '../../../packs/components/pack-model.ts';
import { manifestProblems } from '../../../packs/manifest/manifest.ts';
import { COMPONENT_KINDS } from '../../../packs/manifest/types.ts';
import { isDeviceName } from '../../../packs/pack-ref.ts';
import { error, family, fixable, info, placeOf, type Report, warning } from '../../rule.ts';
import { meantBy } from '../../suggest.ts';
import { at, atKey, atStart, field, isBlank, replace, textOf } from '../../values.ts';

type Code =
  | 'manifest-missing'
  | 'manifest-ref-format'
  | 'manifest-missing-ref'
  | 'manifest-missing-version'
  | 'manifest-version-type'
  | 'manifest-version-format'
  | 'manifest-field-type'
  | 'manifest-interpreter-type'
  | 'manifest-missing-metadata'
  | 'manifest-unknown-field'
  | 'manifest-inline-components'
  | 'manifest-system-flag'
  | 'manifest-url-invalid';

export const identityRules = family<Code>({
  title: 'Manifest: identity and fields',
  rules: {
    'manifest-missing': error('There is no `pack.yaml`.', 'pack.yml', 'Only `pack.yaml` makes a directory a pack.'),
    'manifest-ref-format': error(
      'The ref is not 2 to 128 lower-case letters, digits, `_` and `-`, or is a Windows device name.',
      'ref: My.Pack',
      'Installation and the platform refuse the pack.',
    ),
    'manifest-missing-ref': error('The manifest has no `ref`.', 'version: "1.0.0"', 'Installation refuses the pack.'),
    'manifest-missing-version': error('The manifest has no `version`.', 'ref: demo', 'Installation refuses the pack.'),
    'manifest-version-type': error(
      'The version is not a string.',
      'version: 1.0',
      'YAML reads 1.10 as 1.1; the platform refuses numbers.',
    ),
    'manifest-version-format': error(
      'The version is not a semantic version.',
      'version: v1.0.0',
      'Versions that cannot be compared cannot be upgraded.',
    ),
    'manifest-field-type': error('A field has the wrong type.', 'tags: aws', 'Installation refuses the manifest.'),
    'manifest-interpreter-type': fixable(
      error('`python` or `nodejs` is a number.', 'python: 3.8', 'Installation refuses it and the platform ignores it.'),
    ),
    'manifest-missing-metadata': warning(
      'The manifest has no `label`, `description` or `author`.',
      'ref: demo\nversion: "1.0.0"',
      'Catalogs and searches have nothing to show.',
    ),
    'manifest-unknown-field': info('Nothing reads the field.', 'lable: Demo', 'A misspelled field has no effect.'),
    'manifest-inline-components': warning(
      'Components are defined inside `pack.yaml`.',
      'actions:\n  hello: {}',
      'The platform reads component files only.',
    ),
    'manifest-system-flag': warning(
      '`system: true` outside of core.',
      'system: true',
      'It protects packs of a deployment.',
    ),
    'manifest-url-invalid': warning(
      'A URL is not http or https, or is the text of a template.',
      'homepage: https://github.com/your-org/demo',
      'Links in catalogs lead nowhere.',
    ),
  },
  check(pack, report) {
    const { manifest } = pack;
    if (!manifest) return reportMissing(pack, report);
    if (!manifest.root || !manifest.document) return;
    for (const problem of manifestProblems(manifest.document)) reportProblem(manifest, problem, report);
    checkRef(manifest, report);
    checkMetadata(manifest, report);
    checkFields(manifest, report);
    checkUrls(manifest, report);
    const system = field(manifest.root, 'system');
    if (system?.value === true && pack.ref !== 'core')
      report('manifest-system-flag', at(manifest, system), 'system: true is for the packs of a deployment');
  },
});

function reportMissing({ listing }: PackModel, report: Report<Code>): void {
  const similar = ['pack.yml', 'Pack.yaml', 'pack.YAML'].find((name) => listing.files.has(name));
  const message = similar ? `a manifest is named pack.yaml, not ${similar}` : 'there is no pack.yaml';
  report('manifest-missing', { path: similar ?? 'pack.yaml' }, message);
}

const OTHER_FAMILIES = /^(?:yaml-|testing-|manifest-dependency)/;

/** Reports a problem of installation's reader, at the value if the field has one. */
function reportProblem(file: YamlFile, problem: Problem, report: Report<Code>): void {
  const { rule = 'manifest-field-type', field: name, message } = problem;
  if (OTHER_FAMILIES.test(rule)) return;
  const value = field(file.root, ...(/^[\w-]+(?:\.[\w-]+)*$/.test(name) ? name.split('.') : []));
  const located = value && value !== file.root;
  const quote = located && value.plain && typeof value.value === 'number';
  const edits = quote ? [replace(file, value, `"${file.text.slice(value.start, value.end)}"`)] : [];
  const isInterpreter = rule === 'manifest-interpreter-type';
  const fix = isInterpreter && quote ? { description: 'Quote the value.', edits } : undefined;
  report(rule as Code, located ? at(file, value) : placeOf(problem), `${name}: ${message}`, { fix });
}

function checkRef(file: YamlFile, report: Report<Code>): void {
  const node = field(file.root, 'ref');
  const ref = textOf(node);
  if (!node || ref === undefined) return;
  if (isDeviceName(ref)) report('manifest-ref-format', at(file, node), `'${ref}' is a device name on Windows`);
  if (/^[a-z]$/.test(ref))
    report('manifest-ref-format', at(file, node), `the platform needs 2 characters or more: '${ref}'`);
}

function checkMetadata(file: YamlFile, report: Report<Code>): void {
  const missing = (...keys: string[]) => keys.every((key) => isBlank(field(file.root, key)));
  if (missing('label', 'name')) report('manifest-missing-metadata', atStart(file), 'the pack has no label');
  if (missing('description')) report('manifest-missing-metadata', atStart(file), 'the pack has no description');
  if (missing('author'))
    report('manifest-missing-metadata', atStart(file), 'the pack has no author', { severity: 'info' });
}

const KNOWN_FIELDS = [
  ...['ref', 'version', 'name', 'label', 'description', 'config_schema', 'conf_schema', 'config', 'metadata', 'meta'],
  ...['keywords', 'tags', 'runtime_deps', 'dependencies', 'python', 'nodejs', 'testing', 'author', 'email', 'license'],
  ...['homepage', 'repository', 'use_case', 'system', 'enabled', ...COMPONENT_KINDS],
];

function checkFields(file: YamlFile, report: Report<Code>): void {
  for (const [name, node] of file.root?.entries ?? []) {
    if (node.aliased && node.key?.start === node.start) continue;
    if (!KNOWN_FIELDS.includes(name)) {
      const meant = meantBy(name, KNOWN_FIELDS);
      const message = `nothing reads '${name}'${meant ? `, did you mean '${meant}'?` : ''}`;
      report('manifest-unknown-field', atKey(file, node), message, { severity: meant ? 'warning' : 'info' });
    } else if (COMPONENT_KINDS.some((kind) => kind === name) && node.kind === 'mapping' && node.entries.size > 0) {
      report('manifest-inline-components', atKey(file, node), `the platform reads ${name}/*.yaml, not pack.yaml`);
    }
  }
}

function checkUrls(file: YamlFile, report: Report<Code>): void {
  for (const path of [['homepage'], ['repository'], ['meta', 'documentation_url'], ['meta', 'repository_url']]) {
    const node = field(file.root, ...path);
    const url = textOf(node)?.trim();
    if (!node || !url) continue;
    const reason = urlProblem(url);
    if (reason) report('manifest-url-invalid', at(file, node), `${path.join('.')}: ${reason}`);
  }
}

function urlProblem(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return 'it is not an http or https URL';
  return /your[-_](?:org|name|user|username|company|repo)|<[^>]+>|example-org|CHANGE_?ME/i.test(url)
    ? 'it is the text of a template'
    : undefined;
}
