import { CorruptObject } from '../../objects/objects.ts';
import { type GitService, SERVICE } from '../advertisement.ts';
import { throwIfError } from '../protocol.ts';

/** Returns the line with which smart HTTP begins. ssh servers do not send it, but `parseAdvertisement` expects it. */
function serviceLine(service: GitService): string {
  const line = `# service=${service}\n`;
  return `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
}
const HEADER_BYTES = 4;
const FLUSH = '0000';

/**
 * The output of `git upload-pack` or `git receive-pack` over one connection (gitprotocol-pack): the advertisement up to the first flush packet
 * and, after a request, the response.
 */
export class UploadPackSession {
  readonly #location: string;
  readonly #service: GitService;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffered: Buffer = Buffer.alloc(0);
  #lastBytes: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>, location: string, service: GitService = SERVICE) {
    this.#service = service;
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#location = location;
  }

  /**
   * Yields the advertisement in the form of smart HTTP. The response remains to be read by `response`. If the server ends
   * early, so does the advertisement; see `isComplete`.
   * @throws GitServerRefused, CorruptObject
   */
  async *advertisement(): AsyncGenerator<Buffer> {
    yield Buffer.from(serviceLine(this.#service));
    for (;;) {
      const packet = await this.#readPacket();
      if (packet === undefined) return;
      throwIfError(packet.subarray(HEADER_BYTES), this.#location);
      yield packet;
      if (packet.length === HEADER_BYTES) return;
    }
  }

  /** Yields everything after the advertisement. */
  async *response(): AsyncGenerator<Buffer> {
    try {
      if (this.#buffered.length > 0) yield this.#track(this.#buffered);
      for (;;) {
        const { value, done } = await this.#chunks.next();
        if (done) return;
        yield this.#track(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      }
    } finally {
      await this.#chunks.return?.();
    }
  }

  /** True if the bytes read so far end with a flush packet. */
  get isComplete(): boolean {
    return this.#lastBytes.toString('latin1') === FLUSH;
  }

  /** Reads a packet with its header; returns `undefined` at the end. */
  async #readPacket(): Promise<Buffer | undefined> {
    if (!(await this.#buffer(HEADER_BYTES))) return undefined;
    const size = this.#packetLength();
    if (!(await this.#buffer(size))) return undefined;
    const packet = this.#buffered.subarray(0, size);
    this.#buffered = this.#buffered.subarray(size);
    return this.#track(packet);
  }

  #packetLength(): number {
    const digits = this.#buffered.toString('latin1', 0, HEADER_BYTES);
    if (digits === FLUSH) return HEADER_BYTES;
    const size = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : 0;
    if (size > HEADER_BYTES) return size;
    const start = JSON.stringify(this.#buffered.toString('utf8', 0, 60));
    throw new CorruptObject(
      `the response of ${this.#location}`,
      `does not follow the git protocol: it begins with ${start}`,
    );
  }

  /** Buffers at least the given number of bytes; returns `false` if the output ends before. */
  async #buffer(bytes: number): Promise<boolean> {
    while (this.#buffered.length < bytes) {
      const { value, done } = await this.#chunks.next();
      if (done) return false;
      this.#buffered = this.#buffered.length === 0 ? Buffer.from(value) : Buffer.concat([this.#buffered, value]);
    }
    return true;
  }

  /** Remembers the last bytes of what was read. */
  #track<T extends Buffer>(bytes: T): T {
    this.#lastBytes =
      bytes.length >= HEADER_BYTES
        ? bytes.subarray(-HEADER_BYTES)
        : Buffer.concat([this.#lastBytes, bytes]).subarray(-HEADER_BYTES);
    return bytes;
  }
}
