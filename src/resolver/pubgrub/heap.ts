/** A binary heap that returns its least item. */
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
    let index = this.#items.push(item) - 1;
    for (
      let parent = (index - 1) >> 1;
      index > 0 && this.#isLess(item, this.#items[parent]!);
      parent = (index - 1) >> 1
    ) {
      this.#items[index] = this.#items[parent]!;
      index = parent;
    }
    this.#items[index] = item;
  }

  /** Removes the least item. */
  pop(): void {
    const item = this.#items.pop();
    if (item === undefined || this.#items.length === 0) return;
    let index = 0;
    for (let child = this.#lesserChild(index); child !== undefined; child = this.#lesserChild(index)) {
      if (!this.#isLess(this.#items[child]!, item)) break;
      this.#items[index] = this.#items[child]!;
      index = child;
    }
    this.#items[index] = item;
  }

  #lesserChild(index: number): number | undefined {
    const [left, right] = [2 * index + 1, 2 * index + 2];
    if (left >= this.#items.length) return undefined;
    return right < this.#items.length && this.#isLess(this.#items[right]!, this.#items[left]!) ? right : left;
  }
}
