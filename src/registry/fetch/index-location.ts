/** Where an index is. An address is a `SafeUrl` from the moment on in which it is put together. */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Mirrors, resolveMirror } from '../../config/mirrors.ts';
import { redactVariables, type Variables } from '../../config/variables.ts';
import { AttuneError, reasonOf } from '../../errors.ts';
import { SafeUrl } from '../../platform/safe-url.ts';

export class InvalidIndexUrl extends AttuneError {
  constructor(url: SafeUrl, why: string) {
    super('INVALID_CONFIG', `'${url}' cannot be the URL of an index: ${why}.`, {
      facts: { url: `${url}` },
      hint: 'Give an https or file URL, or the path of a file.',
    });
  }
}

/** Where an index is read from: from its own address, or from the mirror of that. */
export interface IndexLocation {
  readonly url: SafeUrl;
  readonly mirrored: boolean;
  /** A file of this machine. */
  readonly local: boolean;
}

/** Takes what is secret out of a text, as `SafeUrl` has it. */
export type Hide = (text: string) => string;

/**
 * @param place an https, http or file URL, or a path relative to the working directory
 * @param hide what is secret in it besides a login
 * @returns a URL in normal form
 * @throws InvalidIndexUrl
 */
export function indexUrl(place: string, workingDirectory: string, hide?: Hide): SafeUrl {
  const given = new SafeUrl(place, hide);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) {
    return given.derive(pathToFileURL(resolve(workingDirectory, place)).href);
  }
  const url = URL.parse(place);
  if (!url) throw new InvalidIndexUrl(given, 'it is not a URL');
  if (['https:', 'http:', 'file:'].includes(url.protocol)) return given.derive(url.href);
  throw new InvalidIndexUrl(given, `an index cannot be had by ${url.protocol.slice(0, -1)}`);
}

/**
 * @param own as `indexUrl` makes it
 * @param hide what is secret in the mirror's address; by default what the mirrors take from the environment
 * @throws InvalidIndexUrl, UnusableVariable
 */
export function resolveIndexLocation(
  own: SafeUrl,
  mirrors: Mirrors,
  { variables, workingDirectory }: { readonly variables: Variables; readonly workingDirectory: string },
  hide: Hide = (text) => redactVariables(text, Object.values(mirrors).join(' '), variables),
): IndexLocation {
  const mirror = resolveMirror(own, mirrors, variables);
  const url = mirror === undefined ? own : indexUrl(mirror.reveal(), workingDirectory, hide);
  return { url, mirrored: mirror !== undefined, local: !url.isWeb };
}

/** The path of a file URL. @throws InvalidIndexUrl */
export function localPathOf(url: SafeUrl): string {
  try {
    return fileURLToPath(url.reveal());
  } catch (error) {
    throw new InvalidIndexUrl(url, reasonOf(error));
  }
}
