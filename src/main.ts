import { sharedFlags } from './cli/oclif/flags.ts';
import { unknownCommand } from './cli/oclif/usage-error.ts';
import { formatFromArgs } from './cli/output-format.ts';
import { reportUnparsed } from './cli/report-error.ts';
import { printableJson } from './cli/text/sanitize.ts';
import { forcesColor } from './cli/text/style.ts';
import { withoutDataDirectory } from './cli/text/suggested-commands.ts';
import { versionDocument, versionLine } from './cli/version.ts';
import { COMMANDS } from './index.ts';
import { systemEnvironment } from './platform/environment.ts';
import { ignoreDebuggerSignal, systemOutputColumns, systemTerminal } from './platform/terminal/terminal.ts';

/**
 * Runs one command line. Commands report their own errors; an error that is caught here occurred before a command ran.
 * @param args the arguments after the name of the program
 */
export async function main(args: readonly string[]): Promise<void> {
  ignoreDebuggerSignal();
  const argv = withHelpFlag(commandFirst(args));
  try {
    const command = findCommand(argv);
    if (argv[0] === '--version') await showVersion(argv);
    else if (command === undefined || requestsHelp(argv)) await showHelp(argv, command);
    else await run(command);
  } catch (thrown) {
    await reportUnparsed(thrown, argv, systemTerminal());
  }
}

interface CommandLine {
  readonly id: string;
  readonly argv: readonly string[];
}

/** Finds the command in the first arguments: `pack list --json` is `pack:list`, `schema pack` is `schema`. */
function findCommand(argv: readonly string[]): CommandLine | undefined {
  for (const length of [2, 1]) {
    const id = argv.slice(0, length).join(':');
    if (Object.hasOwn(COMMANDS, id)) return { id, argv: argv.slice(length) };
  }
  return undefined;
}

async function run({ id, argv }: CommandLine): Promise<void> {
  const { default: command } = await (COMMANDS[id] as (typeof COMMANDS)[string])();
  command.id = id;
  await command.start(argv);
}

async function showVersion(argv: readonly string[]): Promise<void> {
  const text = formatFromArgs(argv) === 'table' ? versionLine() : printableJson(await versionDocument());
  systemTerminal().write(`${text}\n`);
}

const DEFAULT_HELP_COLUMNS = 80;

/** @throws UsageError if the arguments name neither a command nor a topic */
async function showHelp(argv: readonly string[], command: CommandLine | undefined): Promise<void> {
  const names = argsBeforeFlags(argv);
  const isRoot = names.length === 0 && (argv.length === 0 || requestsHelp(argv));
  const subject = command?.id ?? names.join(':');
  const terminal = systemTerminal();
  const { helpText } = await import('./cli/oclif/show-help.ts');
  const text = await helpText(isRoot ? undefined : subject, {
    columns: systemOutputColumns() ?? DEFAULT_HELP_COLUMNS,
    styled: terminal.outputIsTerminal || forcesColor(systemEnvironment().variables),
  });
  if (text === undefined)
    throw unknownCommand(names, Object.keys(COMMANDS), withoutDataDirectory(argv.slice(names.length)));
  terminal.write(text);
}

function argsBeforeFlags(argv: readonly string[]): readonly string[] {
  const firstFlag = argv.findIndex((arg) => arg.startsWith('-'));
  return firstFlag === -1 ? argv : argv.slice(0, firstFlag);
}

const FLAGS_WITH_VALUE: readonly string[] = Object.entries(sharedFlags).flatMap(([name, { type }]) =>
  type === 'option' ? `--${name}` : [],
);

/** Moves global flags behind the command, where oclif expects them: `attune --offline pack list`. */
function commandFirst(args: readonly string[]): readonly string[] {
  let start = 0;
  for (let arg = args[0]; arg?.startsWith('-') && arg !== '--'; arg = args[start]) {
    start += FLAGS_WITH_VALUE.includes(arg) ? 2 : 1;
  }
  const [flags, rest] = [args.slice(0, start), args.slice(start)];
  if (rest.length === 0 || flags.includes('--version')) return args;
  const nameLength = rest[0] !== undefined && Object.hasOwn(COMMANDS, rest[0]) ? 1 : 2;
  return [...rest.slice(0, nameLength), ...flags, ...rest.slice(nameLength)];
}

/** Replaces `attune help pack install` and `attune pack help` with their forms that use `--help`. */
function withHelpFlag(argv: readonly string[]): readonly string[] {
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  return argv.length === 2 && argv[1] === 'help' ? [argv[0] as string, '--help'] : argv;
}

function requestsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--help');
}
