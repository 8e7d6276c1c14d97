/**
 * The two ends of one fetch in git's protocol version 0 (gitprotocol-pack), the part that is attune's own: what is
 * wanted goes out, the pack that comes back is kept as it is. isomorphic-git's `fetch` would also put it into a
 * repository, three times slower and without a limit, and it passes over a server's refusal in silence.
 */
import { AttuneError } from '../../../errors.ts';
import { withinTime } from '../../../platform/http/deadline.ts';
import { NetworkFault } from '../../../platform/http/http.ts';
import { CorruptObject } from '../objects/objects.ts';

/** The server's own words for why it does not go on. */
export class GitServerRefused extends AttuneError {
  readonly words: string;

  constructor(repository: string, words: string) {
    super('NETWORK_GIT_REFUSED', `The git server refused to send ${repository}: ${words}`, {
      facts: { repository, server_message: words },
      hint: 'Look the message up with whoever runs the server.',
    });
    this.words = words;
  }
}

class PackTooLarge extends AttuneError {
  constructor(repository: string, limit: number) {
    super('INVALID_GIT_SIZE', `The git repository ${repository} sends more than ${limit} bytes.`, {
      facts: { repository, limit },
      hint: 'Publish the pack in a repository of its own, without large files in its history.',
    });
  }
}

const FLUSH = '0000';

function line(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

/**
 * @param wants object ids, at least one
 * @param depth 1 for these objects' commits alone; `undefined` for all of their history
 * @param capabilities what the server has said that it can do
 */
export function uploadRequest(
  wants: readonly string[],
  depth: 1 | undefined,
  capabilities: ReadonlySet<string>,
): Buffer {
  const used = ['side-band-64k', 'ofs-delta', 'no-progress'].filter((name) => capabilities.has(name));
  const lines = [...new Set(wants)].map((id, at) => line(`want ${id}${at === 0 ? ` ${used.join(' ')}` : ''}\n`));
  const deepen = depth !== undefined && capabilities.has('shallow') ? [line(`deepen ${depth}\n`)] : [];
  return Buffer.from([...lines, ...deepen, FLUSH, line('done\n')].join(''));
}

/** An answer as a whole may take this many times the time for which a server may be silent. */
const PATIENCE = 10;

/**
 * Passes an answer on until it has taken too long all in all, however steadily it dribbles in.
 * @param timeoutMs for which the server may be silent
 * @throws NetworkFault
 */
export function patiently<T>(answer: AsyncIterable<T>, repository: string, timeoutMs: number): AsyncIterable<T> {
  const milliseconds = PATIENCE * timeoutMs;
  return withinTime(answer, milliseconds, () => {
    const why = `after ${milliseconds / 1000} s it is still not through with its answer`;
    const hint = `Try again later, or raise pack_registry.timeout in config.yaml: ${PATIENCE} times that is how long it may take.`;
    return new NetworkFault('TIMEOUT', repository, why, hint);
  });
}

export interface AnswerTools {
  /** For messages. */
  readonly repository: string;
  /** How large the pack may be. */
  readonly maxBytes: number;
  /** Takes the pack, piece by piece. */
  readonly write: (bytes: Buffer) => void;
}

/** How many of the server's progress messages are kept, in case they are its last words. */
const HEARD = 20;

/**
 * Passes on the pack in a server's answer. What the server says of its progress is shown to nobody.
 * @throws GitServerRefused for `ERR`, the error channel and an answer without a pack, PackTooLarge, CorruptObject when
 *   the answer is cut off, what `write` throws
 */
export async function receivePack(answer: AsyncIterable<Uint8Array>, tools: AnswerTools): Promise<void> {
  const { repository, maxBytes, write } = tools;
  let total = 0;
  const heard: string[] = [];
  for await (const packet of packets(answer, repository)) {
    const channel = packet[0];
    const rest = packet.subarray(1);
    if (channel === 1) {
      total += rest.length;
      if (total > maxBytes) throw new PackTooLarge(repository, maxBytes);
      write(rest);
    } else if (channel === 2) {
      heard.push(rest.toString('utf8'));
      if (heard.length > HEARD) heard.shift();
    } else if (channel === 3) {
      throw new GitServerRefused(repository, rest.toString('utf8').trim());
    } else {
      throwIfError(packet, repository);
    }
  }
  if (total > 0) return;
  throw new GitServerRefused(repository, heard.join('').trim() || 'the answer ends without a pack');
}

/** @throws GitServerRefused when a line that is no part of a channel is an error */
export function throwIfError(packet: Buffer, repository: string): void {
  const words = /^ERR (.*)/s.exec(packet.toString('utf8', 0, 4096))?.[1];
  if (words !== undefined) throw new GitServerRefused(repository, words.trim());
}

/** Its four digits and all that they can count. */
const LONGEST_PACKET = 0xffff;

/**
 * The packets of a pkt-line stream, without the empty ones that separate its parts. Each is valid until the next one is
 * asked for: what comes in one piece is not copied, what comes in several is put together in one place.
 */
export async function* packets(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  repository: string,
): AsyncGenerator<Buffer> {
  let begun: Buffer | undefined;
  let filled = 0;
  for await (const piece of stream) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    for (let at = 0; at < chunk.length; ) {
      const size = filled === 0 && chunk.length - at >= 4 ? packetSize(chunk, at, repository) : undefined;
      if (size !== undefined && chunk.length - at >= size) {
        if (size > 4) yield chunk.subarray(at + 4, at + size);
        at += size;
        continue;
      }
      begun ??= Buffer.allocUnsafeSlow(LONGEST_PACKET);
      const wanted = filled < 4 ? 4 : packetSize(begun, 0, repository);
      const copied = chunk.copy(begun, filled, at, at + wanted - filled);
      filled += copied;
      at += copied;
      if (filled < 4 || filled < packetSize(begun, 0, repository)) continue;
      if (filled > 4) yield begun.subarray(4, filled);
      filled = 0;
    }
  }
  if (filled > 0) throw new CorruptObject(`the answer of ${repository}`, 'is cut off');
}

/** How long a packet is with its digits, which count themselves. 0000, 0001 and 0002 are marks without content. */
function packetSize(bytes: Buffer, at: number, repository: string): number {
  const digits = bytes.toString('latin1', at, at + 4);
  const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : 3;
  if (length === 3) throw notGit(repository);
  return Math.max(4, length);
}

function notGit(repository: string): CorruptObject {
  return new CorruptObject(`the answer of ${repository}`, "is not in git's protocol");
}
