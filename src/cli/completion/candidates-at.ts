import type { ValueContext, ValueKind } from '../../operations/about/complete-values.ts';
import type { Candidate, Files } from './candidate.ts';
import type { CommandGrammar, FlagGrammar, Grammar } from './grammar.ts';
import { flagCandidates, isFlag, readWords, type TypedWords } from './parse-words.ts';
import { argumentPlace, flagPlace, type PlaceGrammar } from './value-kinds.ts';

/** What could stand where the cursor is. */
export interface Wanted {
  readonly candidates: readonly Candidate[];
  /** More candidates, which have to be looked up. */
  readonly values: { readonly kind: ValueKind; readonly context: ValueContext } | undefined;
  readonly files: Files;
  /** Stands in the word before what is completed: `--registry=`. */
  readonly prefix: string;
  readonly typed: string;
  /** Given already, and not to be given twice. */
  readonly given: readonly string[];
  /** What `--data-dir` says. */
  readonly dataDirectory: string | undefined;
}

type Place = Omit<Wanted, 'typed' | 'dataDirectory'>;

const NOTHING: Place = { candidates: [], values: undefined, files: 'none', prefix: '', given: [] };

/**
 * Reads a command line up to the cursor, as forgiving as can be: what is wrong in it is the parser's to say.
 * @param words those after the program's name, the last of them the one that the cursor is in or behind
 */
export function wantedAt(grammar: Grammar, words: readonly string[]): Wanted {
  const typed = readWords(grammar, words.slice(0, -1));
  return { ...placeOf(grammar, typed, words.at(-1) ?? ''), dataDirectory: typed.valueOf('data-dir') };
}

type TypedPlace = Omit<Wanted, 'dataDirectory'>;

function placeOf(grammar: Grammar, typed: TypedWords, current: string): TypedPlace {
  if (typed.pending !== undefined) return flagValue(typed.pending, typed, '', current);
  if (typed.flagsOver || !isFlag(current)) return positional(grammar, typed, current);
  const equals = current.indexOf('=');
  if (equals === -1) return { ...NOTHING, candidates: flagCandidates(grammar, typed), typed: current };
  const flag = typed.findFlag(current.slice(0, equals));
  if (!flag?.valued) return { ...NOTHING, typed: current };
  return flagValue(flag, typed, current.slice(0, equals + 1), current.slice(equals + 1));
}

function flagValue(flag: FlagGrammar, typed: TypedWords, prefix: string, value: string): TypedPlace {
  const place = flagPlace(typed.command?.id ?? '', flag.name);
  return { ...inPlace(place, flag.options, typed), prefix, typed: value };
}

function positional(grammar: Grammar, typed: TypedWords, current: string): TypedPlace {
  const { command } = typed;
  if (command === undefined) return { ...NOTHING, candidates: nextWords(grammar, typed.path), typed: current };
  if (typed.help) return { ...NOTHING, typed: current };
  const argument = command.arguments[typed.positional.length] ?? (command.open ? command.arguments.at(-1) : undefined);
  if (argument === undefined) return { ...NOTHING, typed: current };
  const place = argumentPlace(command.id, argument.name, current);
  return { ...inPlace(place, argument.options, typed), typed: current, given: typed.positional };
}

function inPlace({ kind, files = 'none' }: PlaceGrammar, options: readonly string[], typed: TypedWords): Place {
  const context: ValueContext = { registry: typed.valueOf('registry'), ref: typed.positional[0] };
  return {
    ...NOTHING,
    candidates: options.map((value) => ({ value, description: '' })),
    values: kind === undefined ? undefined : { kind, context },
    files,
  };
}

/** The commands and topics that begin with some words: their next word. */
function nextWords({ commands, topics }: Grammar, path: readonly string[]): Candidate[] {
  const start = path.map((word) => `${word}:`).join('');
  const below = commands.filter(({ id }) => id.startsWith(start));
  const next = Map.groupBy(below, ({ id }) => id.slice(start.length).split(':', 1)[0] as string);
  return Array.from(next, ([value, found]) => ({ value, description: describe(found, start + value, topics) }));
}

function describe(found: readonly CommandGrammar[], name: string, topics: Grammar['topics']): string {
  return found.find(({ id }) => id === name)?.summary ?? topics[name]?.description ?? '';
}
