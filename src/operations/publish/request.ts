import type { Profile } from '../../registry/index/codes.ts';

export interface PublishRequest {
  /** The path of the pack. */
  readonly path: string;
  /** The index: a local file, or a file in a git repository. */
  readonly registry: { readonly file: string } | RegistryRepository;
  readonly archive: ArchiveTarget | undefined;
  /** Create the tag of the version, and push it to `origin`. */
  readonly tag: boolean;
  /** Create an index that does not exist. */
  readonly create: boolean;
  readonly registryName: string | undefined;
  readonly registryUrl: string | undefined;
  readonly profile: Profile;
  readonly keepReleases: boolean;
  /** `Name <email>` */
  readonly author: string | undefined;
  readonly dryRun: boolean;
}

export interface RegistryRepository {
  readonly url: string;
  /** `undefined` for the default branch. */
  readonly branch: string | undefined;
  /** The path of the index in the repository. */
  readonly indexPath: string;
}

export interface ArchiveTarget {
  /** The directory to which the archive is written. */
  readonly directory: string;
  /** The URL at which it will be available, with `{ref}` and `{version}`. */
  readonly urlTemplate: string;
}

/** The JSON document of `pack publish` (spec/authoring.md). */
export interface PublishResult {
  readonly success?: true;
  /** In place of `success`: nothing was written. */
  readonly dry_run?: true;
  readonly ref: string;
  readonly version: string;
  readonly action: 'published' | 'unchanged';
  /** The path of the index, or the URL of its repository without credentials. */
  readonly index: string;
  readonly archive?: { readonly path: string; readonly url: string; readonly checksum: string };
  /** The tag that was created. */
  readonly tag?: string;
  /** The commit in the repository of the index; `null` for a file, and if nothing was committed. */
  readonly commit: string | null;
  readonly pushed: boolean;
  /** The branch that was, or would be, pushed. */
  readonly branch?: string;
  /** With `--dry-run`: the unified diff of the index. */
  readonly diff?: string;
  readonly signatures: readonly [];
  readonly warnings: readonly string[];
}
