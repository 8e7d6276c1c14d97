import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import { FLAG_HINTS, FOREIGN_FLAGS_WITH_VALUE } from '../command-line/spellings.ts';

/** An invalid command line. */
export class UsageError extends AttuneError {
  constructor(message: string, hint: string, facts: Readonly<Record<string, unknown>> = {}) {
    super('USAGE', message, { hint, facts });
  }
}

/** Converts an error of oclif's parser to a usage error; returns any other error unchanged. */
export function fromParseError(thrown: unknown, commandId: string, flagNames: readonly string[]): unknown {
  if (!(thrown instanceof Error) || !('oclif' in thrown)) return thrown;
  const command = `attune ${commandId.replaceAll(':', ' ')}`;
  if ('flags' in thrown && Array.isArray(thrown.flags))
    return unknownFlags(thrown.flags as string[], commandId, flagNames);
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

function unknownFlags(flags: readonly string[], commandId: string, known: readonly string[]): UsageError {
  const command = `attune ${commandId.replaceAll(':', ' ')}`;
  const names = flags.map((flag) => flag.split('=', 1)[0] as string);
  const suggestions = names.flatMap((flag) => nearest(flag.replace(/^-+/, ''), known) ?? []);
  const foreign = names.flatMap((flag) => FLAG_HINTS[`${commandId} ${flag}`] ?? FLAG_HINTS[flag] ?? []);
  const didYouMean = `Did you mean: ${suggestions.map((name) => `--${name}`).join(', ')}`;
  const hint = foreign[0] ?? (suggestions.length > 0 ? didYouMean : `List its flags with: ${command} --help`);
  return new UsageError(`'${command}' has no flag ${names.join(', ')}.`, hint, { flags: names, suggestions });
}

/** Throws if a flag of the platform's client precedes the command. @param flags the flags before the command */
export function assertNoForeignFlags(flags: readonly string[]): void {
  const names = flags.map((flag) => flag.split('=', 1)[0] as string);
  const foreign = names.find((name) => FOREIGN_FLAGS_WITH_VALUE.includes(name));
  if (foreign === undefined) return;
  throw new UsageError(`attune has no global flag ${foreign}.`, FLAG_HINTS[foreign] as string, { flags: [foreign] });
}
