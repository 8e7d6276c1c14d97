import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { existence, triggerNodes } from '../../references.ts';
import { error, family, fixable, type Report, warning } from '../../rule.ts';
import { runtimeOf, runtimeOfScript } from '../../runtimes.ts';
import { at, atKey, atStart, field, isBlank, replace, textOf } from '../../values.ts';
import { checkEntryPoint } from './entry-points.ts';

type Code =
  | 'trigger-schema-field'
  | 'trigger-sensor-link'
  | 'sensor-trigger'
  | 'sensor-entry-point'
  | 'sensor-runner-type';

export const sensorRules = family<Code>({
  title: 'Triggers and sensors',
  rules: {
    'trigger-schema-field': fixable(
      warning(
        'A trigger has its schemas in `parameters_schema` or `payload_schema`.',
        'payload_schema:\n  id: {type: string}',
        'Only `parameters` and `output` are read.',
      ),
    ),
    'trigger-sensor-link': warning(
      'Two sensors name one trigger, a sensor names the trigger of another pack, or no sensor names it.',
      'trigger_types: [core.crontimer]',
      'A trigger has one sensor: the last one that names it.',
    ),
    'sensor-trigger': error(
      'A sensor names no trigger, or one that the pack does not have.',
      'trigger_types: []',
      'The sensor is never started.',
    ),
    'sensor-entry-point': fixable(
      error(
        'The entry point of a sensor is missing, is not a file in `sensors/`, or cannot be started.',
        'entry_point: file://sensor.py',
        'The sensor cannot be started.',
      ),
    ),
    'sensor-runner-type': error(
      'The runner type of a sensor is unknown, or missing for a script.',
      'entry_point: watch.py   # without runner_type: python',
      'Native is used by default; a sensor with an unknown runtime is skipped.',
    ),
  },
  check(pack, report) {
    checkTriggers(pack, report);
    const sensors = new Map<string, ComponentFile>();
    for (const file of pack.components.sensors) {
      if (!file.root) continue;
      checkLinks(pack, file, sensors, report);
      checkRunner(file, report);
      checkProgram(pack, file, report);
    }
  },
});

const RENAMED: Readonly<Record<string, string>> = { parameters_schema: 'parameters', payload_schema: 'output' };

function checkTriggers(pack: PackModel, report: Report<Code>): void {
  const { triggers, sensors } = pack.components;
  const named = new Set(
    sensors.flatMap((file) => triggerNodes(file).map((node) => complete(pack, textOf(node) ?? ''))),
  );
  for (const file of triggers) {
    if (!file.root) continue;
    for (const [wrong, right] of Object.entries(RENAMED)) {
      const node = field(file.root, wrong);
      if (!node?.key) continue;
      const edits = field(file.root, right) ? [] : [replace(file, node.key, right)];
      const fix = edits.length > 0 ? { description: `Rename ${wrong} to ${right}.`, edits } : undefined;
      report('trigger-schema-field', atKey(file, node), `${wrong} is not read: write ${right}`, { fix });
    }
    // A sensor that cannot be read may name any trigger.
    if (file.ref !== undefined && !named.has(file.ref) && sensors.every(({ root }) => root))
      report('trigger-sensor-link', atStart(file), 'no sensor names this trigger', { severity: 'info' });
  }
}

function complete(pack: PackModel, ref: string): string {
  return ref.includes('.') ? ref : `${pack.ref}.${ref}`;
}

function checkLinks(
  pack: PackModel,
  file: ComponentFile,
  sensors: Map<string, ComponentFile>,
  report: Report<Code>,
): void {
  const nodes = triggerNodes(file);
  const list = field(file.root, 'trigger_types') ?? field(file.root, 'trigger_type');
  if (nodes.length === 0 && (!list || list.kind === 'list' || list.value === null))
    report('sensor-trigger', list ? at(file, list) : atStart(file), 'the sensor names no trigger');
  for (const node of nodes) {
    const text = textOf(node);
    if (text === undefined) continue;
    const ref = complete(pack, text);
    if (existence(pack, 'trigger', ref) === 'missing')
      report('sensor-trigger', at(file, node), `there is no trigger '${ref}'`);
    else if (ref.split('.', 1)[0] !== pack.ref)
      report('trigger-sensor-link', at(file, node), `'${ref}' is a trigger of another pack: this sensor takes it over`);
    const earlier = sensors.get(ref);
    if (earlier && earlier !== file)
      report(
        'trigger-sensor-link',
        at(file, node),
        `${earlier.path} also names '${ref}', and a trigger has one sensor`,
      );
    sensors.set(ref, file);
  }
}

function checkRunner(file: ComponentFile, report: Report<Code>): void {
  const node = field(file.root, 'runner_type');
  const script = textOf(field(file.root, 'entry_point')) ?? '';
  const expected = runtimeOfScript(script);
  const runner = textOf(node);
  if (!node || isBlank(node)) {
    if (expected)
      report('sensor-runner-type', atStart(file), `there is no runner_type: write runner_type: ${expected}`);
  } else if (runner !== undefined && runtimeOf(runner) === undefined) {
    const severity = runner.includes('.') ? 'warning' : undefined;
    report('sensor-runner-type', at(file, node), `no runtime of core is named '${runner}'`, { severity });
  }
}

function checkProgram(pack: PackModel, file: ComponentFile, report: Report<Code>): void {
  const node = field(file.root, 'entry_point');
  if (!node || isBlank(node)) {
    report('sensor-entry-point', node ? at(file, node) : atStart(file), 'the sensor has no entry_point');
    return;
  }
  const entry = textOf(node);
  if (entry === undefined) return;
  const wrong = (message: string) => report('sensor-entry-point', at(file, node), message);
  if (entry.includes('://')) {
    wrong(`'${entry}' is not a file below sensors/`);
    return;
  }
  // A missing runner_type is reported already, and what it stands for decides about the rest.
  const guessed = isBlank(field(file.root, 'runner_type')) && runtimeOfScript(entry) !== undefined;
  checkEntryPoint(pack, file, node, 'sensors', {
    path: (message, fix) => report('sensor-entry-point', at(file, node), message, { fix }),
    missing: (message, severity) =>
      report('sensor-entry-point', at(file, node), message, { severity: guessed ? undefined : severity }),
    mode: (message) => {
      if (!guessed) wrong(message);
    },
  });
}
