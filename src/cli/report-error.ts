import { AttuneError, type ErrorCode, type ErrorFamily, reasonOf } from '../errors.ts';
import { systemEnvironment } from '../platform/environment.ts';
import type { Terminal } from '../platform/terminal/terminal.ts';
import { Cancelled, Interrupted } from './interrupted.ts';
import { formatFromArgs, hasFlag, type OutputFormat } from './output-format.ts';
import { limitListings, limitLists, MAX_ITEMS, SHOWN_ITEMS } from './text/listing.ts';
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
  /** True if the causes of the error are printed too. */
  readonly verbose: boolean;
  /** True if an error document on standard output is not repeated on standard error. */
  readonly quiet: boolean;
  readonly suggested?: SuggestedCommands;
}

/**
 * Prints an error in the requested format and sets the exit status. JSON is valid YAML. A document is accompanied by the
 * message on standard error, because scripts often capture standard output.
 */
export function reportError(thrown: unknown, layout: ErrorLayout, terminal: Terminal): void {
  const { suggested = new SuggestedCommands(undefined) } = layout;
  const document = suggested.inDocument(errorDocument(thrown));
  if (layout.format === 'table') terminal.writeError(errorText(thrown, document, layout));
  else {
    terminal.write(`${printableJson(document)}\n`);
    if (!layout.quiet) terminal.writeError(errorLine(shownMessage(document, layout), layout.style));
  }
  terminal.exitWith(document.error.exit_code);
}

/** Formats a message as a single line; the items that follow its first line are separated by semicolons. */
export function errorLine(message: string, style: Style): string {
  const [first = '', ...items] = message.split('\n').map((line) => line.trim());
  const rest = items
    .filter((item) => item !== '')
    .reduce((text, item) => text + (/(^|[.:;])$/.test(text) ? ' ' : '; ') + item, '');
  return `${style.red('Error:')} ${printable(first + rest)}\n`;
}

/** Reports an error of a command line that could not be parsed, in the format that its arguments seem to request. */
export async function reportUnparsed(thrown: unknown, args: readonly string[], terminal: Terminal): Promise<void> {
  const { error: style } = await stylesFor(terminal, systemEnvironment().variables, args.includes('--no-color'));
  const has = (long: string, short: string) => hasFlag(args, long, short);
  const suggested = new SuggestedCommands(dataDirectoryFromArgs(args));
  const layout = { verbose: has('verbose', 'v'), quiet: has('quiet', 'q'), suggested };
  reportError(thrown, { format: formatFromArgs(args), style, ...layout }, terminal);
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
      message: limitListings(thrown.message, MAX_ITEMS),
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      ...(Object.keys(thrown.facts).length === 0 ? {} : { details: limitLists(thrown.facts, MAX_ITEMS) }),
      exit_code: thrown instanceof Interrupted ? thrown.exitStatus : EXIT_CODES[thrown.family],
    },
  };
}

function errorText(thrown: unknown, document: ErrorDocument, layout: ErrorLayout): string {
  if (thrown instanceof Cancelled) return `${thrown.message}\n`;
  const { style, verbose } = layout;
  const { hint } = document.error;
  const lines = [`${style.red('Error:')} ${printable(shownMessage(document, layout))}`];
  if (verbose) lines.push(...details(thrown).map((detail) => style.dim(printable(detail))));
  if (hint !== undefined) lines.push(`${style.cyan('Hint:')} ${printable(hint)}`);
  return `${lines.join('\n')}\n`;
}

/** Returns the message with shortened listings. Every line of an explanation is needed to understand it. */
function shownMessage({ error: { code, message } }: ErrorDocument, { verbose }: Pick<ErrorLayout, 'verbose'>): string {
  return verbose || code === 'DEPENDENCY_UNSATISFIED' ? message : limitListings(message, SHOWN_ITEMS);
}

const MAX_CAUSES = 10;

/** Returns the causes of an error, the nearest first. Only a bug in attune is reported with its stack traces. */
function details(thrown: unknown): string[] {
  const chain: unknown[] = [];
  for (let current = thrown; current instanceof Error && chain.length <= MAX_CAUSES; current = current.cause) {
    chain.push(current);
  }
  if (!(thrown instanceof AttuneError)) return chain.map((error) => (error as Error).stack ?? String(error));
  return chain.slice(1).map((error) => `Caused by: ${causeMessage(error)}`);
}

/** An error of several attempts, such as of connecting to every address of a host, has no message of its own. */
function causeMessage(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return reasonOf(error);
}

/** The families whose status takes precedence in a report of several errors, the most severe first. */
const SEVERITY: readonly ErrorFamily[] = ['INTERNAL', 'STORE', 'INTEGRITY', 'INVALID', 'DEPENDENCY', 'NETWORK'];

/** Returns the exit status for a report of several errors, which is that of the most severe; 0 for none. */
export function exitStatusOf(codes: readonly ErrorCode[]): number {
  const families = codes.map((code) => new AttuneError(code, '').family);
  const worst = SEVERITY.find((family) => families.includes(family)) ?? families[0];
  return worst === undefined ? 0 : EXIT_CODES[worst];
}
