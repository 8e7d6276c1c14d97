import { collectWarnings, silentReporter } from '../../platform/reporter.ts';
import { systemTerminal } from '../../platform/terminal/terminal.ts';
import { SystemRuntime } from '../runtime.ts';
import type { Candidate } from './candidate.ts';
import { isShell, matchingCandidates, SHELLS } from './complete.ts';
import { type CompletionContext, completionContext } from './context.ts';
import { programGrammar } from './grammar.ts';

/**
 * Prints the candidates for the completion script of a shell.
 * @param passed the arguments that the script passes after `--`
 */
export async function printCandidates(shell: string, passed: readonly string[]): Promise<void> {
  if (!isShell(shell)) return;
  const context = completionContext(programGrammar(), SHELLS[shell].parseArgs(passed));
  const { candidates, files } = matchingCandidates(context, await queryValues(context));
  const lines = [files, ...SHELLS[shell].lines(candidates, passed)];
  systemTerminal().write(lines.map((line) => `${line}\n`).join(''));
}

async function queryValues({ values, typed, dataDirectory }: CompletionContext): Promise<readonly Candidate[]> {
  if (values === undefined) return [];
  const { completeValues } = await import('../../operations/about/complete-values.ts');
  using runtime = new SystemRuntime(collectWarnings(silentReporter), {
    dataDirectory,
    offline: true,
    lockTimeoutSeconds: 0,
  });
  return completeValues({ ...values, typed }, runtime);
}
