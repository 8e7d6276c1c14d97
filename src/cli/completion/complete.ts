/**
 * Completion of command lines. The shell scripts have no knowledge of attune's commands: they pass the line up to the
 * cursor to `attune complete` and offer what it prints, so that the logic is in one testable place. The first line of the
 * output names the files that the shell adds (`none`, `files` or `directories`); each further line is a candidate.
 */

import { type Candidate, type Completion, safeCandidates } from './candidate.ts';
import type { CompletionContext } from './context.ts';
import { bashCompletion } from './shells/bash.ts';
import { fishCompletion } from './shells/fish.ts';
import { powershellCompletion } from './shells/powershell.ts';
import type { ShellCompletion } from './shells/shell.ts';
import { zshCompletion } from './shells/zsh.ts';

export const SHELLS = {
  bash: bashCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
  zsh: zshCompletion,
} satisfies Readonly<Record<string, ShellCompletion>>;

export type ShellName = keyof typeof SHELLS;

export function isShell(name: string): name is ShellName {
  return Object.hasOwn(SHELLS, name);
}

/** Returns the candidates that begin with the typed text, without duplicates. @param values the queried candidates */
export function matchingCandidates(context: CompletionContext, values: readonly Candidate[]): Completion {
  const { candidates, typed, prefix, given, files } = context;
  const matching = [...candidates, ...values].filter(({ value }) => value.startsWith(typed) && !given.includes(value));
  const words = matching.map(({ value, description }) => ({ value: prefix + value, description }));
  const unique = Map.groupBy(safeCandidates(words), ({ value }) => value);
  return { candidates: Array.from(unique.values(), ([first]) => first as Candidate), files };
}
