import { parsePythonCoverage } from '../coverage/parse.ts';
import { PYTHON_COVERAGE_PROGRAM } from '../coverage/python-program.ts';
import type { Command, Measurement, RunnerContext } from './runner.ts';

export const NO_PYTHON = "'python3' is not on the PATH";

/** Finds Python, which Windows installs as `python`. */
export function findPython({ find }: RunnerContext): string | undefined {
  return find('python3') ?? find('python');
}

/** Returns the command that runs a Python program, under coverage.py if coverage is requested. */
export function pythonCommand(
  python: string,
  program: string,
  args: readonly string[],
  { coverage, results }: RunnerContext,
): Command & { readonly measurement?: Measurement } {
  if (!coverage) return { command: python, args: ['-u', '-c', program, ...args] };
  const file = `${results}.coverage.json`;
  return {
    command: python,
    args: ['-u', '-c', PYTHON_COVERAGE_PROGRAM, file, program, ...args],
    measurement: { file, parse: parsePythonCoverage },
  };
}
