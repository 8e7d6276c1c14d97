/**
 * Lets a CommonJS module load what it requires when it first uses it.
 * @param declaration finds each import: its name, then the expression that requires it
 */
export function requiringLate(source: string, declaration: RegExp): string {
  const names: string[] = [];
  const declared = source.replace(declaration, (_, name: string, required: string) => {
    names.push(name);
    return `var ${name}$, ${name}$get = () => ${name}$ ??= ${required};`;
  });
  if (names.length === 0) return source;
  const uses = new RegExp(`\\b(${names.join('|')})\\b(?!\\$)`, 'g');
  return declared.replace(uses, '($1$get())');
}
