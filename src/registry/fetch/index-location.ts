/** Locations of indexes. A URL is a `SafeUrl` as soon as it is assembled. */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolveMirror } from '../../config/mirrors.ts';
import type { Mirrors } from '../../config/types.ts';
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

/** The location that an index is read from: its own URL, or that of a mirror. */
export interface IndexLocation {
  readonly url: SafeUrl;
  readonly mirrored: boolean;
  /** True if it is a file on this machine. */
  readonly local: boolean;
}

/** Redacts secrets in a text, for `SafeUrl`. */
export type Redact = (text: string) => string;

/**
 * Returns the normalized URL of an index.
 * @param location an https, http or file URL, or a path relative to the working directory
 * @param redact removes secrets other than credentials
 * @throws InvalidIndexUrl
 */
export function indexUrl(location: string, workingDirectory: string, redact?: Redact): SafeUrl {
  const given = new SafeUrl(location, redact);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    return given.derive(pathToFileURL(resolve(workingDirectory, location)).href);
  }
  const url = URL.parse(location);
  if (!url) throw new InvalidIndexUrl(given, 'it is not a valid URL');
  if (['https:', 'http:', 'file:'].includes(url.protocol)) return given.derive(url.href);
  throw new InvalidIndexUrl(given, `an index cannot be downloaded over ${url.protocol.slice(0, -1)}`);
}

/**
 * Resolves the location of an index, which may be a mirror.
 * @param own the result of `indexUrl`
 * @param redact removes secrets from the URL of the mirror; by default the environment variables that the mirrors use
 * @throws InvalidIndexUrl, UnusableVariable
 */
export function resolveIndexLocation(
  own: SafeUrl,
  mirrors: Mirrors,
  { variables, workingDirectory }: { readonly variables: Variables; readonly workingDirectory: string },
  redact: Redact = (text) => redactVariables(text, Object.values(mirrors).join(' '), variables),
): IndexLocation {
  const mirror = resolveMirror(own, mirrors, variables);
  const url = mirror === undefined ? own : indexUrl(mirror.reveal(), workingDirectory, redact);
  return { url, mirrored: mirror !== undefined, local: !url.isWeb };
}

/** Returns the path of a file URL. @throws InvalidIndexUrl */
export function localPathOf(url: SafeUrl): string {
  try {
    return fileURLToPath(url.reveal());
  } catch (error) {
    throw new InvalidIndexUrl(url, reasonOf(error));
  }
}
