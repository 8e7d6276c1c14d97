/**
 * The source of a locked pack that no registry lists:
 *
 *     { "type": "git", "url", "ref", "ref_type", "commit" }
 *     { "type": "archive", "url", "checksum" }
 *
 * A path below the directory of the lock is written relative to it, so that a repository may contain both.
 */
import { isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, type InferOutput, literal, optional, picklist, pipe, regex, string, union } from 'valibot';
import { shorten } from '../../documents/problems.ts';
import { strictMapping } from '../../documents/shape.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { type Digest, formatDigest, parseDigest } from '../digest.ts';
import type { GitRefType } from '../provenance.ts';

export type LockedSource =
  | {
      readonly type: 'git';
      /** A URL, an absolute path, or a path relative to the directory of the lock that starts with `./`. */
      readonly url: string;
      /** The requested branch, tag or commit; `undefined` for the default branch. */
      readonly ref?: string | undefined;
      readonly refType?: GitRefType | undefined;
      /** 40 hexadecimal digits. */
      readonly commit: string;
    }
  | {
      readonly type: 'archive';
      readonly url: string;
      /** The SHA-256 of the archive's bytes. */
      readonly checksum: Digest;
    };

const quoted = (input: string) => `'${shorten(input, 80)}'`;
const MAX_LENGTH = 4096;

/** A text that is printed and recorded as it is. */
const printable = pipe(
  string(),
  check((text) => text !== '' && text.length <= MAX_LENGTH, 'is empty or too long'),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression detects control characters
  check((text) => !/[\u0000-\u001f\u007f]/.test(text), 'contains a control character'),
);

const location = pipe(
  printable,
  check(
    (text) => `${new SafeUrl(text)}` === text,
    'contains credentials: remove them, and set ATTUNE_GIT_TOKEN or use ~/.netrc instead',
  ),
);

const anySource = strictMapping({
  type: union([literal('git'), literal('archive')]),
  url: location,
  ref: optional(printable),
  ref_type: optional(picklist(['branch', 'tag', 'commit'])),
  commit: optional(
    pipe(
      string(),
      regex(/^[0-9a-f]{40}$/, ({ input }) => `${quoted(input)} is not a commit id of 40 hexadecimal digits`),
    ),
  ),
  checksum: optional(
    pipe(
      string(),
      regex(/^sha256:[0-9a-f]{64}$/, ({ input }) => `${quoted(input)} is not a digest with sha256:`),
    ),
  ),
});

/** The schema of a source as it is written. */
export const lockedSourceSchema = pipe(
  anySource,
  check(
    ({ type, ref, ref_type, commit, checksum }) =>
      type === 'git'
        ? commit !== undefined && checksum === undefined
        : checksum !== undefined && [ref, ref_type, commit].every((field) => field === undefined),
    'needs a commit and no checksum for git, and a checksum alone for an archive',
  ),
);

export type LockedSourceEntry = InferOutput<typeof lockedSourceSchema>;

/** Converts a source to the form in which it is written. */
export function toSourceEntry(source: LockedSource): LockedSourceEntry {
  const { type, url } = source;
  if (source.type === 'archive') return { type, url, checksum: formatDigest(source.checksum) };
  const { ref, refType, commit } = source;
  return {
    type,
    url,
    ...(ref === undefined ? {} : { ref }),
    ...(refType === undefined ? {} : { ref_type: refType }),
    commit,
  };
}

/** Converts a valid entry to a source. */
export function fromSourceEntry({
  type,
  url,
  ref,
  ref_type: refType,
  commit,
  checksum,
}: LockedSourceEntry): LockedSource {
  if (type === 'archive') return { type, url, checksum: parseDigest(checksum!) };
  return { type, url, ref, refType, commit: commit! };
}

/** Returns the location of a source as a lock in `directory` contains it. */
export function toLockedLocation(url: string, directory: string): string {
  const path = localPath(url);
  const inside = path === undefined ? undefined : relative(directory, path);
  if (inside === undefined || isAbsolute(inside) || inside.split(/[/\\]/, 1)[0] === '..') return url;
  return `./${inside.replaceAll('\\', '/')}`;
}

/** Returns the URL or the absolute path of a source in a lock. @param directory the directory of the lock */
export function resolveLockedLocation(url: string, directory: string): string {
  return /^\.\.?(?:\/|$)/.test(url) ? resolve(directory, url) : url.replace(/^git\+/i, '');
}

/** Returns whether a location names a file or directory on this machine only. */
export function isMachineSpecific(url: string): boolean {
  return localPath(url) !== undefined;
}

/** Returns the path of a file URL or an absolute path; `undefined` for every other URL. */
function localPath(url: string): string | undefined {
  if (isAbsolute(url)) return url;
  if (!/^file:\/\//i.test(url)) return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}
