/** Gives the least of what was put in, whenever it is asked for: a binary heap. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #isLess: (one: T, other: T) => boolean;

  constructor(isLess: (one: T, other: T) => boolean) {
    this.#isLess = isLess;
  }

  get least(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    let at = this.#items.push(item) - 1;
    for (let above = (at - 1) >> 1; at > 0 && this.#isLess(item, this.#items[above]!); above = (at - 1) >> 1) {
      this.#items[at] = this.#items[above]!;
      at = above;
    }
    this.#items[at] = item;
  }

  /** Takes the least away. */
  pop(): void {
    const item = this.#items.pop();
    if (item === undefined || this.#items.length === 0) return;
    let at = 0;
    for (let below = this.#lesserBelow(at); below !== undefined; below = this.#lesserBelow(at)) {
      if (!this.#isLess(this.#items[below]!, item)) break;
      this.#items[at] = this.#items[below]!;
      at = below;
    }
    this.#items[at] = item;
  }

  #lesserBelow(at: number): number | undefined {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    if (left >= this.#items.length) return undefined;
    return right < this.#items.length && this.#isLess(this.#items[right]!, this.#items[left]!) ? right : left;
  }
}
