import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { error, family, type Report, warning } from '../../rule.ts';
import { runtimeOf } from '../../runtimes.ts';
import { at, field, textOf } from '../../values.ts';

type Code = 'action-retention-invalid' | 'action-runtime-version' | 'action-worker-placement';

export const executionRules = family<Code>({
  title: 'Actions and sensors: retention, versions and workers',
  rules: {
    'action-retention-invalid': error(
      'A retention policy is unknown, or a limit is not a whole number above 0.',
      'log_retention_policy: weeks',
      'The platform stops loading this and all later components.',
    ),
    'action-runtime-version': error(
      'The range is not in the syntax of the platform: comparators joined by commas.',
      'runtime_version: ">=3.8 <4"',
      'No worker ever matches, so that the action is never scheduled.',
    ),
    'action-worker-placement': warning(
      'A `worker_*` field has the wrong shape, or a required runtime is not a string.',
      'worker_selector: gpu',
      'The field counts as empty; a required runtime that is not a string matches no worker.',
    ),
  },
  check(pack: PackModel, report) {
    for (const file of [...pack.components.actions, ...pack.components.sensors]) {
      if (!file.root) continue;
      checkRetention(file, report);
      checkVersion(file, report);
      checkPlacement(file, report);
    }
  },
});

const POLICIES = ['versions', 'days', 'hours', 'minutes'];

function checkRetention(file: ComponentFile, report: Report<Code>): void {
  for (const what of ['log', 'artifact']) {
    const policy = field(file.root, `${what}_retention_policy`);
    if (policy && policy.value !== null && !POLICIES.includes(String(policy.value)))
      report('action-retention-invalid', at(file, policy), `a retention policy is ${POLICIES.join(', ')}`);
    const limit = field(file.root, `${what}_retention_limit`);
    if (limit && limit.value !== null && !(Number.isInteger(limit.value) && Number(limit.value) > 0))
      report('action-retention-invalid', at(file, limit), 'a retention limit is a whole number above 0');
  }
}

const COMPARATOR = /^(?:>=|<=|>|<|=|\^|~)?\s*(?:\d+|\*)(?:\.(?:\d+|\*)){0,2}(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;
const UNVERSIONED = ['shell', 'native'];

function checkVersion(file: ComponentFile, report: Report<Code>): void {
  const node = field(file.root, 'runtime_version');
  if (!node || node.value === null) return;
  const range = textOf(node);
  if (range === undefined) {
    report('action-runtime-version', at(file, node), 'quote the version: the platform ignores numbers');
    return;
  }
  const invalid = range.split(',').find((part) => !COMPARATOR.test(part.trim()));
  if (invalid !== undefined) {
    report(
      'action-runtime-version',
      at(file, node),
      `'${invalid.trim()}' is not a comparator such as >=3.10: join them by commas`,
    );
    return;
  }
  const runner = textOf(field(file.root, 'runner_type')) ?? (file.kind === 'actions' ? 'shell' : 'native');
  const runtime = runtimeOf(runner);
  if (runtime && UNVERSIONED.includes(runtime) && range.trim() !== '*')
    report('action-runtime-version', at(file, node), `${runtime} has no versions`, { severity: 'warning' });
}

function checkPlacement(file: ComponentFile, report: Report<Code>): void {
  const wrong = (node: YamlNode, message: string) => report('action-worker-placement', at(file, node), message);
  const selector = field(file.root, 'worker_selector');
  if (selector && selector.value !== null && !isTextMapping(selector))
    wrong(selector, 'worker_selector is a mapping of texts');
  const tolerations = field(file.root, 'worker_tolerations');
  if (
    tolerations &&
    tolerations.value !== null &&
    !(tolerations.kind === 'list' && tolerations.items.every(isToleration))
  )
    wrong(tolerations, 'worker_tolerations is a list of {key, operator, value, effect}');
  const affinity = field(file.root, 'worker_affinity');
  if (affinity && affinity.value !== null && !isAffinity(affinity))
    wrong(affinity, 'worker_affinity is {required, anti_affinity, preferred}, each a list of terms');
  for (const [name, range] of field(file.root, 'required_worker_runtimes')?.entries ?? []) {
    if (textOf(range) !== undefined) continue;
    const message = `required_worker_runtimes.${name}: quote the range`;
    report('action-worker-placement', at(file, range), message, { severity: 'error' });
  }
}

function isTextMapping({ kind, entries }: YamlNode): boolean {
  return kind === 'mapping' && [...entries.values()].every((value) => (textOf(value) ?? '') !== '');
}

function isToleration(node: YamlNode): boolean {
  const [operator, effect] = [field(node, 'operator')?.value, field(node, 'effect')?.value];
  return (
    (textOf(field(node, 'key')) ?? '') !== '' &&
    (operator === undefined || operator === 'equal' || operator === 'exists') &&
    (effect === undefined || effect === 'no_schedule' || effect === 'prefer_no_schedule')
  );
}

function isAffinity(node: YamlNode): boolean {
  if (node.kind !== 'mapping') return false;
  return [...node.entries].every(([name, value]) => {
    if (!['required', 'anti_affinity', 'preferred'].includes(name)) return false;
    // `required` may be one term or a list of them.
    const terms = value.kind === 'list' ? value.items : [value];
    return terms.every((term) => (name === 'preferred' ? isPreference(term) : isTerm(term)));
  });
}

function isPreference(node: YamlNode): boolean {
  const weight = field(node, 'weight')?.value;
  const preference = field(node, 'preference');
  return Number.isInteger(weight) && Number(weight) >= 1 && Number(weight) <= 100 && !!preference && isTerm(preference);
}

const OPERATORS = ['in', 'not_in', 'exists', 'does_not_exist'];

function isTerm(node: YamlNode): boolean {
  const labels = field(node, 'match_labels');
  const expressions = field(node, 'match_expressions');
  return (
    node.kind === 'mapping' &&
    (!labels || isTextMapping(labels)) &&
    (!expressions || expressions.items.every((item) => OPERATORS.includes(String(field(item, 'operator')?.value))))
  );
}
