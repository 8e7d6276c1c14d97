export type OutputFormat = 'table' | 'json' | 'yaml';

/** Returns the requested output format of a command line that could not be parsed. */
export function formatFromArgs(args: readonly string[]): OutputFormat {
  const requests = (format: 'json' | 'yaml') =>
    hasFlag(args, format, format.charAt(0)) || new RegExp(`--format[= ]${format}`).test(flagsOf(args).join(' '));
  return requests('json') ? 'json' : requests('yaml') ? 'yaml' : 'table';
}

/** Returns whether a command line that was not parsed has a switch, also in a group such as `-qy`. */
export function hasFlag(args: readonly string[], long: string, short: string): boolean {
  return flagsOf(args).includes(`--${long}`) || hasShortFlag(args, short);
}

/** Returns whether a switch was given by its short form, as in `-y` or `-qy`. */
export function hasShortFlag(args: readonly string[], short: string): boolean {
  return flagsOf(args).some((arg) => new RegExp(`^-[a-zA-Z]*${short}`).test(arg));
}

function flagsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}
