import type { Candidate } from './candidate.ts';
import type { CommandGrammar, FlagGrammar, Grammar } from './grammar.ts';

/** The arguments before the word that is completed. */
export interface ParsedArgs {
  /** The words of a topic or of an incomplete or unknown command. */
  readonly path: readonly string[];
  readonly command: CommandGrammar | undefined;
  /** True if the command line is `attune help ...`, after which only names of commands follow. */
  readonly help: boolean;
  readonly positional: readonly string[];
  /** The names of the flags that were given. */
  readonly given: ReadonlySet<string>;
  /** The flag whose value comes next. */
  readonly pending: FlagGrammar | undefined;
  /** True if `--` was given, after which no argument is a flag. */
  readonly flagsEnded: boolean;
  /** Finds a flag by `--name`, `--no-name`, an alias or `-n`; of `-fn`, it finds the last one. */
  findFlag(arg: string): FlagGrammar | undefined;
  /** Returns the value that was given to a flag. */
  valueOf(flag: string): string | undefined;
}

export function isFlag(arg: string): boolean {
  return arg.startsWith('-');
}

export function parseArgs(grammar: Grammar, args: readonly string[]): ParsedArgs {
  const parser = new ArgsParser(grammar);
  for (const arg of args) parser.add(arg);
  return parser;
}

class ArgsParser implements ParsedArgs {
  readonly #grammar: Grammar;
  readonly #values = new Map<string, string>();
  readonly path: string[] = [];
  readonly positional: string[] = [];
  readonly given = new Set<string>();
  command: CommandGrammar | undefined;
  pending: FlagGrammar | undefined;
  flagsEnded = false;
  help = false;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  add(arg: string): void {
    if (this.pending !== undefined) {
      this.#values.set(this.pending.name, arg);
      this.pending = undefined;
    } else if (!this.flagsEnded && isFlag(arg)) {
      this.#addFlag(arg);
    } else {
      this.#addWord(arg);
    }
  }

  findFlag(arg: string): FlagGrammar | undefined {
    if (!arg.startsWith('--')) return this.#flags().find(({ char }) => char !== undefined && char === arg.at(-1));
    const name = arg.slice(2);
    return this.#flags().find(
      (flag) => flag.name === name || flag.aliases.includes(name) || (flag.negatable && `no-${flag.name}` === name),
    );
  }

  valueOf(flag: string): string | undefined {
    return this.#values.get(flag);
  }

  /** Returns the flags of the command; before a command, those of all commands, because flags may precede it. */
  #flags(): readonly FlagGrammar[] {
    return this.command?.flags ?? this.#grammar.commands.flatMap(({ flags }) => flags);
  }

  #addFlag(arg: string): void {
    if (arg === '--') {
      this.flagsEnded = true;
      return;
    }
    const [name = '', ...value] = arg.split('=');
    const flag = this.findFlag(name);
    if (flag === undefined) return;
    this.given.add(flag.name);
    if (value.length > 0) this.#values.set(flag.name, value.join('='));
    else if (flag.takesValue) this.pending = flag;
  }

  #addWord(word: string): void {
    if (this.command !== undefined) {
      this.positional.push(word);
    } else if (word === 'help' && this.path.length === 0 && !this.help) {
      this.help = true;
    } else {
      this.path.push(word);
      this.command = this.#grammar.commands.find(({ id }) => id === this.path.join(':'));
    }
  }
}

/** Returns the flags that may still be given; before a command, those that all commands share. */
export function flagCandidates({ commands }: Grammar, { command, given, path }: ParsedArgs): Candidate[] {
  const shared = commands[0]?.flags.filter(({ name }) =>
    commands.every((other) => other.flags.some((flag) => flag.name === name)),
  );
  const flags = command?.flags ?? shared ?? [];
  const available = flags.filter(
    ({ name, multiple, exclusive }) => (multiple || !given.has(name)) && !exclusive.some((other) => given.has(other)),
  );
  const candidates = available.map(flagCandidate);
  const isFirst = command === undefined && path.length === 0 && given.size === 0;
  return isFirst ? [...candidates, { value: '--version', description: 'Show the version' }] : candidates;
}

/** A negatable flag is on by default, so its negation is offered. */
function flagCandidate({ name, summary, negatable }: FlagGrammar): Candidate {
  if (!negatable) return { value: `--${name}`, description: summary };
  return { value: `--no-${name}`, description: `Do not ${summary.charAt(0).toLowerCase()}${summary.slice(1)}` };
}
