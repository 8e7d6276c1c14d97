/** The validators of a response (RFC 9110, 8.8). */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** Returns the headers of a conditional request (RFC 9110, 13.1). The date is for servers without entity tags. */
export function conditionalHeaders({ etag, lastModified }: Partial<Validators> = {}): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
}
