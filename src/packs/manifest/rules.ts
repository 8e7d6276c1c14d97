/**
 * The codes with which `pack check` reports what installation refuses. The readers of this folder attach them to their
 * problems, so that both commands name a problem alike.
 */
import type { InvalidDocument, Problem } from '../../documents/problems.ts';

/** Returns the problems of a YAML file that cannot be read, with their codes. */
export function yamlProblems({ code, problems }: InvalidDocument): Problem[] {
  return problems.map((problem) => ({ ...problem, rule: problem.rule ?? yamlRule(code, problem.message) }));
}

const LIMIT_MESSAGES = /^unknown .* tag |^it is nested more|^up to here the aliases|^this alias refers/;

function yamlRule(code: string, message: string): string {
  if (code === 'INVALID_ENCODING') return 'yaml-encoding';
  if (code === 'INVALID_SIZE' || LIMIT_MESSAGES.test(message)) return 'yaml-limits';
  if (message.startsWith('the character') || /non-printable|null byte/i.test(message)) return 'yaml-encoding';
  return message.startsWith('duplicate key') ? 'yaml-duplicate-key' : 'yaml-syntax';
}

/** The words that YAML 1.1 reads as a boolean and YAML 1.2 as a string. */
const BOOLEAN_WORD = /expected true or false but found the string "(?:yes|no|on|off|y|n)"/i;

/** Returns a problem of a field in `pack.yaml` with its code. */
export function manifestProblem(problem: Problem): Problem {
  return { ...problem, rule: manifestRule(problem) };
}

function manifestRule({ field, message }: Problem): string {
  if (field === '') return 'yaml-syntax';
  if (BOOLEAN_WORD.test(message)) return 'yaml-boolean-word';
  const [top = ''] = field.split(/[.[]/, 1);
  const missing = message === 'is missing';
  if (top === 'ref') return missing ? 'manifest-missing-ref' : isType(message, 'manifest-ref-format');
  if (top === 'version') {
    if (missing) return 'manifest-missing-version';
    return message.startsWith('expected') ? 'manifest-version-type' : 'manifest-version-format';
  }
  if (top === 'python' || top === 'nodejs') return 'manifest-interpreter-type';
  if (top === 'dependencies') return 'manifest-dependency-format';
  if (top === 'testing') return /\.type$/.test(field) ? 'testing-runner-type' : 'testing-invalid';
  return 'manifest-field-type';
}

function isType(message: string, otherwise: string): string {
  return message.startsWith('expected') ? 'manifest-field-type' : otherwise;
}

/** Returns a problem of a field in a component with its code. */
export function componentProblem(problem: Problem): Problem {
  if (problem.field === '') return { ...problem, rule: 'yaml-syntax' };
  return { ...problem, rule: BOOLEAN_WORD.test(problem.message) ? 'yaml-boolean-word' : 'component-field-type' };
}
