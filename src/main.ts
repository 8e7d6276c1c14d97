import { Config } from '@oclif/core/config';
import { run } from '@oclif/core/run';
import packageJson from '../package.json' with { type: 'json' };
import { BaseCommand, formatOf } from './cli/base-command.ts';
import { embeddedPlugin } from './cli/embedded-plugin.ts';
import { printableJson } from './cli/printable.ts';
import { errorDocument, errorText } from './cli/report-error.ts';
import { stylesFor } from './cli/style.ts';
import { unknownCommand } from './cli/usage-error.ts';
import { COMMANDS } from './index.ts';
import { systemEnvironment } from './platform/environment.ts';
import { systemTerminal } from './platform/terminal.ts';

/**
 * Runs one command line. Commands report their own errors; what arrives here happened before a command was found.
 * @param words those after the program's name
 * @param root the directory of `package.json`, or of the executable
 */
export async function main(words: readonly string[], root: string): Promise<void> {
  const argv = commandFirst(words);
  try {
    const plugin = embeddedPlugin(root, COMMANDS);
    const config = await Config.load({
      root,
      pjson: plugin.pjson,
      plugins: new Map([[plugin.name, plugin]]),
      version: packageJson.version,
    });
    await run(withHelpFlag(argv), config);
  } catch (thrown) {
    reportUnstarted(thrown, argv);
  }
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
function withHelpFlag(argv: readonly string[]): string[] {
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  return argv.length === 2 && argv[1] === 'help' ? [argv[0] as string, '--help'] : [...argv];
}

function reportUnstarted(thrown: unknown, argv: readonly string[]): void {
  const terminal = systemTerminal();
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  const words = firstFlag === -1 ? argv : argv.slice(0, firstFlag);
  const notFound = thrown instanceof Error && 'oclif' in thrown && /command .* not found/i.test(thrown.message);
  const error = notFound ? unknownCommand(words, Object.keys(COMMANDS)) : thrown;
  const { error: styles } = stylesFor(terminal, systemEnvironment().variables, argv.includes('--no-color'));
  if (formatOf(argv) === 'table') terminal.writeError(errorText(error, styles, argv.includes('--verbose')));
  else terminal.write(`${printableJson(errorDocument(error))}\n`);
  terminal.exitWith(errorDocument(error).error.exit_code);
}
