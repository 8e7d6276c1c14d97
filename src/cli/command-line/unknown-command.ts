import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { UsageError } from '../oclif/usage-error.ts';
import { withoutDataDirectory } from '../text/suggested-commands.ts';
import { namesIn, type UnknownCommandLine } from './find-command.ts';
import {
  ALIASES,
  COMMAND_SYNONYMS,
  type Equivalent,
  FOREIGN_FLAGS_WITH_VALUE,
  SERVER_COMMANDS,
  SEVERAL_EQUIVALENTS,
  TOPIC_SYNONYMS,
} from './spellings.ts';

/** Matches the name of a command or topic, in contrast to a ref or a path. */
const NAME = /^[a-z-]+$/;

const HELP_HINT = 'List all commands with: attune --help';

/** A command of the platform's client that needs its server. */
export class NeedsServer extends AttuneError {
  constructor(command: string, hint: string | undefined) {
    super('USAGE_NEEDS_SERVER', `'attune ${command}' needs the platform's server, and attune works without a server.`, {
      facts: { command },
      hint: hint ?? `Use the platform's own client. ${HELP_HINT}`,
    });
  }
}

/** Creates the error for a command line without a known command. */
export function unknownCommand(line: UnknownCommandLine, commandIds: readonly string[]): AttuneError {
  const words = namesIn(line);
  if (words.length === 0) return new UsageError('No command was given.', HELP_HINT);
  const serverCommand = longestKey(SERVER_COMMANDS, words);
  if (serverCommand !== undefined) {
    const { length } = serverCommand.split(':');
    const typed = words.slice(0, Math.max(2, length)).filter((word) => NAME.test(word));
    const equivalents = SERVER_COMMANDS[serverCommand] as readonly Equivalent[];
    return new NeedsServer(typed.join(' '), equivalentsHint(equivalents, argsAfter(line, length), commandIds));
  }
  const known = longestKey(SEVERAL_EQUIVALENTS, words);
  if (known !== undefined) {
    const hint = equivalentsHint(SEVERAL_EQUIVALENTS[known] as readonly Equivalent[], [], commandIds);
    return new UsageError(`Unknown command '${words.join(' ')}'.`, hint ?? HELP_HINT);
  }
  return withSuggestion(line, suggest(words, commandIds));
}

/** Returns the longest key that consists of the first words. */
function longestKey(table: Readonly<Record<string, unknown>>, words: readonly string[]): string | undefined {
  const names = words.map((_, index) => words.slice(0, words.length - index).join(':'));
  return names.find((name) => Object.hasOwn(table, name));
}

/** Returns the command line without the first words, and without the global flags of the platform's client. */
function argsAfter({ argv, words }: UnknownCommandLine, count: number): readonly string[] {
  const rest = argv.filter((_, position) => !words.slice(0, count).includes(position));
  const isForeign = (arg: string | undefined) => FOREIGN_FLAGS_WITH_VALUE.includes(arg?.split('=', 1)[0] ?? '');
  const own = rest.filter(
    (arg, position) => !isForeign(arg) && !(isForeign(rest[position - 1]) && !rest[position - 1]?.includes('=')),
  );
  return withoutDataDirectory(own);
}

function equivalentsHint(
  equivalents: readonly Equivalent[],
  typedArgs: readonly string[],
  commandIds: readonly string[],
): string | undefined {
  const available = equivalents.filter(({ command }) => commandIds.includes(command));
  const lines = available.map(({ does, command, args }) => [
    does,
    commandLine(command, args === undefined ? typedArgs.map(quoteForShell) : args.split(' ').filter(Boolean)),
  ]);
  const [only] = lines;
  if (lines.length === 1) return `${only?.[0]} with: ${only?.[1]}`;
  return lines.length === 0 ? undefined : lines.map(([does, command]) => `${does} with '${command}'.`).join(' ');
}

function commandLine(id: string, args: readonly string[]): string {
  return ['attune', id.replaceAll(':', ' '), ...args].join(' ');
}

interface Suggestion {
  /** The id of a command or topic. */
  readonly id?: string | undefined;
  /** The number of typed words that it replaces. */
  readonly words: number;
  /** The topic that was typed. */
  readonly topic?: string | undefined;
}

function withSuggestion(line: UnknownCommandLine, { id, words, topic }: Suggestion): UsageError {
  const command = namesIn(line).slice(0, words).join(' ');
  const message = `Unknown command '${command}'.`;
  if (id === undefined) {
    const hint = topic === undefined ? HELP_HINT : `List its commands with: attune ${topic} --help`;
    return new UsageError(message, hint, { command, suggestion: null });
  }
  // A topic alone prints its help, which takes no arguments.
  const args = id === topic ? [] : argsAfter(line, words).map(quoteForShell);
  const suggestion = id.replaceAll(':', ' ');
  return new UsageError(message, `Did you mean: ${commandLine(id, args)}`, { command, suggestion });
}

/** Suggests a command. If the first word is a topic, only its commands are suggested. */
function suggest([first = '', second]: readonly string[], commandIds: readonly string[]): Suggestion {
  const ids = commandIds.filter((id) => id !== 'complete');
  const topics = [...new Set(ids.flatMap((id) => (id.includes(':') ? (id.split(':', 1)[0] as string) : [])))];
  if (topics.includes(first)) return { topic: first, words: 2, id: inTopic(first, second, ids) };
  const meant = Object.hasOwn(TOPIC_SYNONYMS, first) ? (TOPIC_SYNONYMS[first] as string) : undefined;
  if (meant !== undefined && second !== undefined && topics.includes(meant)) {
    const id = inTopic(meant, second, ids);
    return { topic: meant, words: 2, id: id ?? meant };
  }
  const found = commandFor(first, ids) ?? ids.find((id) => lastWord(id) === first);
  if (found !== undefined) return { words: 1, id: found };
  const near = nearest(first, [...topics, ...namesWithin('', ids)]);
  if (near !== undefined && topics.includes(near)) {
    return { topic: near, words: second === undefined ? 1 : 2, id: inTopic(near, second, ids) ?? near };
  }
  const id = near === undefined ? inAnyTopic(first, ids) : target(near);
  return { words: 1, id: id ?? (meant !== undefined && topics.includes(meant) ? meant : undefined) };
}

/** Finds a command of a topic by its name, by a synonym, or by a similar name. */
function inTopic(topic: string, word: string | undefined, ids: readonly string[]): string | undefined {
  if (word === undefined) return undefined;
  const own = ids.filter((id) => id.startsWith(`${topic}:`));
  const exact = `${topic}:${word}`;
  const found = own.includes(exact) ? exact : commandFor(word, own);
  if (found !== undefined) return found;
  const near = nearest(word, namesWithin(`${topic}:`, ids));
  return near === undefined ? undefined : target(`${topic}:${near}`);
}

function inAnyTopic(word: string, ids: readonly string[]): string | undefined {
  const near = nearest(word, ids.map(lastWord));
  return ids.find((id) => lastWord(id) === near);
}

/** Returns the last words of commands and aliases with this prefix. Short aliases are similar to too many words. */
function namesWithin(prefix: string, ids: readonly string[]): string[] {
  const aliases = Object.entries(ALIASES).flatMap(([alias, id]) => (ids.includes(id) ? alias : []));
  const isLong = (name: string) => lastWord(name).length > 3;
  const all = [...ids, ...aliases.filter(isLong)];
  return all.flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : [])).filter(isOneWord);
}

function isOneWord(name: string): boolean {
  return !name.includes(':');
}

function target(name: string): string {
  return ALIASES[name] ?? name;
}

function commandFor(word: string, ids: readonly string[]): string | undefined {
  return Object.entries(COMMAND_SYNONYMS).find(([id, words]) => words.includes(word) && ids.includes(id))?.[0];
}

function lastWord(name: string): string {
  return name.split(':').at(-1) as string;
}
