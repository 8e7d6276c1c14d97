import type { Candidate } from './candidate.ts';
import type { CommandGrammar, FlagGrammar, Grammar } from './grammar.ts';

/** What a command line says before the word that is completed. */
export interface TypedWords {
  /** The words of a topic, or of what is no command: those before a command is complete. */
  readonly path: readonly string[];
  readonly command: CommandGrammar | undefined;
  /** `attune help ...`: the names of commands follow, and nothing else. */
  readonly help: boolean;
  readonly positional: readonly string[];
  /** Of the flags that were given. */
  readonly given: ReadonlySet<string>;
  /** A flag whose value comes next. */
  readonly pending: FlagGrammar | undefined;
  /** After `--` nothing is a flag. */
  readonly flagsOver: boolean;
  /** What `--name`, `--no-name`, an alias or `-n` (also the last of `-fn`) stands for. */
  findFlag(word: string): FlagGrammar | undefined;
  /** The value that was given to a flag. */
  valueOf(flag: string): string | undefined;
}

export function isFlag(word: string): boolean {
  return word.startsWith('-');
}

export function readWords(grammar: Grammar, words: readonly string[]): TypedWords {
  const reader = new WordReader(grammar);
  for (const word of words) reader.read(word);
  return reader;
}

class WordReader implements TypedWords {
  readonly #grammar: Grammar;
  readonly #values = new Map<string, string>();
  readonly path: string[] = [];
  readonly positional: string[] = [];
  readonly given = new Set<string>();
  command: CommandGrammar | undefined;
  pending: FlagGrammar | undefined;
  flagsOver = false;
  help = false;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  read(word: string): void {
    if (this.pending !== undefined) {
      this.#values.set(this.pending.name, word);
      this.pending = undefined;
    } else if (!this.flagsOver && isFlag(word)) {
      this.#readFlag(word);
    } else {
      this.#readWord(word);
    }
  }

  findFlag(word: string): FlagGrammar | undefined {
    if (!word.startsWith('--')) return this.#flags().find(({ char }) => char !== undefined && char === word.at(-1));
    const name = word.slice(2);
    return this.#flags().find(
      (flag) => flag.name === name || flag.aliases.includes(name) || (flag.negatable && `no-${flag.name}` === name),
    );
  }

  valueOf(flag: string): string | undefined {
    return this.#values.get(flag);
  }

  /** Before a command those of all are possible: flags may stand in front of it. */
  #flags(): readonly FlagGrammar[] {
    return this.command?.flags ?? this.#grammar.commands.flatMap(({ flags }) => flags);
  }

  #readFlag(word: string): void {
    if (word === '--') {
      this.flagsOver = true;
      return;
    }
    const [name = '', ...value] = word.split('=');
    const flag = this.findFlag(name);
    if (flag === undefined) return;
    this.given.add(flag.name);
    if (value.length > 0) this.#values.set(flag.name, value.join('='));
    else if (flag.valued) this.pending = flag;
  }

  #readWord(word: string): void {
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

/** The flags that may still be given; before there is a command, those that all commands have. */
export function flagCandidates({ commands }: Grammar, typed: TypedWords): Candidate[] {
  const { command, given } = typed;
  const shared = commands[0]?.flags.filter(({ name }) =>
    commands.every((one) => one.flags.some((f) => f.name === name)),
  );
  const flags = command?.flags ?? shared ?? [];
  const open = flags.filter(
    ({ name, multiple, exclusive }) => (multiple || !given.has(name)) && !exclusive.some((other) => given.has(other)),
  );
  const named = open.flatMap(({ name, summary, negatable }) => ({
    // A colour is on already: what is of use is to turn it off.
    value: negatable ? `--no-${name}` : `--${name}`,
    description: negatable ? `without: ${summary}` : summary,
  }));
  const atStart = command === undefined && typed.path.length === 0 && given.size === 0;
  return atStart ? [...named, { value: '--version', description: 'tell the version' }] : named;
}
