import type { EntryDocument } from '../registry/entry-document.ts';
import type { Runtime } from './runtime.ts';

/** Which pack an entry is for and where it can be had, as it was typed. */
export interface EntryRequest {
  readonly path: string;
  readonly gitUrl: string | undefined;
  /** A tag, a branch or a commit; `v<version>` where it is left out. */
  readonly gitRef: string | undefined;
  readonly archiveUrl: string | undefined;
  readonly archiveFile: string | undefined;
  /** `algorithm:hex` */
  readonly archiveChecksum: string | undefined;
}

export interface BuiltEntry {
  readonly entry: EntryDocument;
  /** The directory checksum (`sha256:...`) of the pack's files as they are published: the commit's where it is known. */
  readonly contentChecksum: string;
  /** What the reporter was told on the way. */
  readonly warnings: readonly string[];
}

export async function buildIndexEntry(_request: EntryRequest, _runtime: Runtime): Promise<BuiltEntry> {
  throw new Error('in progress');
}
