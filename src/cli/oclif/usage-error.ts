import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';

/** A command line that cannot be understood. */
export class UsageError extends AttuneError {
  constructor(message: string, hint: string, facts: Readonly<Record<string, unknown>> = {}) {
    super('USAGE', message, { hint, facts });
  }
}

/** @param words the command line up to its first flag */
export function unknownCommand(words: readonly string[], commandIds: readonly string[]): UsageError {
  const known = commandIds.map((id) => id.replaceAll(':', ' '));
  if (words.length === 0) return new UsageError('No command was given.', 'See all commands with: attune --help');
  const typed = words.slice(0, 2).join(' ');
  const suggestion =
    nearest(typed, known) ??
    known.find((command) => command.endsWith(` ${words[0]}`)) ??
    nearest(words[0] ?? '', known);
  const hint = suggestion === undefined ? 'See all commands with: attune --help' : `Did you mean: attune ${suggestion}`;
  return new UsageError(`There is no command '${typed}'.`, hint, { command: typed, suggestion: suggestion ?? null });
}

/** What oclif's parser found wrong, in our words; anything else comes back as it is. */
export function fromParseError(thrown: unknown, commandId: string, flagNames: readonly string[]): unknown {
  if (!(thrown instanceof Error) || !('oclif' in thrown)) return thrown;
  const command = `attune ${commandId.replaceAll(':', ' ')}`;
  if ('flags' in thrown && Array.isArray(thrown.flags))
    return unknownFlags(thrown.flags as string[], command, flagNames);
  const message = thrown.message
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .trim();
  return new UsageError(`${message}.`.replace(/\.\.$/, '.'), `See how it is used with: ${command} --help`);
}

function unknownFlags(flags: readonly string[], command: string, known: readonly string[]): UsageError {
  const suggestions = flags.flatMap((flag) => nearest(flag.replace(/^-+/, '').split('=')[0] ?? '', known) ?? []);
  const hint =
    suggestions.length > 0
      ? `Did you mean: ${suggestions.map((name) => `--${name}`).join(', ')}`
      : `See its flags with: ${command} --help`;
  return new UsageError(`'${command}' has no flag ${flags.join(', ')}.`, hint, { flags, suggestions });
}
