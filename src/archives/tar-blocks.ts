/** A tar is a sequence of blocks of 512 bytes: headers, content filled up with zeros, and zeros at the end. */
const BLOCK = 512;
const ZEROS = Buffer.alloc(BLOCK);

/** Where a content of so many bytes ends in a tar. */
export function roundUpToBlock(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

/**
 * Follows the blocks of a tar that somebody else takes apart, because tar-stream skips blocks of zeros wherever they are
 * and does not ask for any at the end: it would read entries that stand after the end marker, which other programs do
 * not see, and take a tar that was cut off between two entries for a whole one.
 */
export class TarBlocks {
  #bytes = 0;
  /** From here on, everything so far was zeros. */
  #zerosFrom = 0;
  /** Stretches of zero blocks that are not known yet to be content, in order. */
  #zeros: { readonly start: number; end: number }[] = [];

  get bytes(): number {
    return this.#bytes;
  }

  /** Passes a tar's bytes on in whole blocks; what is left over at the end comes last, as it is. */
  async *follow(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of chunks) {
      const joined =
        rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      const whole = joined.length - (joined.length % BLOCK);
      rest = Buffer.from(joined.subarray(whole));
      if (whole === 0) continue;
      this.#look(joined.subarray(0, whole));
      yield joined.subarray(0, whole);
    }
    if (rest.length > 0) yield rest;
  }

  #look(blocks: Buffer): void {
    for (let at = 0; at < blocks.length; at += BLOCK) {
      const start = this.#bytes + at;
      if (blocks[at] !== 0 || !blocks.subarray(at, at + BLOCK).equals(ZEROS)) {
        this.#zerosFrom = start + BLOCK;
        continue;
      }
      const last = this.#zeros.at(-1);
      if (last?.end === start) last.end += BLOCK;
      else this.#zeros.push({ start, end: start + BLOCK });
    }
    this.#bytes += blocks.length;
  }

  /**
   * Whether zeros stand where, after the content of an entry, the next header should be.
   * @param end where that content ends; it never goes back from one call to the next
   */
  endsAt(end: number): boolean {
    this.#zeros = this.#zeros.filter((stretch) => stretch.end > end);
    return (this.#zeros[0]?.start ?? Number.POSITIVE_INFINITY) <= end;
  }

  /** Whether what was followed closes with an end marker, of one block at least, at or after `end`. */
  closesAfter(end: number): boolean {
    return Math.max(end, this.#zerosFrom) + BLOCK <= this.#bytes;
  }
}
