import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';

/** A rule of SPEC section 9 that an entry breaks. */
export interface Violation {
  readonly entry: string;
  readonly rule: string;
  /** The predicate of a sentence whose subject is the entry: `is a link`. */
  readonly why: string;
}

const MAX_LISTED = 10_000;

/** One or more entries that a pack must not contain. */
export class UnsafeEntry extends AttuneError {
  readonly violations: readonly Violation[];

  /** @param label the container of the entries: `archive 'x.zip'`, `commit 1f3a of https://...` */
  constructor(label: string, violations: readonly Violation[]) {
    const lines = violations.map(({ entry, why }) => `'${entry}' ${why}`);
    const more = lines.length > MAX_LISTED ? [`and ${lines.length - MAX_LISTED} more`] : [];
    const reason =
      lines.length === 1
        ? `entry ${lines[0]}.`
        : `${lines.length} entries are not safe:\n${[...lines.slice(0, MAX_LISTED), ...more].map((line) => `  ${line}`).join('\n')}`;
    super('INVALID_TREE_ENTRY', `Cannot accept ${label}: ${reason}`, {
      facts: { source: label, entries: violations.slice(0, MAX_LISTED).map(({ entry, rule }) => ({ entry, rule })) },
      hint: 'Remove these entries from the pack, or ask its author to remove them.',
    });
    this.violations = violations;
  }
}

/** A tree that exceeds one of the configured limits. */
export class LimitExceeded extends AttuneError {
  constructor(label: string, why: string, limit: keyof Limits, allowed: number) {
    super('INVALID_TREE_LIMIT', `Cannot accept ${label}: ${why}; the limit is ${allowed}.`, {
      facts: { source: label, limit, allowed },
      hint: `Make the pack smaller. If you trust it, raise limits.${configKey(limit)} in settings.yaml.`,
    });
  }
}

function configKey(limit: keyof Limits): string {
  return limit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Collects the violations of many entries, so that one error reports all of them. */
export class ViolationList {
  readonly #label: string;
  readonly #violations: Violation[] = [];

  constructor(label: string) {
    this.#label = label;
  }

  /** Returns the result of `accept`, or `undefined` if it threw an `UnsafeEntry`, which is collected. Rethrows other errors. */
  collect<T>(accept: () => T): T | undefined {
    try {
      return accept();
    } catch (error) {
      if (!(error instanceof UnsafeEntry)) throw error;
      this.#violations.push(...error.violations);
      return undefined;
    }
  }

  get isEmpty(): boolean {
    return this.#violations.length === 0;
  }

  /** @throws UnsafeEntry that names all collected violations */
  throwIfAny(): void {
    if (!this.isEmpty) throw new UnsafeEntry(this.#label, this.#violations);
  }
}
