/** References from components to actions and triggers, and what the pack itself and core have. */
import type { YamlNode } from '../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../packs/components/pack-model.ts';
import { field, textOf } from './values.ts';

export interface Reference {
  readonly file: ComponentFile;
  readonly node: YamlNode;
  /** Complete: a short ref has the pack's prefix. */
  readonly ref: string;
  readonly target: 'action' | 'trigger';
}

/** Returns the references of rules, sensors, workflow tasks and queues that have the form of a ref. */
export function referencesOf(pack: PackModel): Reference[] {
  const { rules, sensors, graphs, workflows, queues } = pack.components;
  return [
    ...rules.flatMap((file) => [
      ...reference(pack, file, field(file.root, 'trigger_ref'), 'trigger'),
      ...reference(pack, file, field(file.root, 'action_ref'), 'action'),
    ]),
    ...sensors.flatMap((file) => triggerNodes(file).flatMap((node) => reference(pack, file, node, 'trigger'))),
    ...[...graphs, ...workflows].flatMap((file) =>
      (field(file.root, 'tasks')?.items ?? []).flatMap((task) =>
        reference(pack, file, field(task, 'action'), 'action'),
      ),
    ),
    ...queues.flatMap((file) => reference(pack, file, field(file.root, 'dispatch_action'), 'action')),
  ];
}

/** Returns the triggers that a sensor names. */
export function triggerNodes({ root }: ComponentFile): readonly YamlNode[] {
  const one = field(root, 'trigger_type');
  return [...(field(root, 'trigger_types')?.items ?? []), ...(one ? [one] : [])];
}

const REF = /^[a-z][a-z0-9_-]*\.[^.\s{}]+$/;
const SHORT_KINDS: readonly string[] = ['rules', 'sensors'];

function reference(
  pack: PackModel,
  file: ComponentFile,
  node: YamlNode | undefined,
  target: Reference['target'],
): Reference[] {
  const text = textOf(node);
  if (!node || text === undefined) return [];
  const ref = !text.includes('.') && SHORT_KINDS.includes(file.kind) ? `${pack.ref}.${text}` : text;
  return REF.test(ref) ? [{ file, node, ref, target }] : [];
}

/** The actions and triggers of the platform's core pack. */
const CORE: Readonly<Record<Reference['target'], readonly string[]>> = {
  action: [
    ...['ask', 'build_pack_envs', 'download_packs', 'echo', 'enqueue', 'enqueue_batch', 'get_pack_dependencies'],
    ...['http_request', 'install_packs', 'noop', 'register_packs', 'run_agent_command', 'sleep'],
  ],
  trigger: ['alert', 'crontimer', 'datetimetimer', 'intervaltimer', 'queue_empty', 'queue_started'],
};

/** Returns the component of the pack with a ref. */
export function findComponent(
  { components }: PackModel,
  target: Reference['target'],
  ref: string,
): ComponentFile | undefined {
  const files = components[`${target}s`];
  const index = indexes.get(files) ?? new Map(files.toReversed().map((file) => [file.ref, file]));
  indexes.set(files, index);
  return index.get(ref);
}

const indexes = new WeakMap<readonly ComponentFile[], ReadonlyMap<string | undefined, ComponentFile>>();

export type Existence = 'present' | 'missing' | 'unknown';

/**
 * Returns whether a component exists. Those of other packs are unknown; so is one whose file may define it but cannot be
 * read.
 */
export function existence(pack: PackModel, target: Reference['target'], ref: string): Existence {
  const [owner = '', name = ''] = ref.split('.');
  if (owner === 'core' && pack.ref !== 'core') return CORE[target].includes(name) ? 'present' : 'missing';
  if (owner !== pack.ref) return 'unknown';
  if (findComponent(pack, target, ref)) return 'present';
  const files = pack.components[`${target}s`];
  if (files.some(({ root, ref: own, stem }) => (!root || own === undefined) && stem === name)) return 'unknown';
  return inlineNames(pack, target).includes(name) ? 'unknown' : 'missing';
}

/** Returns the names of the components that can be referred to, to suggest one. */
export function candidates(pack: PackModel, target: Reference['target']): string[] {
  const own = pack.components[`${target}s`].flatMap(({ ref }) => ref ?? []);
  return [...own, ...CORE[target].map((name) => `core.${name}`)];
}

function inlineNames({ manifest }: PackModel, target: Reference['target']): string[] {
  return [...(field(manifest?.root, `${target}s`)?.entries.keys() ?? [])];
}
