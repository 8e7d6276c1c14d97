/** The numbers of arguments of the platform's functions: least and most. */
const FUNCTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ...arity(0, 0, 'result succeeded failed timed_out'),
  ...arity(1, 1, 'string number int bool type_of length keys values abs floor ceil round sum lower upper trim'),
  ...arity(1, 1, 'reversed sort unique flat'),
  ...arity(2, 2, 'min max split join starts_with ends_with match contains zip index_of count merge chunks'),
  ...arity(3, 3, 'replace'),
  ...arity(1, 2, 'range'),
  ...arity(2, 3, 'slice'),
};

function arity(least: number, most: number, names: string): Record<string, readonly [number, number]> {
  return Object.fromEntries(names.split(' ').map((name) => [name, [least, most] as const]));
}

/** Returns why a call is not valid. */
export function callProblem(name: string, args: number): string | undefined {
  const range = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!range) return `there is no function ${name}()`;
  const [least, most] = range;
  if (args >= least && args <= most) return undefined;
  return `${name}() takes ${least === most ? least : `${least} or ${most}`} arguments, not ${args}`;
}
