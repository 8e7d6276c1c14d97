/** The fields that the platform reads from each kind of component (components.md, section 2). */
import type { FileKind } from '../../../packs/components/pack-model.ts';

export type FieldType = 'string' | 'boolean' | 'list' | 'mapping' | 'any';

interface KindFields {
  readonly known: Readonly<Record<string, FieldType>>;
  /** Fields of documents and older packs that nothing reads. */
  readonly ignored: readonly string[];
}

const TEXTS = { ref: 'string', label: 'string', description: 'string' } as const;
const PLACEMENT: Readonly<Record<string, FieldType>> = {
  ...{ runtime_version: 'any', required_worker_runtimes: 'any', worker_selector: 'any', worker_tolerations: 'any' },
  ...{ worker_affinity: 'any', log_retention_policy: 'any', artifact_retention_policy: 'any' },
  ...{ log_retention_limit: 'any', artifact_retention_limit: 'any' },
};

/** The kinds whose fields are checked alike; queues, workflows and graphs have rules of their own. */
export const FIELDS: Partial<Record<FileKind, KindFields>> = {
  actions: {
    known: {
      ...TEXTS,
      ...PLACEMENT,
      ...{ runner_type: 'string', entry_point: 'string', workflow_file: 'string', parameters: 'any', output: 'any' },
      ...{ parameter_delivery: 'any', parameter_format: 'any', output_format: 'any' },
      ...{ default_execution_permission_set_refs: 'list', accesses_mcp: 'boolean', tags: 'list' },
    },
    ignored: ['enabled', 'timeout', 'examples', 'output_schema', 'pack_ref', 'name', 'meta', 'metadata'],
  },
  triggers: {
    known: { ...TEXTS, enabled: 'boolean', parameters: 'any', output: 'any' },
    ignored: [
      'type',
      'tags',
      'examples',
      'pack_ref',
      'parameters_schema',
      'payload_schema',
      'name',
      'meta',
      'metadata',
    ],
  },
  sensors: {
    known: {
      ...TEXTS,
      ...PLACEMENT,
      ...{ enabled: 'boolean', runner_type: 'string', entry_point: 'string', trigger_types: 'list' },
      ...{ trigger_type: 'string', parameters: 'any', config: 'mapping' },
    },
    ignored: ['poll_interval', 'tags', 'meta', 'metadata', 'examples', 'pack_ref', 'name'],
  },
  rules: {
    known: {
      ...TEXTS,
      ...{
        trigger_ref: 'string',
        action_ref: 'string',
        enabled: 'boolean',
        conditions: 'any',
        action_params: 'mapping',
      },
      ...{ trigger_params: 'mapping', permission_set_refs: 'any', permission_set_ref: 'any' },
    },
    ignored: ['pack_ref', 'tags', 'trigger', 'action', 'criteria', 'parameters', 'name', 'meta', 'metadata'],
  },
  permission_sets: {
    known: { ...TEXTS, grants: 'any' },
    ignored: ['pack_ref', 'tags', 'name', 'meta', 'metadata', 'system'],
  },
  runtimes: {
    known: {
      ...TEXTS,
      ...{ name: 'string', aliases: 'list', distributions: 'mapping', installation: 'mapping' },
      ...{ execution_config: 'mapping', versions: 'any' },
    },
    ignored: ['pack_ref', 'tags', 'meta', 'metadata', 'enabled', 'runtime_type', 'type'],
  },
};

/** Ignored fields that packs carry for people; they are reported only where an effect was expected. */
export const QUIET: readonly string[] = ['pack_ref', 'tags', 'examples', 'meta', 'metadata', 'name', 'type', 'system'];
