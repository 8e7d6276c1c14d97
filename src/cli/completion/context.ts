import type { ValueContext, ValueKind } from '../../operations/about/complete-values.ts';
import type { Candidate, Files } from './candidate.ts';
import type { CommandGrammar, FlagGrammar, Grammar } from './grammar.ts';
import { flagCandidates, isFlag, type ParsedArgs, parseArgs } from './parse-args.ts';
import { argumentValues, flagValues, type ValueGrammar } from './value-kinds.ts';

/** The possible completions at the cursor of a command line. */
export interface CompletionContext {
  readonly candidates: readonly Candidate[];
  /** Further candidates that have to be queried. */
  readonly values: { readonly kind: ValueKind; readonly context: ValueContext } | undefined;
  readonly files: Files;
  /** The part of the current word before the text to complete, such as `--registry=`. */
  readonly prefix: string;
  /** The text to complete. */
  readonly typed: string;
  /** Values that are already on the command line and are not offered again. */
  readonly given: readonly string[];
  /** The value of `--data-dir`. */
  readonly dataDirectory: string | undefined;
}

type PartialContext = Omit<CompletionContext, 'typed' | 'dataDirectory'>;
type TypedContext = Omit<CompletionContext, 'dataDirectory'>;

const NO_COMPLETION: PartialContext = { candidates: [], values: undefined, files: 'none', prefix: '', given: [] };

/**
 * Parses a command line up to the cursor. Errors in it are ignored: reporting them is the task of the command's parser.
 * @param args the arguments after the name of the program; the last one is the word at the cursor
 */
export function completionContext(grammar: Grammar, args: readonly string[]): CompletionContext {
  const parsed = parseArgs(grammar, args.slice(0, -1));
  return { ...contextOf(grammar, parsed, args.at(-1) ?? ''), dataDirectory: parsed.valueOf('data-dir') };
}

function contextOf(grammar: Grammar, parsed: ParsedArgs, current: string): TypedContext {
  if (parsed.pending !== undefined) return flagValue(parsed.pending, parsed, '', current);
  if (parsed.flagsEnded || !isFlag(current)) return positional(grammar, parsed, current);
  const equals = current.indexOf('=');
  if (equals === -1) return { ...NO_COMPLETION, candidates: flagCandidates(grammar, parsed), typed: current };
  const flag = parsed.findFlag(current.slice(0, equals));
  if (!flag?.takesValue) return { ...NO_COMPLETION, typed: current };
  return flagValue(flag, parsed, current.slice(0, equals + 1), current.slice(equals + 1));
}

function flagValue(flag: FlagGrammar, parsed: ParsedArgs, prefix: string, value: string): TypedContext {
  const values = flagValues(parsed.command?.target ?? '', flag.name);
  return { ...valueContext(values, flag.options, parsed), prefix, typed: value };
}

function positional(grammar: Grammar, parsed: ParsedArgs, current: string): TypedContext {
  const { command } = parsed;
  if (command === undefined) {
    return { ...NO_COMPLETION, candidates: commandNames(grammar, parsed.path), typed: current };
  }
  if (parsed.help) return { ...NO_COMPLETION, typed: current };
  const repeated = command.repeatable ? command.arguments.at(-1) : undefined;
  const argument = command.arguments[parsed.positional.length] ?? repeated;
  if (argument === undefined) return { ...NO_COMPLETION, typed: current };
  const values = argumentValues(command.target, argument.name, current);
  return { ...valueContext(values, argument.options, parsed), typed: current, given: parsed.positional };
}

function valueContext(
  { kind, files = 'none' }: ValueGrammar,
  options: readonly string[],
  parsed: ParsedArgs,
): PartialContext {
  const context: ValueContext = { registry: parsed.valueOf('registry'), ref: parsed.positional[0] };
  return {
    ...NO_COMPLETION,
    candidates: options.map((value) => ({ value, description: '' })),
    values: kind === undefined ? undefined : { kind, context },
    files,
  };
}

/** Returns the next words of the commands and topics that begin with the words of `path`. */
function commandNames({ commands, topics }: Grammar, path: readonly string[]): Candidate[] {
  const start = path.map((word) => `${word}:`).join('');
  const matching = commands.filter(({ id }) => id.startsWith(start));
  const byNextWord = Map.groupBy(matching, ({ id }) => id.slice(start.length).split(':', 1)[0] as string);
  return Array.from(byNextWord, ([value, found]) => ({ value, description: describe(found, start + value, topics) }));
}

function describe(found: readonly CommandGrammar[], name: string, topics: Grammar['topics']): string {
  return found.find(({ id }) => id === name)?.summary ?? topics[name]?.description ?? '';
}
