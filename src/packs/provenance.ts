/** Where content really came from, as it is recorded and printed: no URL holds user info. */
export interface Provenance {
  readonly type: 'git' | 'archive' | 'directory';
  /** What was asked for. */
  readonly url: string;
  /** What was used in its place, if a mirror was. */
  readonly mirror: string | undefined;
  /** The branch, tag or commit that was asked for; `null` for the default branch and where there is no git. */
  readonly ref: string | null;
  /** 40 hexadecimal digits. */
  readonly commit: string | null;
}
