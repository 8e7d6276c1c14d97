import lockSchema from '../../packs/lock/lock.schema.json' with { type: 'json' };
import packSchema from '../../packs/manifest/pack.schema.json' with { type: 'json' };
import indexSchema from '../../registry/index/index.schema.json' with { type: 'json' };
import progressSchema from './progress.schema.json' with { type: 'json' };

/** A JSON Schema (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The published schemas by name. */
const SCHEMAS = {
  index: indexSchema,
  lock: lockSchema,
  pack: packSchema,
  progress: progressSchema,
} satisfies Readonly<Record<string, JsonSchema>>;

export type SchemaName = keyof typeof SCHEMAS;

export function showSchema(name: SchemaName): JsonSchema {
  return SCHEMAS[name];
}
