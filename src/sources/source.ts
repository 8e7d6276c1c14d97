import type { WrittenFile } from '../archives/write-tree.ts';
import type { Limits } from '../limits.ts';
import type { Digest } from '../packs/digest.ts';
import type { Provenance } from '../packs/provenance.ts';
import type { Fingerprint } from '../packs/tree/checksum.ts';
import type { Http } from '../platform/http/http.ts';
import type { Processes } from '../platform/processes/types.ts';
import type { Reporter } from '../platform/reporter.ts';
import type { SafeUrl } from '../platform/safe-url.ts';
import type { DownloadCache } from './cache/download-cache.ts';

/** A source from which a pack can be fetched. */
export type SourceRequest =
  /** `url` is https, http, ssh, file or a local path; `refSpec` is a branch, a tag or a commit. */
  | { readonly kind: 'git'; readonly url: SafeUrl; readonly refSpec: string | undefined }
  /** `url` is http(s), file or a local path. */
  | { readonly kind: 'archive'; readonly url: SafeUrl; readonly expected: Digest | undefined }
  /** An http(s) URL of a git repository or an archive; a request to the server decides. */
  | { readonly kind: 'web'; readonly url: SafeUrl; readonly expected: Digest | undefined }
  /** An absolute path of a directory, an archive or a bare repository. */
  | { readonly kind: 'path'; readonly path: string; readonly expected: Digest | undefined };

/** The result of a fetch. */
export interface FetchedSource {
  readonly provenance: Provenance;
  /** SHA-256 over the exact bytes of the archive, if the source is one. */
  readonly archiveChecksum: Digest | undefined;
  /** The pack among the files, if its files were read while they were written. */
  readonly written?: WrittenPack | undefined;
  /** All files of a small source, as they were written to the destination. */
  readonly contents?: readonly WrittenFile[] | undefined;
  /** A git packfile in scratch that contains exactly these files; see `unpackCachedPackfile`. */
  readonly packfile?: string | undefined;
}

/** The files of a pack that were hashed while they were written. */
export interface WrittenPack {
  /** The pack's location in the destination: empty, or a path that ends in `/`. */
  readonly prefix: string;
  /** The fingerprint of the pack's own files. */
  readonly fingerprint: Fingerprint;
}

/** The collaborators and settings of all sources. */
export interface SourceTools {
  readonly http: Http;
  /** Runs the user's ssh program for git over ssh. */
  readonly processes: Processes;
  readonly reporter: Reporter;
  readonly limits: Limits;
  /** URL prefixes and their replacements; the longest match wins. */
  readonly mirrors: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** An existing directory for downloads, private to this operation, on the store's file system. */
  readonly scratch: string;
  /** Omitted if content must come from its publisher, regardless of what is cached. */
  readonly cache?: DownloadCache | undefined;
  /** Idle timeout in milliseconds for ssh programs; `http` has its own. */
  readonly timeoutMs: number;
}

/**
 * Fetches the content of a source into `destination`, a path in staging that does not exist yet. All files satisfy the
 * rules of SPEC section 9. The expected checksum of an archive is verified before the archive is opened.
 */
export type FetchSource = (request: SourceRequest, destination: string, tools: SourceTools) => Promise<FetchedSource>;
