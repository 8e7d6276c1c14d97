import { BaseCommand, formatOf } from './cli/oclif/base-command.ts';
import { startedConfig } from './cli/oclif/minimal-config.ts';
import { unknownCommand } from './cli/oclif/usage-error.ts';
import { errorDocument, errorText } from './cli/report-error.ts';
import { printableJson } from './cli/text/sanitize.ts';
import { stylesFor } from './cli/text/style.ts';
import { versionDocument, versionLine } from './cli/version.ts';
import { COMMANDS } from './index.ts';
import { systemEnvironment } from './platform/environment.ts';
import { systemTerminal } from './platform/terminal/terminal.ts';

/**
 * Runs one command line. Commands report their own errors; what arrives here happened before a command was found.
 * @param words those after the program's name
 * @param root the directory of `package.json`, or of the executable
 */
export async function main(words: readonly string[], root: string): Promise<void> {
  const argv = withHelpFlag(commandFirst(words));
  try {
    const command = commandOf(argv);
    if (argv[0] === '--version') await showVersion(argv);
    else if (command === undefined || asksForHelp(argv)) await explain(argv, command, root);
    else await run(command, root);
  } catch (thrown) {
    await reportUnstarted(thrown, argv);
  }
}

interface CommandLine {
  readonly id: string;
  readonly argv: string[];
}

/** `pack list --json` is the command `pack:list`, `schema pack` the command `schema`. */
function commandOf(argv: readonly string[]): CommandLine | undefined {
  for (const words of [2, 1]) {
    const id = argv.slice(0, words).join(':');
    if (Object.hasOwn(COMMANDS, id)) return { id, argv: argv.slice(words) };
  }
  return undefined;
}

async function run({ id, argv }: CommandLine, root: string): Promise<void> {
  const { default: command } = await (COMMANDS[id] as (typeof COMMANDS)[string])();
  command.id = id;
  await command.start(argv, startedConfig(root));
}

async function showVersion(argv: readonly string[]): Promise<void> {
  const text = formatOf(argv) === 'table' ? versionLine() : printableJson(await versionDocument());
  systemTerminal().write(`${text}\n`);
}

/** Help; or that there is no such command. */
async function explain(argv: readonly string[], command: CommandLine | undefined, root: string): Promise<void> {
  const words = namedWords(argv);
  const nothing = words.length === 0 && (argv.length === 0 || asksForHelp(argv));
  const subject = command?.id ?? words.join(':');
  const { showHelp } = await import('./cli/oclif/show-help.ts');
  const found = await showHelp(nothing ? undefined : subject, root, systemTerminal());
  if (!found) throw unknownCommand(words, Object.keys(COMMANDS));
}

/** The words up to the first flag. */
function namedWords(argv: readonly string[]): readonly string[] {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  return firstFlag === -1 ? argv : argv.slice(0, firstFlag);
}

const VALUED: readonly string[] = Object.entries(BaseCommand.baseFlags).flatMap(([name, { type }]) =>
  type === 'option' ? `--${name}` : [],
);

/** Flags may stand before the command, `attune --offline pack list`; oclif wants them behind it. */
function commandFirst(words: readonly string[]): readonly string[] {
  let start = 0;
  for (let word = words[0]; word?.startsWith('-') && word !== '--'; word = words[start]) {
    start += VALUED.includes(word) ? 2 : 1;
  }
  const [flags, rest] = [words.slice(0, start), words.slice(start)];
  if (rest.length === 0 || flags.includes('--version')) return words;
  const named = rest[0] !== undefined && Object.hasOwn(COMMANDS, rest[0]) ? 1 : 2;
  return [...rest.slice(0, named), ...flags, ...rest.slice(named)];
}

/** `attune help pack install` and `attune pack help` mean what `--help` at the end does. */
function withHelpFlag(argv: readonly string[]): readonly string[] {
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  return argv.length === 2 && argv[1] === 'help' ? [argv[0] as string, '--help'] : argv;
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--help');
}

async function reportUnstarted(thrown: unknown, argv: readonly string[]): Promise<void> {
  const terminal = systemTerminal();
  const { error: styles } = await stylesFor(terminal, systemEnvironment().variables, argv.includes('--no-color'));
  if (formatOf(argv) === 'table') terminal.writeError(errorText(thrown, styles, argv.includes('--verbose')));
  else terminal.write(`${printableJson(errorDocument(thrown))}\n`);
  terminal.exitWith(errorDocument(thrown).error.exit_code);
}
