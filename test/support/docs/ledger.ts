/** Records which steps of the document were run. */
export class Ledger {
  readonly #ran = new Set<string>();

  ran(id: string): void {
    this.#ran.add(id);
  }

  /** @returns the steps of `all` that were neither run nor exceptions, and the exceptions that are unknown or were run */
  audit(all: readonly string[], exceptions: readonly string[]): { missing: string[]; stale: string[] } {
    return {
      missing: all.filter((id) => !this.#ran.has(id) && !exceptions.includes(id)),
      stale: exceptions.filter((id) => !all.includes(id) || this.#ran.has(id)),
    };
  }
}
