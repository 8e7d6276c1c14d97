import type { Grammar } from '../../checking/rule.ts';
import { reasonOf } from '../../errors.ts';
import { parseConstraint } from '../../resolver/constraint.ts';
import { parseRuntime } from '../../resolver/runtimes/check-runtimes.ts';
import { knownRuntime } from '../../resolver/runtimes/known-runtimes.ts';

/** The resolver's grammars, passed to rules because `checking/` must not import `resolver/`. */
export const GRAMMAR: Grammar = {
  runtime: (text) => errorReason(() => parseRuntime(text)),
  constraint: (text) => errorReason(() => parseConstraint(text)),
  knowsRuntime: (name) => knownRuntime(name) !== undefined,
};

function errorReason(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
