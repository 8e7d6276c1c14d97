import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';

/** An invalid command line. */
export class UsageError extends AttuneError {
  constructor(message: string, hint: string, facts: Readonly<Record<string, unknown>> = {}) {
    super('USAGE', message, { hint, facts });
  }
}

/** The words of users of other tools for commands of attune, within a topic. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  add: ['install', 'add'],
  delete: ['uninstall', 'remove'],
  del: ['uninstall', 'remove'],
  downgrade: ['rollback'],
  get: ['install', 'show', 'get'],
  hold: ['pin'],
  info: ['show', 'info'],
  inspect: ['show'],
  log: ['history'],
  ls: ['list'],
  prune: ['autoremove', 'prune'],
  remove: ['uninstall', 'remove'],
  restore: ['repair', 'sync', 'restore'],
  rm: ['uninstall', 'remove'],
  un: ['uninstall', 'remove'],
  unhold: ['unpin'],
  unlock: ['unpin'],
  update: ['upgrade', 'refresh'],
  validate: ['index-validate', 'verify'],
  view: ['show'],
};

/** The topic of a word without one: most commands are about packs. */
const DEFAULT_TOPIC = 'pack';

/**
 * Returns the command that was probably meant: by a synonym or a similar name in the same topic, then in the default
 * topic, then any command with that name or a similar one.
 * @returns the command and the number of typed words that it replaces
 */
function suggestCommand(
  args: readonly string[],
  known: readonly string[],
): { readonly command: string; readonly words: number } | undefined {
  const [first = '', second] = args;
  const inTopic = (topic: string, word: string, words: number) => {
    const prefix = `${topic} `;
    const names = known.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
    const name = SYNONYMS[word]?.find((one) => names.includes(one)) ?? nearest(word, names);
    return name === undefined ? undefined : { command: prefix + name, words };
  };
  const isTopic = (topic: string) => known.some((one) => one.startsWith(`${topic} `));
  if (second !== undefined && isTopic(first)) return inTopic(first, second, 2);
  const typedTopic = nearest(first, new Set(known.filter((one) => one.includes(' ')).map((one) => one.split(' ')[0]!)));
  const exact = known.includes(`${typedTopic} ${second}`) ? `${typedTopic} ${second}` : undefined;
  if (exact !== undefined) return { command: exact, words: 2 };
  const single = nearest(
    first,
    known.filter((one) => !one.includes(' ')),
  );
  if (known.includes(`${DEFAULT_TOPIC} ${first}`)) return { command: `${DEFAULT_TOPIC} ${first}`, words: 1 };
  if (single !== undefined) return { command: single, words: 1 };
  if (typedTopic !== undefined && second !== undefined) {
    const similar = inTopic(typedTopic, second, 2);
    if (similar !== undefined) return similar;
  }
  const other = inTopic(DEFAULT_TOPIC, first, 1) ?? known.find((command) => command.endsWith(` ${first}`));
  return typeof other === 'string' ? { command: other, words: 1 } : other;
}

/**
 * @param args the command line up to its first flag
 * @param rest its flags and their values, which a suggestion repeats
 */
export function unknownCommand(
  args: readonly string[],
  commandIds: readonly string[],
  rest: readonly string[] = [],
): UsageError {
  const known = commandIds.map((id) => id.replaceAll(':', ' '));
  if (args.length === 0) return new UsageError('No command was given.', 'List all commands with: attune --help');
  const typed = args.slice(0, 2).join(' ');
  const suggestion = suggestCommand(args, known);
  const facts = { command: typed, suggestion: suggestion?.command ?? null };
  const message = `Unknown command '${typed}'.`;
  if (suggestion === undefined) return new UsageError(message, 'List all commands with: attune --help', facts);
  const words = [...args.slice(suggestion.words), ...rest].map(quoteForShell);
  return new UsageError(message, `Did you mean: ${['attune', suggestion.command, ...words].join(' ')}`, facts);
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
