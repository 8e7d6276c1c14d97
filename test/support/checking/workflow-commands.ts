/** Parses workflow commands of GitHub Actions as its runner does (actions/runner, ActionCommand). */
export function parseCommands(text: string): Record<string, string>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, level = '', properties = '', message = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
      const fields = properties.split(',').map((property) => property.split(/=(.*)/s));
      const values = fields.map(([name = '', value = '']) => [name, decode(value)]);
      return { level, ...Object.fromEntries(values), message: decode(message) };
    });
}

function decode(text: string): string {
  return text
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%0A', '\n')
    .replaceAll('%0D', '\r')
    .replaceAll('%25', '%');
}
