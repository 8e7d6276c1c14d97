import { quoteForShell } from '../../platform/shell-quote.ts';

/** The first words of all commands: a suggested command line begins with `attune` and one of them. */
export const COMMAND_TOPICS = [
  'cache',
  'completion',
  'config',
  'db',
  'doctor',
  'licenses',
  'pack',
  'registry',
  'schema',
  'version',
];

/** The keys of texts that suggest commands, in all result documents. */
const SUGGESTION_KEYS: ReadonlySet<string> = new Set(['fix', 'hint', 'remedy', 'undo']);

const COMMAND = new RegExp(`(?<![\\w/.-])attune (?=(?:${COMMAND_TOPICS.join('|')})\\b)`, 'g');
/** Views introduce commands in this way; other text of a view may be from a pack. */
const COMMAND_IN_VIEW = new RegExp(`(?<=\\bwith: )attune (?=(?:${COMMAND_TOPICS.join('|')})\\b)`, 'g');

/** Repeats `--data-dir` of this command in the commands that its output suggests, so that they can be run as printed. */
export class SuggestedCommands {
  readonly #program: string;

  /** @param dataDirectory the value of `--data-dir`; `undefined` leaves all texts unchanged */
  constructor(dataDirectory: string | undefined) {
    this.#program = dataDirectory === undefined ? 'attune ' : `attune --data-dir ${quoteForShell(dataDirectory)} `;
  }

  /** Completes a hint, a note or a warning. */
  inText(text: string): string {
    return text.replace(COMMAND, () => this.#program);
  }

  /** Completes the formatted text of a result. */
  inView(text: string): string {
    return text.replace(COMMAND_IN_VIEW, () => this.#program);
  }

  /** Completes the suggestions in a result document; everything else is left as it is. */
  inDocument<T>(value: T): T {
    if (this.#program === 'attune ') return value;
    if (Array.isArray(value)) return value.map((item) => this.inDocument(item)) as T;
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, item]) => {
      const completed =
        typeof item === 'string' && SUGGESTION_KEYS.has(key) ? this.inText(item) : this.inDocument(item);
      return [key, completed];
    });
    return Object.fromEntries(entries) as T;
  }
}

/** Removes `--data-dir`, which every suggestion repeats. */
export function withoutDataDirectory(args: readonly string[]): readonly string[] {
  return args.filter((arg, i) => !/^--data-dir(=|$)/.test(arg) && args[i - 1] !== '--data-dir');
}

/** Returns the value of `--data-dir` in a command line that could not be parsed. */
export function dataDirectoryFromArgs(args: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => arg === '--data-dir' || arg.startsWith('--data-dir='));
  if (index === -1) return undefined;
  return args[index]?.startsWith('--data-dir=') ? args[index]?.slice('--data-dir='.length) : args[index + 1];
}
