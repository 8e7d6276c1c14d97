/**
 * The one error that attune throws on purpose.
 *
 * A code is a family and, in most families, what happened: `NOT_FOUND_REF`, `INVALID_MANIFEST`. The family decides the
 * exit status (SPEC section 7). Each error class lives beside the code that throws it; anything that surfaces and is
 * not an `AttuneError` is a defect of ours and is reported as one.
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
  /** What a program may want to know, in snake_case: printed as `details` in JSON. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** What to do next, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class AttuneError extends Error {
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;

  /** @param message what failed, on what and why; several lines where there are several offenders */
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

/** The words of anything thrown, for a sentence that goes on after a colon. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
