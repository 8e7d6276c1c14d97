import { CorruptObject } from '../../objects/objects.ts';
import { SERVICE } from '../advertisement.ts';
import { throwIfError } from '../protocol.ts';

/** The line with which smart HTTP begins, and ssh does not; readers of advertisements expect it. */
const SERVICE_LINE = `001e# service=${SERVICE}\n0000`;
const HEADER = 4;
const FLUSH = '0000';

/**
 * What a server says over one connection (gitprotocol-pack): its advertisement up to the first flush packet, then, when
 * it has been asked something, the answer.
 */
export class GitConversation {
  readonly #location: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);
  #last: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>, location: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#location = location;
  }

  /**
   * The advertisement as smart HTTP has it. Whoever stops reading here leaves the answer to be read.
   * @throws GitServerRefused, CorruptObject; it just ends where the server does
   */
  async *advertisement(): AsyncGenerator<Buffer> {
    yield Buffer.from(SERVICE_LINE);
    for (;;) {
      const packet = await this.#packet();
      if (packet === undefined) return;
      throwIfError(packet.subarray(HEADER), this.#location);
      yield packet;
      if (packet.length === HEADER) return;
    }
  }

  /** All that comes after the advertisement. */
  async *answer(): AsyncGenerator<Buffer> {
    try {
      if (this.#rest.length > 0) yield this.#keepLast(this.#rest);
      for (;;) {
        const { value, done } = await this.#chunks.next();
        if (done) return;
        yield this.#keepLast(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      }
    } finally {
      await this.#chunks.return?.();
    }
  }

  /** What has been read ends as git's protocol wants it. */
  get isWhole(): boolean {
    return this.#last.toString('latin1') === FLUSH;
  }

  /** A packet with its header; `undefined` at the end. */
  async #packet(): Promise<Buffer | undefined> {
    if (!(await this.#has(HEADER))) return undefined;
    const size = this.#sizeOfPacket();
    if (!(await this.#has(size))) return undefined;
    const packet = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return this.#keepLast(packet);
  }

  #sizeOfPacket(): number {
    const digits = this.#rest.toString('latin1', 0, HEADER);
    if (digits === FLUSH) return HEADER;
    const size = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : 0;
    if (size > HEADER) return size;
    const begins = JSON.stringify(this.#rest.toString('utf8', 0, 60));
    throw new CorruptObject(`the answer of ${this.#location}`, `is not in git's protocol: it begins with ${begins}`);
  }

  async #has(bytes: number): Promise<boolean> {
    while (this.#rest.length < bytes) {
      const { value, done } = await this.#chunks.next();
      if (done) return false;
      this.#rest = this.#rest.length === 0 ? Buffer.from(value) : Buffer.concat([this.#rest, value]);
    }
    return true;
  }

  #keepLast<T extends Buffer>(bytes: T): T {
    this.#last =
      bytes.length >= HEADER ? bytes.subarray(-HEADER) : Buffer.concat([this.#last, bytes]).subarray(-HEADER);
    return bytes;
  }
}
