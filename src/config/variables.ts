import { AttuneError } from '../errors.ts';
import { redact } from '../platform/redact.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** A setting with a reference to an environment variable that cannot be expanded. */
export class UnusableVariable extends AttuneError {
  constructor(template: string, names: readonly string[], why: string) {
    const list = names.map((name) => `\${${name}}`).join(', ');
    super('INVALID_CONFIG', `Cannot use the setting '${template}': ${list} ${why}.`, {
      facts: { setting: template, variables: names },
      hint: "Set the variable in attune's environment, or change the setting in settings.yaml.",
    });
  }
}

const REFERENCE = /\$\{([^}]*)\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces every `${NAME}` in a setting with the value of the environment variable. Call it where the setting is used and
 * discard the result: only the unexpanded setting is printed or written.
 * @throws UnusableVariable that names all variables that are not set
 */
export function expandVariables(template: string, variables: Variables): string {
  const names = [...new Set(Array.from(template.matchAll(REFERENCE), ([, name = '']) => name))];
  const invalid = names.filter((name) => !NAME.test(name));
  if (invalid.length > 0) throw new UnusableVariable(template, invalid, 'is not a valid variable name');
  const unset = names.filter((name) => !Object.hasOwn(variables, name) || variables[name] === undefined);
  if (unset.length > 0) throw new UnusableVariable(template, unset, 'is not set in the environment');
  return template.replace(REFERENCE, (_, name: string) => variables[name] ?? '');
}

/**
 * Replaces values that came from the environment with `${NAME}` in a text about an expanded setting, such as a network
 * error. Encoded forms of the values are replaced as well, because they may be secrets.
 */
export function redactVariables(text: string, template: string, variables: Variables): string {
  return redact(
    text,
    Array.from(template.matchAll(REFERENCE), ([reference, name = '']) => [variables[name] ?? '', reference] as const),
  );
}
