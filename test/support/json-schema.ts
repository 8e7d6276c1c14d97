import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** Says what a JSON Schema has against a document, as `/packs/0/ref must match pattern "..."`; nothing where it is right. */
export function schemaValidator(schema: object): (document: unknown) => string[] {
  const ajv = formats.default(
    new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true }),
  );
  const validate = ajv.compile(schema);
  return (document) => {
    validate(document);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

/** The fields that a schema names without a title or without an explanation, its own or that of what it refers to. */
export function unexplained(schema: object): string[] {
  const found: string[] = [];
  const walk = (part: object, path: string) => {
    for (const [key, held] of Object.entries(part)) {
      if (typeof held !== 'object' || held === null) continue;
      const field = path.endsWith('/properties') && !/\/(if|then)\//.test(path);
      const explained = ('title' in held && 'description' in held) || '$ref' in held;
      if (field && !explained) found.push(`${path}/${key}`);
      walk(held, `${path}/${key}`);
    }
  };
  walk(schema, '');
  return found;
}
