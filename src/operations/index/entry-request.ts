import type { Runtime } from '../runtime.ts';

/** The pack that an entry describes and its install sources, as given on the command line. */
export interface EntryRequest {
  readonly path: string;
  readonly gitUrl: string | undefined;
  /** A tag, branch or commit; defaults to `v<version>`. */
  readonly gitRef: string | undefined;
  readonly archiveUrl: string | undefined;
  readonly archiveFile: string | undefined;
  /** `algorithm:hex` */
  readonly archiveChecksum: string | undefined;
}

/** The services that building an entry uses. */
export type EntryRuntime = Pick<Runtime, 'config' | 'environment' | 'http' | 'processes' | 'reporter'>;
