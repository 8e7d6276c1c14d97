export type OutputFormat = 'table' | 'json' | 'yaml';

/** Returns the requested output format. A command whose `--format` names the format of a file has other values for it. */
export function outputFormat(flags: {
  readonly json: boolean;
  readonly yaml: boolean;
  readonly format?: string | undefined;
}): OutputFormat {
  if (flags.json || flags.format === 'json') return 'json';
  return flags.yaml || flags.format === 'yaml' ? 'yaml' : 'table';
}

/** Returns the requested output format of a command line that could not be parsed. */
export function formatFromArgs(args: readonly string[]): OutputFormat {
  const end = args.indexOf('--');
  const flags = end === -1 ? args : args.slice(0, end);
  const requests = (format: 'json' | 'yaml') =>
    flags.includes(`--${format}`) ||
    flags.some((arg) => new RegExp(`^-[a-z]*${format.charAt(0)}`).test(arg)) ||
    new RegExp(`--format[= ]${format}`).test(flags.join(' '));
  return requests('json') ? 'json' : requests('yaml') ? 'yaml' : 'table';
}
