import { AttuneError } from '../errors.ts';
import { redact } from '../platform/redact.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** A setting that refers to the environment in a way that cannot be followed. */
export class UnusableVariable extends AttuneError {
  constructor(template: string, names: readonly string[], why: string) {
    const list = names.map((name) => `\${${name}}`).join(', ');
    super('INVALID_CONFIG', `Cannot use the setting '${template}': ${list} ${why}.`, {
      facts: { setting: template, variables: names },
      hint: 'Set it in the environment of attune, or change the setting in config.yaml.',
    });
  }
}

const REFERENCE = /\$\{([^}]*)\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A setting with every `${NAME}` replaced by that environment variable's value. Call it where the setting is used and
 * forget the result: what is shown or written back is the setting as it stands in the file.
 * @throws UnusableVariable that names all those which are not set
 */
export function expandVariables(template: string, variables: Variables): string {
  const names = [...new Set(Array.from(template.matchAll(REFERENCE), ([, name = '']) => name))];
  const odd = names.filter((name) => !NAME.test(name));
  if (odd.length > 0) throw new UnusableVariable(template, odd, 'is not the name of a variable');
  const unset = names.filter((name) => !Object.hasOwn(variables, name) || variables[name] === undefined);
  if (unset.length > 0) throw new UnusableVariable(template, unset, 'is not set in the environment');
  return template.replace(REFERENCE, (_, name: string) => variables[name] ?? '');
}

/**
 * A text about an expanded setting (a message of the network, say) with the values that came from the environment
 * turned back into `${NAME}`, however they are encoded: they may be secrets.
 */
export function redactVariables(text: string, template: string, variables: Variables): string {
  return redact(
    text,
    Array.from(template.matchAll(REFERENCE), ([reference, name = '']) => [variables[name] ?? '', reference] as const),
  );
}
