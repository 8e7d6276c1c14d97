import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { existence } from '../../references.ts';
import { error, family } from '../../rule.ts';
import { meantBy } from '../../suggest.ts';
import { at, atKey, atStart, field, isBlank, textOf } from '../../values.ts';

type Code = 'queue-invalid';

export const queueRules = family<Code>({
  title: 'Queues',
  rules: {
    'queue-invalid': error(
      'A queue has an unknown field, a wrong type, no `label`, or a `dispatch_action` that does not exist.',
      'dispatch_action: greet',
      'Queues are strict: the platform skips the file.',
    ),
  },
  check(pack, report) {
    for (const file of pack.components.queues) {
      if (!file.root) continue;
      const wrong: Wrong = (node, message, key = false) =>
        report('queue-invalid', node ? (key ? atKey(file, node) : at(file, node)) : atStart(file), message);
      checkQueue(pack, file, wrong);
    }
  },
});

type Wrong = (node: YamlNode | undefined, message: string, key?: boolean) => void;
type Check = (node: YamlNode, wrong: Wrong) => void;

const is =
  (accepts: (value: unknown) => boolean, what: string): Check =>
  (node, wrong) => {
    if (!accepts(node.value)) wrong(node, `expected ${what}`);
  };
const text = is((value) => typeof value === 'string' && value.trim() !== '', 'a text that is not empty');
const flag = is((value) => typeof value === 'boolean', 'true or false');
const uint = is((value) => Number.isInteger(value) && Number(value) >= 0, 'a whole number of 0 or more');
const mapping = is((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'a mapping');
const oneOf = (...names: string[]) => is((value) => names.includes(String(value)), names.join(' or '));
const texts: Check = (node, wrong) => {
  if (node.kind !== 'list') wrong(node, 'expected a list of refs');
  for (const item of node.items) text(item, wrong);
};

/** Checks the fields of a strict mapping. */
const strict =
  (fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (node, wrong) => {
    if (node.kind !== 'mapping') {
      wrong(node, 'expected a mapping');
      return;
    }
    for (const name of required)
      if (!node.entries.has(name)) wrong(node.key ? node : undefined, `${name} is missing`, true);
    for (const [name, value] of node.entries) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      const meant = check ? undefined : meantBy(name, Object.keys(fields));
      if (!check) wrong(value, `unknown field '${name}'${meant ? `, did you mean '${meant}'?` : ''}`, true);
      else if (value.value !== null) check(value, wrong);
    }
  };

const tunable: Check = (node, wrong) => {
  const source = field(node, 'source')?.value;
  const required = TUNABLE_FIELDS[String(source)];
  if (!required) {
    wrong(field(node, 'source') ?? node, 'source is literal, pack_config or keystore');
    return;
  }
  const fields = Object.fromEntries([...required, 'source', 'fallback', 'path'].map((name) => [name, () => {}]));
  strict(fields, required)(node, wrong);
};
const TUNABLE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  literal: ['value'],
  pack_config: ['path'],
  keystore: ['key_ref'],
};

const config = strict({
  dispatch: strict({
    concurrency: tunable,
    batch_size: tunable,
    retry_limit: uint,
    inter_execution_delay_seconds: uint,
    coalescing: strict({
      enabled: flag,
      group_by_path: is((value) => /^[^.\s]+(?:\.[^.\s]+)*$/.test(String(value)), 'a dotted path'),
      across_priorities: flag,
    }),
  }),
  ack_contract: strict({ version: is((value) => Number.isInteger(value) && Number(value) >= 1, '1 or more') }, [
    'version',
  ]),
});

const FIELDS: Readonly<Record<string, Check>> = {
  ...{ ref: () => {}, label: text, dispatch_action: text, description: text },
  default_priority: is((value) => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31, 'a whole number'),
  ...{ enabled: flag, accepting_new_items: flag, allow_pending_update: flag },
  update_strategy: oneOf('immutable', 'replace', 'merge_patch'),
  batch_mode: oneOf('single', 'batch'),
  ...{ item_schema: mapping, action_params: mapping, permission_set_refs: texts, config },
};

function checkQueue(pack: PackModel, { root }: ComponentFile, wrong: Wrong): void {
  if (!root) return;
  for (const name of ['label', 'dispatch_action'])
    if (isBlank(field(root, name))) wrong(field(root, name), `${name} is missing`);
  strict(FIELDS)(root, wrong);
  const action = field(root, 'dispatch_action');
  const ref = textOf(action);
  if (action && ref !== undefined && ref.trim() !== '') {
    if (!/^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$/.test(ref)) wrong(action, `'${ref}' is not a complete ref of an action`);
    else if (existence(pack, 'action', ref) === 'missing') wrong(action, `there is no action '${ref}'`);
  }
  const coalescing = field(root, 'config', 'dispatch', 'coalescing');
  if (!coalescing) return;
  if (field(root, 'batch_mode')?.value !== 'batch') wrong(coalescing, 'coalescing needs batch_mode: batch', true);
  if (field(coalescing, 'enabled')?.value === true && !field(coalescing, 'group_by_path'))
    wrong(coalescing, 'group_by_path is missing', true);
}
