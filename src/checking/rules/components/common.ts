import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { error, family, info, type Report, warning } from '../../rule.ts';
import { meantBy } from '../../suggest.ts';
import { at, atKey, atStart, field, isBlank } from '../../values.ts';
import { allComponents } from '../../yaml-files.ts';
import { FIELDS, type FieldType, QUIET } from './fields.ts';

type Code =
  | 'component-missing-ref'
  | 'component-ref-format'
  | 'component-ref-foreign'
  | 'component-ref-duplicate'
  | 'component-file-name'
  | 'component-missing-text'
  | 'component-field-type'
  | 'component-unknown-field'
  | 'component-field-ignored';

export const commonRules = family<Code>({
  title: 'Components',
  rules: {
    'component-missing-ref': error('A component has no `ref`.', 'label: Hello', 'The platform skips the component.'),
    'component-ref-format': error(
      'A ref is not lower case with exactly one dot.',
      'ref: demo.Say.Hello',
      'The database of the platform refuses the component.',
    ),
    'component-ref-foreign': error(
      'A component has the ref of another pack.',
      'ref: core.echo   # in pack demo',
      'The component overwrites that of the other pack.',
    ),
    'component-ref-duplicate': error(
      'Two files have one ref.',
      'ref: demo.hello   # in two files',
      'The later file wins; the other component is lost.',
    ),
    'component-file-name': info(
      'The file name is not the name in the ref.',
      'ref: demo.hello   # in actions/greet.yaml',
      'Readers of the repository look for the component in another file.',
    ),
    'component-missing-text': warning(
      'A component has no `description` or no `label`.',
      'ref: demo.hello',
      'Catalogs and forms show a name that is derived from the ref.',
    ),
    'component-field-type': error(
      'A field has the wrong type.',
      'enabled: "true"',
      'The platform uses the default in place of the value, without a message.',
    ),
    'component-unknown-field': info(
      'Nothing reads the field.',
      'entrypoint: run.py',
      'A misspelled field has no effect.',
    ),
    'component-field-ignored': info(
      'A field of older packs has no effect.',
      'timeout: 120',
      'The platform reads no such field for this kind of component.',
    ),
  },
  check(pack, report) {
    const refs = new Map<string, ComponentFile>();
    for (const file of allComponents(pack)) {
      if (!file.root || file.kind === 'graphs') continue;
      checkRef(pack, file, refs, report);
      checkTexts(file, file.root, report);
      checkFields(file, file.root, report);
    }
  },
});

const COMPONENT_REF = /^[^.A-Z\s]+\.[^.A-Z\s]+$/;
const QUEUE_REF = /^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)*$/;

function checkRef(pack: PackModel, file: ComponentFile, refs: Map<string, ComponentFile>, report: Report<Code>): void {
  const node = field(file.root, 'ref');
  if (!node || node.value === null) {
    if (file.kind !== 'workflows') report('component-missing-ref', atStart(file), 'the component has no ref');
    return;
  }
  const ref = file.ref;
  if (ref === undefined) {
    report('component-field-type', at(file, node), 'ref: expected a string');
    return;
  }
  if (!isValid(ref, file.kind)) {
    report('component-ref-format', at(file, node), formatMessage(ref, pack.ref));
    return;
  }
  const [owner] = ref.split('.', 1);
  if (owner !== pack.ref && ref.includes('.')) {
    report('component-ref-foreign', at(file, node), `'${ref}' is a component of ${owner}, not of ${pack.ref}`);
    return;
  }
  const id = `${KINDS_OF_REFS[file.kind] ?? file.kind}/${ref}`;
  const earlier = refs.get(id);
  if (earlier) report('component-ref-duplicate', at(file, node), `'${ref}' is also defined in ${earlier.path}`);
  else refs.set(id, file);
  const name = ref.slice(ref.indexOf('.') + 1);
  if (!earlier && name !== file.stem && file.kind !== 'workflows')
    report('component-file-name', at(file, node), `'${ref}' is in ${file.path}: name the file ${name}.yaml`);
}

/** A standalone workflow becomes an action. */
const KINDS_OF_REFS: Readonly<Record<string, string>> = { workflows: 'actions' };

function isValid(ref: string, kind: ComponentFile['kind']): boolean {
  if (kind === 'queues') return QUEUE_REF.test(ref);
  return kind === 'runtimes' ? ref !== '' && !/[A-Z\s]/.test(ref) : COMPONENT_REF.test(ref);
}

function formatMessage(ref: string, packRef: string): string {
  return `'${ref}' is not a valid ref: write ${packRef}.<name>, in lower case`;
}

function checkTexts(file: ComponentFile, root: YamlNode, report: Report<Code>): void {
  if (file.kind === 'queues' || file.kind === 'workflows') return;
  const missing = (key: string) => isBlank(field(root, key));
  if (missing('description')) report('component-missing-text', atStart(file), 'the component has no description');
  if (missing('label') && file.kind !== 'runtimes')
    report('component-missing-text', atStart(file), 'the component has no label', { severity: 'info' });
}

const INSTALLED_TEXTS = ['name', 'label', 'description', 'workflow_file'];

function checkFields(file: ComponentFile, root: YamlNode, report: Report<Code>): void {
  const fields = FIELDS[file.kind];
  for (const [name, node] of root.entries) {
    const type = fields ? fields.known[name] : undefined;
    const expected = type ?? (INSTALLED_TEXTS.includes(name) ? 'string' : undefined);
    if (expected && !isOf(node, expected))
      report('component-field-type', at(file, node), `${name}: expected ${DESCRIPTIONS[expected]}`);
    if (!fields || type) continue;
    if (fields.ignored.includes(name)) reportIgnored(file, name, node, report);
    else reportUnknown(file, name, node, Object.keys(fields.known), report);
  }
  const both = file.kind === 'actions' && field(root, 'workflow_file') ? field(root, 'runner_type') : undefined;
  if (both) report('component-field-ignored', atKey(file, both), 'runner_type has no effect next to workflow_file');
}

const DESCRIPTIONS: Readonly<Record<FieldType, string>> = {
  string: 'a string',
  boolean: 'true or false',
  list: 'a list',
  mapping: 'a mapping',
  any: 'a value',
};

function isOf({ value, kind, plain }: YamlNode, type: FieldType): boolean {
  if (value === null || type === 'any') return true;
  if (type === 'list' || type === 'mapping') return kind === type;
  // yaml-boolean-word reports unquoted words.
  if (type === 'boolean')
    return typeof value === 'boolean' || (plain && /^(?:yes|no|on|off|y|n)$/i.test(String(value)));
  return typeof value === type;
}

/** Ignored fields that rules of their own report. */
const REPORTED_ELSEWHERE = ['output_schema', 'parameters_schema', 'payload_schema', 'trigger', 'action'];

function reportIgnored(file: ComponentFile, name: string, node: YamlNode, report: Report<Code>): void {
  if (QUIET.includes(name) || REPORTED_ELSEWHERE.includes(name)) return;
  if (name === 'enabled' && node.value !== false) return;
  const severity = name === 'enabled' ? 'warning' : 'info';
  const what = name === 'enabled' ? 'an action cannot be disabled' : `the platform does not read ${name} here`;
  report('component-field-ignored', atKey(file, node), what, { severity });
}

function reportUnknown(
  file: ComponentFile,
  name: string,
  node: YamlNode,
  known: readonly string[],
  report: Report<Code>,
): void {
  const meant = meantBy(name, known);
  const message = `nothing reads '${name}'${meant ? `, did you mean '${meant}'?` : ''}`;
  report('component-unknown-field', atKey(file, node), message, { severity: meant ? 'warning' : 'info' });
}
