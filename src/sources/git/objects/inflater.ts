import { constants, createInflate, deflateSync, type Inflate } from 'node:zlib';

/** What Node's own synchronous functions are made of. Its types do not have it, though packages lean on it (minizlib). */
interface SynchronousInflate extends Inflate {
  _handle: { close(): void } | null;
  _processChunk(input: Uint8Array, flush: number): Buffer;
}

const OUTPUT_BYTES = 64 * 1024;

/**
 * One inflater for thousands of small streams, one after the other. `inflateSync` makes a stream object with all that
 * belongs to one for every call, which for a file of a few kilobytes costs as much as unpacking it does.
 */
export class Inflater {
  /** Up to so many bytes come out of it. */
  static readonly mostBytes = OUTPUT_BYTES - 1;
  readonly #stream: SynchronousInflate;
  readonly #handle: SynchronousInflate['_handle'];

  private constructor() {
    const stream = createInflate({ chunkSize: OUTPUT_BYTES, maxOutputLength: OUTPUT_BYTES }) as SynchronousInflate;
    this.#stream = stream;
    this.#handle = stream._handle;
    // Node closes it after each call; what it holds is freed with the object.
    if (this.#handle) this.#handle.close = () => {};
  }

  /** @returns `undefined` on a Node that is made differently: a trial tells */
  static open(): Inflater | undefined {
    try {
      const inflater = new Inflater();
      const packed = deflateSync(TRIAL);
      const works = () => {
        const { data, used } = inflater.inflate(Buffer.concat([packed, TRIAL]));
        return data.equals(TRIAL) && used === packed.length;
      };
      return works() && works() ? inflater : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * @param input a zlib stream, which may go on after its end
   * @returns the content, and how many bytes of the input were used
   * @throws Error when it is none, or of more than `mostBytes`; nothing can be asked of the inflater any more
   */
  inflate(input: Uint8Array): { data: Buffer; used: number } {
    const stream = this.#stream;
    const data = Buffer.from(stream._processChunk(input, constants.Z_FINISH));
    const used = stream.bytesWritten;
    stream._handle = this.#handle;
    stream.removeAllListeners('error');
    stream.reset();
    return { data, used };
  }
}

const TRIAL = Buffer.from('twice the same');
