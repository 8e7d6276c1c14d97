/**
 * The base class of all errors that attune throws deliberately.
 *
 * A code consists of a family and, in most families, a condition: `NOT_FOUND_REF`, `INVALID_MANIFEST`. The family
 * determines the exit status (SPEC section 7). Each error class is defined next to the code that throws it. Any other
 * error that reaches the user is reported as a bug in attune.
 */

const FAMILIES = [
  'INTERNAL',
  'USAGE',
  'INVALID',
  'NOT_FOUND',
  'EXISTS',
  'DEPENDENCY',
  'INTEGRITY',
  'TESTS_FAILED',
  'NETWORK',
  'STORE',
  'INTERRUPTED',
] as const;

export type ErrorFamily = (typeof FAMILIES)[number];
export type ErrorCode = ErrorFamily | `${ErrorFamily}_${string}`;

export interface ErrorContext {
  /** Machine-readable details with snake_case keys: the `details` of the JSON error document. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** The next step for the user, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class AttuneError extends Error {
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;

  /** @param message what failed, on what and why; one line per item if several are affected */
  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = new.target.name;
    this.code = code;
    this.facts = context.facts ?? {};
    this.hint = context.hint;
  }

  get family(): ErrorFamily {
    const family = FAMILIES.find((name) => this.code === name || this.code.startsWith(`${name}_`));
    return family ?? 'INTERNAL';
  }
}

/** Returns the message of a thrown value, to be appended to a sentence after a colon. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
