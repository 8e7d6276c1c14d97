import { rememberWarnings, silentReporter } from '../../platform/reporter.ts';
import { systemTerminal } from '../../platform/terminal/terminal.ts';
import { SystemRuntime } from '../runtime.ts';
import type { Candidate } from './candidate.ts';
import { type Wanted, wantedAt } from './candidates-at.ts';
import { fitting, isShell, SHELLS } from './complete.ts';
import { programGrammar } from './grammar.ts';

/**
 * Prints the answer to a shell's script.
 * @param handed what it hands over behind `--`
 */
export async function answerShell(shell: string, handed: readonly string[]): Promise<void> {
  if (!isShell(shell)) return;
  const wanted = wantedAt(programGrammar(), SHELLS[shell].words(handed));
  const { candidates, files } = fitting(wanted, await lookUp(wanted));
  const lines = [files, ...SHELLS[shell].lines(candidates, handed)];
  systemTerminal().write(lines.map((line) => `${line}\n`).join(''));
}

async function lookUp({ values, typed, dataDirectory }: Wanted): Promise<readonly Candidate[]> {
  if (values === undefined) return [];
  const { completeValues } = await import('../../operations/about/complete-values.ts');
  using runtime = new SystemRuntime(rememberWarnings(silentReporter), {
    dataDirectory,
    offline: true,
    lockTimeoutSeconds: 0,
  });
  return completeValues({ ...values, typed }, runtime);
}
