import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { error, family, fixable, info, type Report, warning } from '../../rule.ts';
import { runtimeOf, runtimeOfScript } from '../../runtimes.ts';
import { readSchema } from '../../schemas.ts';
import { at, atKey, atStart, field, isBlank, replace, textOf } from '../../values.ts';
import { checkEntryPoint } from './entry-points.ts';

type Code =
  | 'action-entry-point-missing'
  | 'action-entry-point-not-found'
  | 'action-entry-point-path'
  | 'action-entry-point-extension'
  | 'action-runner-type'
  | 'action-native-not-executable'
  | 'action-delivery-invalid'
  | 'action-output-schema'
  | 'action-output-unparsed'
  | 'action-workflow-file';

export const actionRules = family<Code>({
  title: 'Actions',
  rules: {
    'action-entry-point-missing': error(
      'An action has neither `entry_point` nor `workflow_file`.',
      'ref: demo.hello\nrunner_type: python',
      'There is nothing to run.',
    ),
    'action-entry-point-not-found': error(
      'The entry point is not a file in `actions/`; upper and lower case count.',
      'entry_point: helo.py',
      'The action fails; a shell action runs the name itself as a command.',
    ),
    'action-entry-point-path': fixable(
      error(
        'The entry point is absolute, leaves `actions/` or repeats it.',
        'entry_point: actions/hello.py',
        'Paths are relative to `actions/`.',
      ),
    ),
    'action-entry-point-extension': warning(
      'The suffix of the script is that of another runtime.',
      'runner_type: python\nentry_point: hello.sh',
      'The interpreter cannot run the script.',
    ),
    'action-runner-type': warning(
      'The runner type is unknown or missing.',
      'runner_type: rb',
      'Without a runtime the worker guesses by suffix; a missing one means shell.',
    ),
    'action-native-not-executable': error(
      'A native entry point is not executable, or is a script without a shebang.',
      'runner_type: native   # mode 0644',
      'The system refuses to start it.',
    ),
    'action-delivery-invalid': error(
      '`parameter_delivery`, `parameter_format` or `output_format` has an unknown value.',
      'parameter_delivery: env',
      'The database of the platform refuses the action.',
    ),
    'action-output-schema': fixable(
      warning(
        'The output schema is in `output_schema`.',
        'output_schema:\n  id: {type: string}',
        'Only `output` is read.',
      ),
    ),
    'action-output-unparsed': info(
      'An action declares `output` but its format is text.',
      'output_format: text\noutput:\n  id: {type: string}',
      'Text is not parsed, so that the declared fields never exist.',
    ),
    'action-workflow-file': error(
      'The workflow file does not exist or is outside of the pack.',
      'workflow_file: workflows/missing.workflow.yaml',
      'The action is created but cannot run.',
    ),
  },
  check(pack, report) {
    for (const file of pack.components.actions) {
      if (!file.root) continue;
      checkProgram(pack, file, report);
      checkFormats(file, report);
      checkOutput(file, report);
    }
  },
});

function checkProgram(pack: PackModel, file: ComponentFile, report: Report<Code>): void {
  const workflow = field(file.root, 'workflow_file');
  if (workflow && !isBlank(workflow)) {
    checkWorkflowFile(pack, file, workflow, report);
    return;
  }
  const entry = field(file.root, 'entry_point');
  if (isBlank(entry)) {
    const place = entry ? at(file, entry) : atStart(file);
    report('action-entry-point-missing', place, 'the action has neither entry_point nor workflow_file');
    checkRunner(file, undefined, report);
    return;
  }
  const script = textOf(entry);
  if (!entry || script === undefined) return;
  checkRunner(file, script, report);
  checkEntryPoint(pack, file, entry, 'actions', {
    path: (message, fix) => report('action-entry-point-path', at(file, entry), message, { fix }),
    missing: (message, severity) => report('action-entry-point-not-found', at(file, entry), message, { severity }),
    mode: (message) => report('action-native-not-executable', at(file, entry), message),
  });
}

function checkWorkflowFile(pack: PackModel, file: ComponentFile, node: YamlNode, report: Report<Code>): void {
  const path = textOf(node)?.replace(/^\.\//, '');
  if (path === undefined) return;
  const segments = path.split('/');
  if (/^[/\\]|\\/.test(path) || segments.includes('..')) {
    report('action-workflow-file', at(file, node), `'${path}' is not below actions/`);
    return;
  }
  if (!pack.listing.files.has(`actions/${path}`))
    report('action-workflow-file', at(file, node), `there is no actions/${path}`);
}

function checkRunner(file: ComponentFile, script: string | undefined, report: Report<Code>): void {
  const node = field(file.root, 'runner_type');
  const runner = textOf(node);
  const expected = script === undefined ? undefined : runtimeOfScript(script);
  if (!node || isBlank(node)) {
    const wrong = expected !== undefined && expected !== 'shell';
    const message = wrong ? `shell would run '${script}': write runner_type: ${expected}` : 'shell is used by default';
    report('action-runner-type', atStart(file), `there is no runner_type: ${message}`, {
      severity: wrong ? 'error' : 'warning',
    });
    return;
  }
  if (runner === undefined) return;
  const runtime = runtimeOf(runner);
  // A runtime of another pack has a complete ref, which only that pack can confirm.
  if (runtime === undefined) {
    if (!runner.includes('.')) report('action-runner-type', at(file, node), `no runtime is named '${runner}'`);
  } else if (expected !== undefined && runtime !== 'native' && expected !== runtime) {
    const entry = field(file.root, 'entry_point') as YamlNode;
    report('action-entry-point-extension', at(file, entry), `${runtime} cannot run '${script}'`);
  }
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  parameter_delivery: ['stdin', 'file'],
  parameter_format: ['json', 'yaml', 'dotenv'],
  output_format: ['text', 'json', 'yaml', 'jsonl'],
};

function checkFormats(file: ComponentFile, report: Report<Code>): void {
  for (const [name, allowed] of Object.entries(FORMATS)) {
    const node = field(file.root, name);
    if (!node || node.value === null || allowed.includes(String(node.value).toLowerCase())) continue;
    report(
      'action-delivery-invalid',
      at(file, node),
      `${name} is ${allowed.join(' or ')}, not '${String(node.value)}'`,
    );
  }
}

function checkOutput(file: ComponentFile, report: Report<Code>): void {
  const [output, other] = [field(file.root, 'output'), field(file.root, 'output_schema')];
  if (other) {
    const secret = [...(readSchema(other)?.fields.values() ?? [])].some((entry) => entry.secret);
    const rename = other.key && !output ? [replace(file, other.key, 'output')] : [];
    const fix = rename.length > 0 ? { description: 'Rename output_schema to output.', edits: rename } : undefined;
    const message = `output_schema is not read${secret ? ': its secrets are not redacted' : ''}`;
    report('action-output-schema', atKey(file, other), message, { severity: secret ? 'error' : undefined, fix });
  }
  const format = textOf(field(file.root, 'output_format')) ?? 'text';
  const workflow = !isBlank(field(file.root, 'workflow_file'));
  if (output?.kind === 'mapping' && output.entries.size > 0 && format.toLowerCase() === 'text' && !workflow)
    report('action-output-unparsed', atKey(file, output), 'output_format text is not parsed into these fields');
}
