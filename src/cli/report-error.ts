import { AttuneError, type ErrorCode, type ErrorFamily } from '../errors.ts';
import { printable } from './text/sanitize.ts';
import type { Style } from './text/style.ts';

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
  'This is a defect of attune. Please report it, with this output and --verbose, to the maintainers of your attune.';

export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly details?: Readonly<Record<string, unknown>>;
    readonly exit_code: number;
  };
}

/** What `--json` prints when there is no report. */
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

/** What a person reads: what failed, then what to do; with `verbose` also what lay beneath. */
export function errorText(thrown: unknown, style: Style, verbose: boolean): string {
  const { message, hint } = errorDocument(thrown).error;
  const lines = [`${style.red('Error:')} ${printable(message)}`];
  if (hint !== undefined) lines.push(`${style.cyan('Hint:')} ${printable(hint)}`);
  if (verbose) lines.push(...causesOf(thrown).map((cause) => style.dim(printable(cause))));
  return `${lines.join('\n')}\n`;
}

function causesOf(thrown: unknown): string[] {
  const causes: string[] = [];
  for (let current = thrown; current instanceof Error && causes.length < 10; current = current.cause) {
    causes.push(current.stack ?? String(current));
  }
  return causes;
}

/** The gravest first: what keeps everything from working, what is not to be trusted, and so on. */
const GRAVITY: readonly ErrorFamily[] = ['INTERNAL', 'STORE', 'INTEGRITY', 'INVALID', 'DEPENDENCY', 'NETWORK'];

/** The exit status of a report of several errors: that of the gravest; 0 where there is none. */
export function exitStatusOf(codes: readonly ErrorCode[]): number {
  const families = codes.map((code) => new AttuneError(code, '').family);
  const worst = GRAVITY.find((family) => families.includes(family)) ?? families[0];
  return worst === undefined ? 0 : EXIT_CODES[worst];
}
