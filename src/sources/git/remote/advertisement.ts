import { CorruptObject } from '../objects/objects.ts';
import { UnsupportedRepository } from '../repository.ts';
import { GitServerRefused, packets, throwIfError } from './protocol.ts';
import type { AdvertisedRef, Advertisement } from './remote-repository.ts';

export const SERVICE = 'git-upload-pack';
/** What a server says of its refs; the largest repositories known send some ten. */
const ADVERTISEMENT_BYTES = 64 * 1024 * 1024;

/** An advertisement in memory, within a limit. @param location for messages @throws GitServerRefused */
export async function wholeAdvertisement(body: AsyncIterable<Uint8Array>, location: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > ADVERTISEMENT_BYTES) throw new GitServerRefused(location, 'its list of branches and tags does not end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An object's id, a ref's full name, and on the first line what the server can do. SHA-256 has 64 digits. */
const REF = /^([0-9a-f]{40}|[0-9a-f]{64}) ([^\0\n]+)(?:\0([^\n]*))?\n?$/;
/** What stands in place of a name where there is no ref at all. */
const NO_REF = 'capabilities^{}';
/** After the name of an annotated tag, on the line behind it: what it is a tag of. */
const PEELED = '^{}';

/**
 * The first thing a server says (gitprotocol-pack and gitprotocol-http, version 0). It is read here because these lines
 * are simple and isomorphic-git, which could read them too, costs more time to load than they take to come.
 * @param body as smart HTTP has it: the line that names the service and a flush come first
 * @param url for messages
 * @throws GitServerRefused, CorruptObject, UnsupportedRepository
 */
export async function readAdvertisement(body: Buffer, url: string): Promise<Advertisement> {
  const refs: AdvertisedRef[] = [];
  let capabilities: ReadonlySet<string> | undefined;
  for await (const packet of packets([body], url)) {
    const text = packet.toString('utf8');
    if (capabilities === undefined && (text.startsWith('# service=') || /^version 1\n?$/.test(text))) continue;
    if (capabilities !== undefined && text.startsWith('shallow ')) continue;
    const [, id, name, words] = REF.exec(text) ?? [];
    if (id === undefined || name === undefined || (capabilities === undefined && words === undefined)) {
      throwIfError(packet, url);
      throw new CorruptObject(`the answer of ${url}`, "is not in git's protocol");
    }
    capabilities ??= readCapabilities(words ?? '', url);
    if (name !== NO_REF) addRef(refs, name, id);
  }
  // Of an empty repository nothing is said but which service this is.
  return { refs, capabilities: capabilities ?? new Set() };
}

function addRef(refs: AdvertisedRef[], name: string, id: string): void {
  const last = refs.at(-1);
  if (last !== undefined && name === last.name + PEELED) refs[refs.length - 1] = { ...last, peeled: id };
  else refs.push({ name, id, peeled: undefined });
}

/** @throws UnsupportedRepository when its objects have other names than ours */
function readCapabilities(words: string, url: string): ReadonlySet<string> {
  const pairs = new Map(words.split(' ').map((word) => word.split(/=(.*)/s, 2) as [name: string, value: string]));
  const format = pairs.get('object-format') ?? 'sha1';
  if (format !== 'sha1') throw new UnsupportedRepository(url, `its objects are ${format}`);
  return new Set(pairs.keys());
}
