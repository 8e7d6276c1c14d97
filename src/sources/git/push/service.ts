import type { Http } from '../../../platform/http/http.ts';
import type { Processes } from '../../../platform/processes/types.ts';
import type { Reporter } from '../../../platform/reporter.ts';

/** A service of a repository, independent of how it is reached. */
export interface ServiceConnection extends AsyncDisposable {
  /** Returns the list of refs in the form of smart HTTP. */
  rawAdvertisement(): Promise<Buffer>;
  /** Sends a request that refers to the advertisement. */
  exchange(request: Buffer): Promise<AsyncIterable<Uint8Array>>;
}

export interface PushTools {
  readonly http: Http;
  readonly processes: Processes;
  readonly reporter: Reporter;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}
