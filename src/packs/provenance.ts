/** What a ref of a git repository was when it was resolved. A branch moves; the default branch counts as one. */
export type GitRefType = 'branch' | 'tag' | 'commit';

/** The origin of content as it is recorded and printed. No URL contains user info. */
export interface Provenance {
  readonly type: 'git' | 'archive' | 'directory';
  /** The requested URL or path. */
  readonly url: string;
  /** The mirror that was used instead, if any. */
  readonly mirror: string | undefined;
  /** The requested branch, tag or commit; `null` for the default branch and for sources other than git. */
  readonly ref: string | null;
  /** What `ref` is; `undefined` if that is unknown, and for sources other than git. */
  readonly refType?: GitRefType | undefined;
  /** 40 hexadecimal digits. */
  readonly commit: string | null;
}
