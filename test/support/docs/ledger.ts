/** Keeps which steps of the document were run, so that none can be forgotten. */
export class Ledger {
  readonly #ran = new Set<string>();

  ran(id: string): void {
    this.#ran.add(id);
  }

  /** @returns those of `all` that were neither run nor excepted, and what was excepted in vain */
  audit(all: readonly string[], exceptions: readonly string[]): { missing: string[]; stale: string[] } {
    return {
      missing: all.filter((id) => !this.#ran.has(id) && !exceptions.includes(id)),
      stale: exceptions.filter((id) => !all.includes(id) || this.#ran.has(id)),
    };
  }
}
