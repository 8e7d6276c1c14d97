/** A ref in a server's advertisement. */
export interface AdvertisedRef {
  /** The full name, or `HEAD`. */
  readonly name: string;
  readonly id: string;
  /** The id of the tagged object, for an annotated tag. */
  readonly peeled: string | undefined;
}

/** The refs and capabilities of a server. */
export interface Advertisement {
  readonly refs: readonly AdvertisedRef[];
  readonly capabilities: ReadonlySet<string>;
}

/** A connection to `git upload-pack`, independent of the transport. */
export interface UploadPack {
  /** The URL for messages, without user info. */
  readonly location: string;
  advertisement(): Promise<Advertisement>;
  /** Sends a request and returns the response stream. May be called more than once. */
  exchange(request: Buffer): Promise<AsyncIterable<Uint8Array>>;
}
