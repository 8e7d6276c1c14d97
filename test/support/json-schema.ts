import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** Returns a function that lists the errors of a document, such as `/packs/0/ref must match pattern "..."`. */
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

/** Returns the paths of fields that have neither a title with a description nor a reference. */
export function undocumentedFields(schema: object): string[] {
  const undocumented: string[] = [];
  const walk = (part: object, path: string) => {
    for (const [key, child] of Object.entries(part)) {
      if (typeof child !== 'object' || child === null) continue;
      const isField = path.endsWith('/properties') && !/\/(if|then)\//.test(path);
      const isDocumented = ('title' in child && 'description' in child) || '$ref' in child;
      if (isField && !isDocumented) undocumented.push(`${path}/${key}`);
      walk(child, `${path}/${key}`);
    }
  };
  walk(schema, '');
  return undocumented;
}
