/**
 * The request and the response of a fetch in git's protocol version 0 (gitprotocol-pack). isomorphic-git's `fetch` is not
 * used: it also stores the packfile in a repository, is three times slower, has no size limit, and ignores the error
 * message of a server that refuses the request.
 */
import { AttuneError } from '../../../errors.ts';
import { CorruptObject } from '../objects/objects.ts';

/** A server that ended the fetch with a message. */
export class GitServerRefused extends AttuneError {
  readonly serverMessage: string;

  constructor(repository: string, serverMessage: string) {
    super('NETWORK_GIT_REFUSED', `The git server refused to send ${repository}: ${serverMessage}`, {
      facts: { repository, server_message: serverMessage },
      hint: 'Contact the administrator of the server about this message.',
    });
    this.serverMessage = serverMessage;
  }
}

class PackfileTooLarge extends AttuneError {
  constructor(repository: string, limit: number) {
    super('INVALID_GIT_SIZE', `The git repository ${repository} sends more than ${limit} bytes.`, {
      facts: { repository, limit },
      hint: 'Publish the pack in a separate repository, without large files in its history.',
    });
  }
}

const FLUSH = '0000';

function pktLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

/**
 * Formats a fetch request.
 * @param wants object ids, at least one
 * @param depth 1 for the commits of these objects alone; `undefined` for their history
 * @param capabilities the capabilities that the server has advertised
 */
export function formatFetchRequest(
  wants: readonly string[],
  depth: 1 | undefined,
  capabilities: ReadonlySet<string>,
): Buffer {
  const used = ['side-band-64k', 'ofs-delta', 'no-progress'].filter((name) => capabilities.has(name));
  const lines = [...new Set(wants)].map((id, index) =>
    pktLine(`want ${id}${index === 0 ? ` ${used.join(' ')}` : ''}\n`),
  );
  const deepen = depth !== undefined && capabilities.has('shallow') ? [pktLine(`deepen ${depth}\n`)] : [];
  return Buffer.from([...lines, ...deepen, FLUSH, pktLine('done\n')].join(''));
}

export interface ReceiveTools {
  /** The name of the repository in messages. */
  readonly repository: string;
  /** The maximum size of the packfile. */
  readonly maxBytes: number;
  /** Receives the packfile in chunks. */
  readonly write: (bytes: Buffer) => void;
}

/** The largest size of what a response has besides the packfile and the headers of its packets. */
const MAX_OTHER_BYTES = 1024 * 1024;
/** The number of progress messages that are retained, in case the server ends the response with an error among them. */
const MAX_PROGRESS_MESSAGES = 20;

/**
 * Extracts the packfile from a server's response. Progress messages of the server are not shown.
 * @throws GitServerRefused for `ERR`, the error channel and a response without a packfile, PackfileTooLarge, CorruptObject
 *   for a truncated response, the errors of `write`
 */
export async function receivePackfile(response: AsyncIterable<Uint8Array>, tools: ReceiveTools): Promise<void> {
  const { repository, maxBytes, write } = tools;
  let total = 0;
  const progress: string[] = [];
  for await (const packet of packets(limitResponse(response, tools), repository)) {
    const channel = packet[0];
    const content = packet.subarray(1);
    if (channel === 1) {
      total += content.length;
      if (total > maxBytes) throw new PackfileTooLarge(repository, maxBytes);
      write(content);
    } else if (channel === 2) {
      progress.push(content.toString('utf8'));
      if (progress.length > MAX_PROGRESS_MESSAGES) progress.shift();
    } else if (channel === 3) {
      throw new GitServerRefused(repository, content.toString('utf8').trim());
    } else {
      throwIfError(packet, repository);
    }
  }
  if (total > 0) return;
  throw new GitServerRefused(repository, progress.join('').trim() || 'the response ends without a packfile');
}

/** Ends a response whose progress messages and empty packets never end. @throws PackfileTooLarge */
async function* limitResponse(
  response: AsyncIterable<Uint8Array>,
  { repository, maxBytes }: ReceiveTools,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > maxBytes + maxBytes / 16 + MAX_OTHER_BYTES) throw new PackfileTooLarge(repository, maxBytes);
    yield chunk;
  }
}

/** @throws GitServerRefused when a packet without channel is an error message */
export function throwIfError(packet: Buffer, repository: string): void {
  const message = /^ERR (.*)/s.exec(packet.toString('utf8', 0, 4096))?.[1];
  if (message !== undefined) throw new GitServerRefused(repository, message.trim());
}

/** The largest length that four hexadecimal digits express. */
const MAX_PACKET_BYTES = 0xffff;

/**
 * Yields the packets of a pkt-line stream, without the empty ones that separate its parts. A packet is valid until the next
 * one is requested: one that arrives in a single chunk is not copied, and others are assembled in a reused buffer.
 */
export async function* packets(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  repository: string,
): AsyncGenerator<Buffer> {
  let partial: Buffer | undefined;
  let filled = 0;
  for await (const piece of stream) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    for (let offset = 0; offset < chunk.length; ) {
      const available = chunk.length - offset;
      const size = filled === 0 && available >= 4 ? parsePacketLength(chunk, offset, repository) : undefined;
      if (size !== undefined && available >= size) {
        if (size > 4) yield chunk.subarray(offset + 4, offset + size);
        offset += size;
        continue;
      }
      partial ??= Buffer.allocUnsafeSlow(MAX_PACKET_BYTES);
      const target = filled < 4 ? 4 : parsePacketLength(partial, 0, repository);
      const copied = chunk.copy(partial, filled, offset, offset + target - filled);
      filled += copied;
      offset += copied;
      if (filled < 4 || filled < parsePacketLength(partial, 0, repository)) continue;
      if (filled > 4) yield partial.subarray(4, filled);
      filled = 0;
    }
  }
  if (filled > 0) throw new CorruptObject(`the response of ${repository}`, 'is truncated');
}

/** Parses the length of a packet, including its four digits. 0000, 0001 and 0002 are markers without content. */
function parsePacketLength(bytes: Buffer, offset: number, repository: string): number {
  const digits = bytes.toString('latin1', offset, offset + 4);
  const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : 3;
  if (length === 3) throw new CorruptObject(`the response of ${repository}`, 'does not follow the git protocol');
  return Math.max(4, length);
}
