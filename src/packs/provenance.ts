/** The origin of content as it is recorded and printed. No URL contains user info. */
export interface Provenance {
  readonly type: 'git' | 'archive' | 'directory';
  /** The requested URL or path. */
  readonly url: string;
  /** The mirror that was used instead, if any. */
  readonly mirror: string | undefined;
  /** The requested branch, tag or commit; `null` for the default branch and for sources other than git. */
  readonly ref: string | null;
  /** 40 hexadecimal digits. */
  readonly commit: string | null;
}
