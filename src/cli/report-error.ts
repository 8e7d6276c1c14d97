import { AttuneError, type ErrorCode, type ErrorFamily } from '../errors.ts';
import { systemEnvironment } from '../platform/environment.ts';
import type { Terminal } from '../platform/terminal/terminal.ts';
import { formatFromArgs, type OutputFormat } from './output-format.ts';
import { printable, printableJson } from './text/sanitize.ts';
import { type Style, stylesFor } from './text/style.ts';
import { dataDirectoryFromArgs, SuggestedCommands } from './text/suggested-commands.ts';

/** SPEC section 7. */
const EXIT_CODES: Readonly<Record<ErrorFamily, number>> = {
  INTERNAL: 1,
  USAGE: 2,
  INVALID: 3,
  NOT_FOUND: 4,
  EXISTS: 5,
  DEPENDENCY: 6,
  INTEGRITY: 7,
  TESTS_FAILED: 8,
  NETWORK: 9,
  STORE: 10,
  INTERRUPTED: 130,
};

const REPORT_HINT =
  'This is a bug in attune. Report it to the maintainers with the output of this command with --verbose.';

export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly details?: Readonly<Record<string, unknown>>;
    readonly exit_code: number;
  };
}

export interface ErrorLayout {
  readonly format: OutputFormat;
  readonly style: Style;
  /** True if the stack traces of the error and its causes are printed. */
  readonly verbose: boolean;
  readonly suggested?: SuggestedCommands;
}

/** Prints an error in the requested format and sets the exit status. JSON is valid YAML. */
export function reportError(
  thrown: unknown,
  { format, style, verbose, suggested = new SuggestedCommands(undefined) }: ErrorLayout,
  terminal: Terminal,
): void {
  const document = suggested.inDocument(errorDocument(thrown));
  if (format === 'table') terminal.writeError(errorText(thrown, document, style, verbose));
  else terminal.write(`${printableJson(document)}\n`);
  terminal.exitWith(document.error.exit_code);
}

/** Reports an error of a command line that could not be parsed, in the format that its arguments seem to request. */
export async function reportUnparsed(thrown: unknown, args: readonly string[], terminal: Terminal): Promise<void> {
  const { error: style } = await stylesFor(terminal, systemEnvironment().variables, args.includes('--no-color'));
  const suggested = new SuggestedCommands(dataDirectoryFromArgs(args));
  const verbose = args.includes('--verbose');
  reportError(thrown, { format: formatFromArgs(args), style, verbose, suggested }, terminal);
}

/** Returns the document that `--json` prints for an error. */
export function errorDocument(thrown: unknown): ErrorDocument {
  if (!(thrown instanceof AttuneError)) {
    const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return { error: { code: 'INTERNAL', message, hint: REPORT_HINT, exit_code: EXIT_CODES.INTERNAL } };
  }
  return {
    error: {
      code: thrown.code,
      message: thrown.message,
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      ...(Object.keys(thrown.facts).length === 0 ? {} : { details: thrown.facts }),
      exit_code: EXIT_CODES[thrown.family],
    },
  };
}

function errorText(thrown: unknown, document: ErrorDocument, style: Style, verbose: boolean): string {
  const { message, hint } = document.error;
  const lines = [`${style.red('Error:')} ${printable(message)}`];
  if (hint !== undefined) lines.push(`${style.cyan('Hint:')} ${printable(hint)}`);
  if (verbose) lines.push(...stackTraces(thrown).map((trace) => style.dim(printable(trace))));
  return `${lines.join('\n')}\n`;
}

/** Returns the stack traces of an error and of its causes, at most 10. */
function stackTraces(thrown: unknown): string[] {
  const traces: string[] = [];
  for (let current = thrown; current instanceof Error && traces.length < 10; current = current.cause) {
    traces.push(current.stack ?? String(current));
  }
  return traces;
}

/** The families whose status takes precedence in a report of several errors, the most severe first. */
const SEVERITY: readonly ErrorFamily[] = ['INTERNAL', 'STORE', 'INTEGRITY', 'INVALID', 'DEPENDENCY', 'NETWORK'];

/** Returns the exit status for a report of several errors, which is that of the most severe; 0 for none. */
export function exitStatusOf(codes: readonly ErrorCode[]): number {
  const families = codes.map((code) => new AttuneError(code, '').family);
  const worst = SEVERITY.find((family) => families.includes(family)) ?? families[0];
  return worst === undefined ? 0 : EXIT_CODES[worst];
}
