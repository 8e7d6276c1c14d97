import type { Limits } from '../limits.ts';
import type { Digest } from '../packs/digest.ts';
import type { Provenance } from '../packs/provenance.ts';
import type { Fingerprint } from '../packs/tree/checksum.ts';
import type { Http } from '../platform/http/http.ts';
import type { Processes } from '../platform/processes/processes.ts';
import type { Reporter } from '../platform/reporter.ts';
import type { SafeUrl } from '../platform/safe-url.ts';
import type { DownloadCache } from './cache/download-cache.ts';

/** Something that a pack can be fetched from. */
export type SourceRequest =
  /** `url` is https, http, ssh, file, or a path on this machine; `refSpec` a branch, a tag or a commit. */
  | { readonly kind: 'git'; readonly url: SafeUrl; readonly refSpec: string | undefined }
  /** `url` is http(s) or file, or a path on this machine. */
  | { readonly kind: 'archive'; readonly url: SafeUrl; readonly expected: Digest | undefined }
  /** An http(s) URL that may speak git or be an archive: it has to be asked. */
  | { readonly kind: 'web'; readonly url: SafeUrl; readonly expected: Digest | undefined }
  /** An absolute path: a directory, an archive or a bare repository, whatever is found there. */
  | { readonly kind: 'path'; readonly path: string; readonly expected: Digest | undefined };

export interface FetchedSource {
  readonly provenance: Provenance;
  /** SHA-256 over the exact bytes of the archive, where there was one. */
  readonly archiveChecksum: Digest | undefined;
  /** The pack among the files, where its files became known while they were written. */
  readonly written?: WrittenPack | undefined;
  /** A file in scratch that these files can be had from once more; see `unpackCachedPackfile`. */
  readonly kept?: string | undefined;
}

/** The files of a pack that were read through on their way to the disk. */
export interface WrittenPack {
  /** Where it begins in the destination: empty, or ends in `/`. */
  readonly place: string;
  /** Of its own files alone. */
  readonly fingerprint: Fingerprint;
}

/** What the sources need of the world. */
export interface SourceTools {
  readonly http: Http;
  /** For git over ssh, which the user's own program speaks. */
  readonly processes: Processes;
  readonly reporter: Reporter;
  readonly limits: Limits;
  /** URL prefixes and what stands in for them; the longest one wins. */
  readonly mirrors: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** An existing directory, private to this operation, on the store's file system, for downloads. */
  readonly scratch: string;
  /** Left out where content has to come from its publisher, whatever is here already. */
  readonly cache?: DownloadCache | undefined;
  /** Milliseconds for which such a program may be silent; `http` has its own. */
  readonly timeoutMs: number;
}

/**
 * Brings the content of a source into `destination`, a path in staging that does not exist yet. Everything in it has
 * passed the rules of SPEC section 9; an archive has passed its expected checksum before it is opened.
 */
export type FetchSource = (request: SourceRequest, destination: string, tools: SourceTools) => Promise<FetchedSource>;
