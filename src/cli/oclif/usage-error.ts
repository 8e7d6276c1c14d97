import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { ARGUMENT_HINTS, FLAG_HINTS, FOREIGN_FLAGS_WITH_VALUE } from '../command-line/spellings.ts';
import { withoutDataDirectory } from '../text/suggested-commands.ts';

/** An invalid command line. */
export class UsageError extends AttuneError {
  constructor(message: string, hint: string, facts: Readonly<Record<string, unknown>> = {}) {
    super('USAGE', message, { hint, facts });
  }
}

/** A command line that oclif's parser refused. */
export interface RefusedLine {
  readonly commandId: string;
  /** The arguments after the name of the command. */
  readonly argv: readonly string[];
  /** The names of the flags of the command. */
  readonly flagNames: readonly string[];
}

/** Converts an error of oclif's parser to a usage error; returns any other error unchanged. */
export function fromParseError(thrown: unknown, line: RefusedLine): unknown {
  if (!(thrown instanceof Error) || !('oclif' in thrown)) return thrown;
  if ('flags' in thrown && Array.isArray(thrown.flags)) return unknownFlags(thrown.flags as string[], line);
  if ('args' in thrown && Array.isArray(thrown.args)) return wrongArguments(thrown, line);
  const command = nameOf(line);
  const message = thrown.message
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .trim();
  return new UsageError(`${message}.`.replace(/\.\.$/, '.'), `See the usage with: ${command} --help`);
}

/** A missing argument (`RequiredArgsError` of oclif), or a surplus one (`UnexpectedArgsError`), which is a string. */
type ReportedArgument = string | { readonly name: string; readonly options?: readonly string[] };

function wrongArguments({ args, message }: { readonly args?: unknown } & Error, line: RefusedLine): UsageError {
  const reported = args as readonly ReportedArgument[];
  const names = reported.map(formatArgument);
  const hints = reported.map((one) => typeof one !== 'string' && ARGUMENT_HINTS[`${line.commandId} ${one.name}`]);
  const what = message.startsWith('Unexpected') ? 'Unexpected argument' : 'Missing argument';
  const text = `${what}${names.length === 1 ? '' : 's'}: ${names.join(', ')}.`;
  const hint = hints.find(Boolean) || `See the usage with: ${nameOf(line)} --help`;
  return new UsageError(text, hint, { arguments: names });
}

function formatArgument(argument: ReportedArgument): string {
  if (typeof argument === 'string') return argument;
  const { name, options } = argument;
  return options === undefined ? name.toUpperCase() : `${name.toUpperCase()} (${options.join(', ')})`;
}

function unknownFlags(flags: readonly string[], line: RefusedLine): UsageError {
  const command = nameOf(line);
  const names = flags.map((flag) => flag.split('=', 1)[0] as string);
  const suggestions = names.flatMap((flag) => nearest(flag.replace(/^-+/, ''), line.flagNames) ?? []);
  const foreign = names.flatMap((flag) => FLAG_HINTS[`${line.commandId} ${flag}`] ?? FLAG_HINTS[flag] ?? []);
  const didYouMean = `Did you mean: ${suggestions.map((name) => `--${name}`).join(', ')}`;
  const usual = suggestions.length > 0 ? didYouMean : `List its flags with: ${command} --help`;
  const hint = withFormat(line) ?? foreign[0] ?? usual;
  return new UsageError(`'${command}' has no flag ${names.join(', ')}.`, hint, { flags: names, suggestions });
}

function nameOf({ commandId }: RefusedLine): string {
  return `attune ${commandId.replaceAll(':', ' ')}`;
}

/** Suggests `--format json` for `--output json`, as the platform's client has it. */
function withFormat(line: RefusedLine): string | undefined {
  const typed = line.argv.map((arg) => arg.replace(/^(?:--output|-o)=/, '--output='));
  const args = typed.join('\0').replace(/(?<=^|\0)(?:--output|-o)[\0=](json|yaml|table)(?=\0|$)/, '--format\0$1');
  if (args === typed.join('\0')) return undefined;
  const words = withoutDataDirectory(args.split('\0')).map(quoteForShell);
  return `Did you mean: ${[nameOf(line), ...words].join(' ')}`;
}

/** Throws if a flag of the platform's client precedes the command. @param flags the flags before the command */
export function assertNoForeignFlags(flags: readonly string[]): void {
  const names = flags.map((flag) => flag.split('=', 1)[0] as string);
  const foreign = names.find((name) => FOREIGN_FLAGS_WITH_VALUE.includes(name));
  if (foreign === undefined) return;
  throw new UsageError(`attune has no global flag ${foreign}.`, FLAG_HINTS[foreign] as string, { flags: [foreign] });
}
