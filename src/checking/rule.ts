/**
 * The rules of `pack check`. A family is one module: the table of its rules and one function that finds violations of all
 * of them, since rules of a family inspect the same values. docs/reference/check-rules.md is generated from the tables.
 */

import type { Problem } from '../documents/problems.ts';
import type { Span } from '../documents/yaml/nodes.ts';
import type { PackModel, TextFile } from '../packs/components/pack-model.ts';

export type Severity = 'error' | 'warning' | 'info';

export interface RuleInfo {
  readonly severity: Severity;
  /** The problem that the rule finds, as a sentence. */
  readonly finds: string;
  /** A short excerpt that violates the rule. */
  readonly example: string;
  /** What happens to a pack with this problem. */
  readonly reason: string;
  /** True if `--fix` corrects at least the usual form. */
  readonly fixable?: boolean;
}

/** The location of a diagnostic: a range of a text file, a position, or a file as a whole. */
export type Place =
  | { readonly file: TextFile; readonly span: Span }
  | { readonly path: string; readonly line?: number; readonly column?: number };

/** A replacement in a file of the pack, in UTF-16 units of its text. A file that does not exist is empty. */
export interface Edit extends Span {
  readonly file: TextFile | string;
  readonly text: string;
}

export interface Correction {
  /** An imperative sentence. */
  readonly description: string;
  readonly edits: readonly Edit[];
}

interface Details {
  /** If it is not the severity of the rule. */
  readonly severity?: Severity | undefined;
  readonly fix?: Correction | undefined;
}

export type Report<C extends string = string> = (code: C, at: Place, message: string, details?: Details) => void;

/** Functions of layers that `checking/` must not import. */
export interface Grammar {
  /** Returns why a text is not a runtime with an optional constraint. */
  runtime(text: string): string | undefined;
  constraint(text: string): string | undefined;
  /** Returns whether attune can detect a runtime of this name. */
  knowsRuntime(name: string): boolean;
}

export interface RuleFamily<C extends string = string> {
  readonly title: string;
  readonly rules: Readonly<Record<C, RuleInfo>>;
  check(pack: PackModel, report: Report<C>, grammar: Grammar): void;
}

/** Declares a family, so that its function can report its own codes only. */
export function family<const C extends string>(declared: RuleFamily<C>): RuleFamily {
  return declared as unknown as RuleFamily;
}

/** Returns the place of a problem that one of the readers of installation found. */
export function placeOf({ path, line, column }: Problem): Place {
  return { path, line, column };
}

type Level = (finds: string, example: string, reason: string) => RuleInfo;

export const error: Level = (finds, example, reason) => ({ severity: 'error', finds, example, reason });
export const warning: Level = (finds, example, reason) => ({ severity: 'warning', finds, example, reason });
export const info: Level = (finds, example, reason) => ({ severity: 'info', finds, example, reason });

/** Marks a rule whose usual form `--fix` corrects. */
export function fixable(rule: RuleInfo): RuleInfo {
  return { ...rule, fixable: true };
}
