import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { error, family, type Report, warning } from '../../rule.ts';
import { at, atKey, atStart, field, textOf } from '../../values.ts';

type Code = 'permission-set-invalid' | 'permission-set-unsupported';

export const permissionSetRules = family<Code>({
  title: 'Permission sets',
  rules: {
    'permission-set-invalid': error(
      'Grants are not a list of `{resource, actions}` with known names, or a permission set does not exist.',
      'grants: [{resource: pack, actions: [read]}]',
      'A grant that does not parse breaks every authorization that uses the set.',
    ),
    'permission-set-unsupported': warning(
      'A grant has an action or a constraint that its resource lacks.',
      'grants: [{resource: packs, actions: [update]}]',
      'The grant has no effect, or the platform refuses it.',
    ),
  },
  check(pack, report) {
    for (const file of pack.components.permission_sets) if (file.root) checkGrants(pack, file, report);
    for (const file of [...pack.components.actions, ...pack.components.rules, ...pack.components.queues])
      checkReferences(pack, file, report);
  },
});

const CRUD = ['read', 'create', 'update', 'delete'];
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  packs: ['read', 'create', 'install', 'configure', 'delete'],
  actions: [...CRUD, 'execute'],
  ...Object.fromEntries(
    ['queues', 'rules', 'triggers', 'runtimes', 'artifacts', 'identities'].map((name) => [name, CRUD]),
  ),
  executions: ['read', 'update', 'cancel', 'decrypt'],
  events: ['read'],
  audit_log: ['read'],
  enforcements: ['read', 'decrypt'],
  inquiries: [...CRUD, 'respond'],
  keys: [...CRUD, 'decrypt'],
  workers: ['read', 'manage'],
  permissions: ['read', 'manage'],
  retention: ['read', 'update'],
};
const ALL_ACTIONS = new Set(Object.values(RESOURCES).flat());

const WITH_PACKS = ['packs', 'actions', 'queues', 'rules', 'triggers', 'executions', 'enforcements', 'artifacts'];
/** The resources that support a constraint; `undefined` for those of all. */
const CONSTRAINTS: Readonly<Record<string, readonly string[] | undefined>> = {
  pack_refs: WITH_PACKS,
  refs: [...WITH_PACKS, 'keys'],
  owner: ['packs', 'keys', 'artifacts'],
  owner_types: ['keys', 'artifacts'],
  visibility: ['artifacts'],
  execution_scope: ['executions'],
  encrypted: ['keys'],
  attributes: undefined,
};

function checkGrants(pack: PackModel, file: ComponentFile, report: Report<Code>): void {
  const grants = field(file.root, 'grants');
  if (grants?.kind !== 'list') {
    report(
      'permission-set-invalid',
      grants ? at(file, grants) : atStart(file),
      'grants is a list of {resource, actions}',
    );
    return;
  }
  for (const grant of grants.items) checkGrant(pack, file, grant, report);
}

function checkGrant(pack: PackModel, file: ComponentFile, grant: YamlNode, report: Report<Code>): void {
  const resource = field(grant, 'resource');
  const name = textOf(resource) ?? '';
  const supported = Object.hasOwn(RESOURCES, name) ? RESOURCES[name] : undefined;
  if (!resource || !supported) {
    report('permission-set-invalid', at(file, resource ?? grant), `there is no resource '${name}'`);
    return;
  }
  const actions = field(grant, 'actions');
  if (actions?.kind !== 'list') {
    report('permission-set-invalid', at(file, actions ?? grant), 'actions is a list');
    return;
  }
  for (const action of actions.items) {
    const text = String(action.value);
    if (!ALL_ACTIONS.has(text)) report('permission-set-invalid', at(file, action), `there is no action '${text}'`);
    else if (!supported.includes(text))
      report('permission-set-unsupported', at(file, action), `${name} has no action '${text}'`);
  }
  checkConstraints(file, name, field(grant, 'constraints'), report);
  const constrained = (field(grant, 'constraints')?.entries.size ?? 0) > 0;
  if (!constrained && pack.ref !== 'core')
    report('permission-set-unsupported', at(file, grant), `the grant covers all ${name} of the platform`, {
      severity: 'info',
    });
}

function checkConstraints(
  file: ComponentFile,
  resource: string,
  node: YamlNode | undefined,
  report: Report<Code>,
): void {
  for (const [name, value] of node?.entries ?? []) {
    const refused = name === 'ids' || name === 'owner_refs' || !Object.hasOwn(CONSTRAINTS, name);
    const resources = CONSTRAINTS[name];
    if (refused)
      report('permission-set-unsupported', atKey(file, value), `the platform refuses the constraint '${name}'`);
    else if (resources && !resources.includes(resource))
      report('permission-set-unsupported', atKey(file, value), `${resource} does not support the constraint '${name}'`);
    else if (name === 'refs' && node?.entries.has('pack_refs'))
      report('permission-set-unsupported', atKey(file, value), 'refs cannot be combined with pack_refs');
  }
}

const REFERENCES = ['default_execution_permission_set_refs', 'permission_set_refs', 'permission_set_ref'];
const CORE_SETS = ['standard', 'core.admin', 'core.editor', 'core.executor', 'core.viewer', 'core.standard'];

function checkReferences(pack: PackModel, file: ComponentFile, report: Report<Code>): void {
  const sets = pack.components.permission_sets;
  for (const name of REFERENCES) {
    const node = field(file.root, name);
    for (const item of node?.kind === 'list' ? node.items : node ? [node] : []) {
      const ref = textOf(item);
      if (!ref?.startsWith(`${pack.ref}.`) && !(ref?.startsWith('core.') && !CORE_SETS.includes(ref))) continue;
      if (sets.some((set) => set.ref === ref || !set.root)) continue;
      report('permission-set-invalid', at(file, item), `there is no permission set '${ref}'`, { severity: 'warning' });
    }
  }
}
