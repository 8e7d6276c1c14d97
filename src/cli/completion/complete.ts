/**
 * Completion of command lines. The scripts of the shells know nothing of attune: they hand over the line up to the cursor
 * and do what the answer says, so that all that there is to know is in one place, which tests can reach. The first line of
 * an answer says what the shell adds of its own (`none`, `files` or `directories`); each further one is a candidate.
 */

import { type Candidate, type Completion, harmless } from './candidate.ts';
import type { Wanted } from './candidates-at.ts';
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

/** Lets those stay that the word can still become, each once. @param values that were looked up */
export function fitting(wanted: Wanted, values: readonly Candidate[]): Completion {
  const { candidates, typed, prefix, given, files } = wanted;
  const open = [...candidates, ...values].filter(({ value }) => value.startsWith(typed) && !given.includes(value));
  const whole = open.map(({ value, description }) => ({ value: prefix + value, description }));
  const once = Map.groupBy(harmless(whole), ({ value }) => value);
  return { candidates: Array.from(once.values(), ([first]) => first as Candidate), files };
}
