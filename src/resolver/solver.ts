/** The solver's errors and types that callers of the resolver need. */
export { NoSolution } from './pubgrub/explanation/no-solution.ts';
export type { Conflict, ConflictFact, HeldVersion } from './pubgrub/model/problem.ts';
