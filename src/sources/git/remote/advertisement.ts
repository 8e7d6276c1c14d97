import { CorruptObject } from '../objects/objects.ts';
import { UnsupportedObjectFormat } from '../repository.ts';
import { GitServerRefused, packets, throwIfError } from './protocol.ts';
import type { AdvertisedRef, Advertisement } from './upload-pack.ts';

export const SERVICE = 'git-upload-pack';
/** The programs of git that serve a repository: for fetching and for pushing. */
export type GitService = typeof SERVICE | 'git-receive-pack';
/** The largest accepted advertisement. The largest known repositories send about 10 MiB. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads an advertisement into memory. @param location the repository, for messages @throws GitServerRefused */
export async function collectAdvertisement(body: AsyncIterable<Uint8Array>, location: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > MAX_BYTES) throw new GitServerRefused(location, 'its list of branches and tags is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A line with an object id, a ref's full name and, on the first line, the capabilities. SHA-256 ids have 64 digits. */
const REF = /^([0-9a-f]{40}|[0-9a-f]{64}) ([^\0\n]+)(?:\0([^\n]*))?\n?$/;
/** The placeholder for a ref's name in a repository without refs. */
const NO_REF = 'capabilities^{}';
/** The suffix of an annotated tag's name on the following line, which contains the id of the tagged object. */
const PEELED = '^{}';

/**
 * Parses an advertisement, the server's first message (gitprotocol-pack and gitprotocol-http, version 0). isomorphic-git is
 * not used, since loading it takes longer than a server takes to send these simple lines.
 * @param body in the form of smart HTTP: the line with the service name and a flush packet come first
 * @param url for messages
 * @throws GitServerRefused, CorruptObject, UnsupportedObjectFormat
 */
export async function parseAdvertisement(body: Buffer, url: string): Promise<Advertisement> {
  const refs: AdvertisedRef[] = [];
  let capabilities: ReadonlySet<string> | undefined;
  for await (const packet of packets([body], url)) {
    const text = packet.toString('utf8');
    if (capabilities === undefined && (text.startsWith('# service=') || /^version 1\n?$/.test(text))) continue;
    if (capabilities !== undefined && text.startsWith('shallow ')) continue;
    const [, id, name, capabilityList] = REF.exec(text) ?? [];
    if (id === undefined || name === undefined || (capabilities === undefined && capabilityList === undefined)) {
      throwIfError(packet, url);
      throw new CorruptObject(`the response of ${url}`, 'does not follow the git protocol');
    }
    capabilities ??= parseCapabilities(capabilityList ?? '', url);
    if (name !== NO_REF) addRef(refs, name, id);
  }
  // For an empty repository, a server may send the service name alone.
  return { refs, capabilities: capabilities ?? new Set() };
}

function addRef(refs: AdvertisedRef[], name: string, id: string): void {
  const last = refs.at(-1);
  if (last !== undefined && name === last.name + PEELED) refs[refs.length - 1] = { ...last, peeled: id };
  else refs.push({ name, id, peeled: undefined });
}

/** Parses the list of capabilities. @throws UnsupportedObjectFormat when the object ids are not SHA-1 */
function parseCapabilities(list: string, url: string): ReadonlySet<string> {
  const pairs = new Map(list.split(' ').map((item) => item.split(/=(.*)/s, 2) as [name: string, value: string]));
  const format = pairs.get('object-format') ?? 'sha1';
  if (format !== 'sha1') throw new UnsupportedObjectFormat(url, format);
  return new Set(pairs.keys());
}
