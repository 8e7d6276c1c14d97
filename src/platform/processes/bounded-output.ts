/**
 * Captures a stream up to a size limit and keeps the first and the last half of it: the start shows what a program was
 * doing, and the end shows why it failed.
 */
export class BoundedOutput {
  readonly #half: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #omittedBytes = 0;

  /** @param limit the number of bytes to keep */
  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2));
  }

  add(chunk: Buffer): void {
    const free = this.#half - this.#headBytes;
    if (free > 0) {
      const part = chunk.subarray(0, free);
      this.#head.push(part);
      this.#headBytes += part.length;
    }
    if (chunk.length <= free) return;
    const rest = chunk.subarray(Math.max(0, free));
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    this.#trimTail();
  }

  /** Returns the captured text, with a note for the omitted part. Bytes that are not valid UTF-8 become U+FFFD. */
  text(): string {
    if (this.#omittedBytes === 0) return Buffer.concat([...this.#head, ...this.#tail]).toString('utf8');
    const head = Buffer.concat(this.#head).toString('utf8');
    const tail = Buffer.concat(this.#tail).toString('utf8');
    return `${head}\n${truncationNote(this.#omittedBytes)}\n${tail}`;
  }

  #trimTail(): void {
    while (this.#tailBytes > this.#half) {
      const first = this.#tail[0] as Buffer;
      const excess = Math.min(first.length, this.#tailBytes - this.#half);
      this.#omittedBytes += excess;
      this.#tailBytes -= excess;
      if (excess === first.length) this.#tail.shift();
      else this.#tail[0] = first.subarray(excess);
    }
  }
}

function truncationNote(bytes: number): string {
  return `[... ${bytes} bytes left out ...]`;
}

/** Returns whether a text from `BoundedOutput` is incomplete. */
export function wasTruncated(text: string): boolean {
  return /^\[\.\.\. \d+ bytes left out \.\.\.\]$/m.test(text);
}
