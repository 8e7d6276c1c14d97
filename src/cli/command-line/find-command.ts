import { sharedFlags } from '../oclif/flags.ts';
import { ALIASES, FOREIGN_FLAGS_WITH_VALUE } from './spellings.ts';

/** A command line whose command has been found. */
export interface FoundCommand {
  readonly id: string;
  /** The arguments of the command. Global flags that preceded its name come first. */
  readonly argv: readonly string[];
  /** The flags before the last argument of the command's name. */
  readonly flags: readonly string[];
}

/** A command line without a known command. */
export interface UnknownCommandLine {
  readonly id?: never;
  /** The whole command line. */
  readonly argv: readonly string[];
  /** The positions of the first arguments that are not flags: the name of the command or topic, and perhaps arguments. */
  readonly words: readonly number[];
  /** The flags before and between these arguments. */
  readonly flags: readonly string[];
}

export type CommandLine = FoundCommand | UnknownCommandLine;

/** The most arguments that name a command: `pack index list`. */
const MAX_WORDS = 3;

/**
 * Finds the command of a command line: `pack list --json` is `pack:list`, `schema pack` is `schema`, and `pack ls` is an alias of
 * `pack:list`. Global flags may precede the name or be inside it.
 * @param isCommand checks whether an id is a command
 */
export function findCommand(argv: readonly string[], isCommand: (id: string) => boolean): CommandLine {
  const words: number[] = [];
  const flags: string[] = [];
  for (let next = 0; next < argv.length && words.length < MAX_WORDS; ) {
    const arg = argv[next] as string;
    if (arg === '--') break;
    if (arg.startsWith('-')) {
      const end = next + (takesValue(arg) ? 2 : 1);
      flags.push(...argv.slice(next, end));
      next = end;
      continue;
    }
    words.push(next);
    next += 1;
    const id = resolve(words.map((position) => argv[position]).join(':'), isCommand);
    if (id !== undefined) return { id, argv: [...flags, ...argv.slice(next)], flags };
  }
  return { argv, words, flags };
}

/** Returns the arguments that name the command or topic of a command line without a known command. */
export function namesIn({ argv, words }: UnknownCommandLine): readonly string[] {
  return words.map((position) => argv[position] as string);
}

function resolve(name: string, isCommand: (id: string) => boolean): string | undefined {
  const id = Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name;
  return isCommand(name) ? name : isCommand(id) ? id : undefined;
}

function takesValue(flag: string): boolean {
  if (FOREIGN_FLAGS_WITH_VALUE.includes(flag)) return true;
  return Object.entries(sharedFlags).some(([name, { type }]) => type === 'option' && `--${name}` === flag);
}
