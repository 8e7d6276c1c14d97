import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';

/** An invalid command line. */
export class UsageError extends AttuneError {
  constructor(message: string, hint: string, facts: Readonly<Record<string, unknown>> = {}) {
    super('USAGE', message, { hint, facts });
  }
}

/** @param args the command line up to its first flag */
export function unknownCommand(args: readonly string[], commandIds: readonly string[]): UsageError {
  const known = commandIds.map((id) => id.replaceAll(':', ' '));
  if (args.length === 0) return new UsageError('No command was given.', 'List all commands with: attune --help');
  const typed = args.slice(0, 2).join(' ');
  const suggestion =
    nearest(typed, known) ?? known.find((command) => command.endsWith(` ${args[0]}`)) ?? nearest(args[0] ?? '', known);
  const hint =
    suggestion === undefined ? 'List all commands with: attune --help' : `Did you mean: attune ${suggestion}`;
  return new UsageError(`Unknown command '${typed}'.`, hint, { command: typed, suggestion: suggestion ?? null });
}

/** Converts an error of oclif's parser to a usage error; returns any other error unchanged. */
export function fromParseError(thrown: unknown, commandId: string, flagNames: readonly string[]): unknown {
  if (!(thrown instanceof Error) || !('oclif' in thrown)) return thrown;
  const command = `attune ${commandId.replaceAll(':', ' ')}`;
  if ('flags' in thrown && Array.isArray(thrown.flags))
    return unknownFlags(thrown.flags as string[], command, flagNames);
  if ('args' in thrown && Array.isArray(thrown.args)) return wrongArguments(thrown, command);
  const message = thrown.message
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .trim();
  return new UsageError(`${message}.`.replace(/\.\.$/, '.'), `See the usage with: ${command} --help`);
}

/** A missing argument (`RequiredArgsError` of oclif), or a surplus one (`UnexpectedArgsError`), which is a string. */
type ReportedArgument = string | { readonly name: string; readonly options?: readonly string[] };

function wrongArguments({ args, message }: { readonly args?: unknown } & Error, command: string): UsageError {
  const names = (args as readonly ReportedArgument[]).map(formatArgument);
  const what = message.startsWith('Unexpected') ? 'Unexpected argument' : 'Missing argument';
  const text = `${what}${names.length === 1 ? '' : 's'}: ${names.join(', ')}.`;
  return new UsageError(text, `See the usage with: ${command} --help`, { arguments: names });
}

function formatArgument(argument: ReportedArgument): string {
  if (typeof argument === 'string') return argument;
  const { name, options } = argument;
  return options === undefined ? name.toUpperCase() : `${name.toUpperCase()} (${options.join(', ')})`;
}

function unknownFlags(flags: readonly string[], command: string, known: readonly string[]): UsageError {
  const suggestions = flags.flatMap((flag) => nearest(flag.replace(/^-+/, '').split('=')[0] ?? '', known) ?? []);
  const hint =
    suggestions.length > 0
      ? `Did you mean: ${suggestions.map((name) => `--${name}`).join(', ')}`
      : `List its flags with: ${command} --help`;
  return new UsageError(`'${command}' has no flag ${flags.join(', ')}.`, hint, { flags, suggestions });
}
