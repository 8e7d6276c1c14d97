import { type CommandLine, type FoundCommand, findCommand, namesIn } from './cli/command-line/find-command.ts';
import { unknownCommand } from './cli/command-line/unknown-command.ts';
import { assertNoForeignFlags } from './cli/oclif/usage-error.ts';
import { formatFromArgs } from './cli/output-format.ts';
import { reportUnparsed } from './cli/report-error.ts';
import { printableJson } from './cli/text/sanitize.ts';
import { forcesColor } from './cli/text/style.ts';
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
  const argv = withHelpFlag(args);
  try {
    const line = findCommand(argv, (id) => Object.hasOwn(COMMANDS, id));
    assertNoForeignFlags(line.flags);
    if (line.flags.some((flag) => flag === '--version' || flag === '-V')) await showVersion(argv);
    else if (line.id === undefined || requestsHelp(argv)) await showHelp(line, argv);
    else await run(line);
  } catch (thrown) {
    await reportUnparsed(thrown, argv, systemTerminal());
  }
}

async function run({ id, argv }: FoundCommand): Promise<void> {
  const { default: command } = await (COMMANDS[id] as (typeof COMMANDS)[string])();
  command.id = id;
  await command.start(argv);
}

async function showVersion(argv: readonly string[]): Promise<void> {
  const text = formatFromArgs(argv) === 'table' ? versionLine() : printableJson(await versionDocument());
  systemTerminal().write(`${text}\n`);
}

const DEFAULT_HELP_COLUMNS = 80;

/** @throws AttuneError if the arguments name neither a command nor a topic */
async function showHelp(line: CommandLine, argv: readonly string[]): Promise<void> {
  const names = line.id === undefined ? namesIn(line) : [];
  const isRoot = line.id === undefined && names.length === 0 && (argv.length === 0 || requestsHelp(argv));
  const terminal = systemTerminal();
  const { helpText } = await import('./cli/oclif/show-help.ts');
  const text = await helpText(isRoot ? undefined : (line.id ?? names.join(':')), {
    columns: systemOutputColumns() ?? DEFAULT_HELP_COLUMNS,
    styled: terminal.outputIsTerminal || forcesColor(systemEnvironment().variables),
  });
  if (text === undefined && line.id === undefined) throw unknownCommand(line, Object.keys(COMMANDS));
  terminal.write(text ?? '');
}

/** Replaces `attune help pack install` and `attune pack help` with their forms that use `--help`. */
function withHelpFlag(argv: readonly string[]): readonly string[] {
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  return argv.length === 2 && argv[1] === 'help' ? [argv[0] as string, '--help'] : argv;
}

function requestsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
}
