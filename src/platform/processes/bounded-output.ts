/**
 * What a stream said, within a limit: the first and the last half of it are kept, what lies between is forgotten. Where
 * a program failed is told at the end of what it prints, and what it was about to do at the beginning.
 */
export class BoundedOutput {
  readonly #half: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #cut = 0;

  /** @param limit bytes to keep */
  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2));
  }

  add(chunk: Buffer): void {
    const room = this.#half - this.#headBytes;
    if (room > 0) {
      const part = chunk.subarray(0, room);
      this.#head.push(part);
      this.#headBytes += part.length;
    }
    if (chunk.length <= room) return;
    const rest = chunk.subarray(Math.max(0, room));
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    this.#forget();
  }

  /** As text; bytes that are no UTF-8 come out as U+FFFD. A note says how much was cut. */
  text(): string {
    if (this.#cut === 0) return Buffer.concat([...this.#head, ...this.#tail]).toString('utf8');
    const head = Buffer.concat(this.#head).toString('utf8');
    const tail = Buffer.concat(this.#tail).toString('utf8');
    return `${head}\n${cutNote(this.#cut)}\n${tail}`;
  }

  #forget(): void {
    while (this.#tailBytes > this.#half) {
      const first = this.#tail[0] as Buffer;
      const excess = Math.min(first.length, this.#tailBytes - this.#half);
      this.#cut += excess;
      this.#tailBytes -= excess;
      if (excess === first.length) this.#tail.shift();
      else this.#tail[0] = first.subarray(excess);
    }
  }
}

function cutNote(bytes: number): string {
  return `[... ${bytes} bytes left out ...]`;
}

/** Whether a text from `BoundedOutput` lacks its middle. */
export function wasCut(text: string): boolean {
  return /^\[\.\.\. \d+ bytes left out \.\.\.\]$/m.test(text);
}
