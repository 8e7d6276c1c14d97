/**
 * The two ends of one fetch in git's protocol version 0 (gitprotocol-pack), the part that is attune's own: what is
 * wanted goes out, the pack that comes back is kept as it is. isomorphic-git's `fetch` would also put it into a
 * repository, three times slower and without a limit, and it passes over a server's refusal in silence.
 */
import { AttuneError } from '../errors.ts';
import { BrokenObject } from './git-objects.ts';

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

export interface AnswerTools {
  /** For messages. */
  readonly repository: string;
  readonly maxBytes: number;
  /** Hears how much of the pack is here. */
  readonly onBytes: (total: number) => void;
}

/**
 * The pack in a server's answer.
 * @throws GitServerRefused for `ERR` and the error channel, PackTooLarge, BrokenObject when it is cut off
 */
export async function packOfAnswer(answer: AsyncIterable<Uint8Array>, tools: AnswerTools): Promise<Buffer> {
  const { repository, maxBytes, onBytes } = tools;
  const pack: Buffer[] = [];
  let total = 0;
  const heard: string[] = [];
  for await (const packet of packets(answer, repository)) {
    const channel = packet[0];
    const rest = packet.subarray(1);
    if (channel === 1) {
      total += rest.length;
      if (total > maxBytes) throw new PackTooLarge(repository, maxBytes);
      pack.push(rest);
      onBytes(total);
    } else if (channel === 2) {
      heard.push(rest.toString('utf8'));
      if (heard.length > 20) heard.shift();
    } else if (channel === 3) {
      throw new GitServerRefused(repository, rest.toString('utf8').trim());
    } else {
      throwIfError(packet, repository);
    }
  }
  if (pack.length > 0) return Buffer.concat(pack);
  const words = heard.join('').trim() || 'the answer ends without a pack';
  throw new GitServerRefused(repository, words);
}

/** @throws GitServerRefused when a line that is no part of a channel is an error */
export function throwIfError(packet: Buffer, repository: string): void {
  const words = /^ERR (.*)/s.exec(packet.toString('utf8', 0, 4096))?.[1];
  if (words !== undefined) throw new GitServerRefused(repository, words.trim());
}

/** The packets of a pkt-line stream, without the empty ones that separate its parts. */
export async function* packets(stream: AsyncIterable<Uint8Array>, repository: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; rest.length - at >= 4; ) {
      const digits = rest.toString('latin1', at, at + 4);
      if (!/^[0-9a-f]{4}$/i.test(digits)) throw notGit(repository);
      const length = Number.parseInt(digits, 16);
      // 0000, 0001 and 0002 are marks without content; 0003 cannot be.
      if (length === 3) throw notGit(repository);
      const size = Math.max(4, length);
      if (rest.length - at < size) break;
      if (size > 4) yield rest.subarray(at + 4, at + size);
      at += size;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new BrokenObject(`the answer of ${repository}`, 'is cut off');
}

function notGit(repository: string): BrokenObject {
  return new BrokenObject(`the answer of ${repository}`, "is not in git's protocol");
}
