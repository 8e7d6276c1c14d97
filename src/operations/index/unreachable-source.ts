import { isLoopback } from '../../platform/http/http.ts';
import { isPublicHost, sshHostOf } from '../../sources/git/public-url.ts';

/**
 * Returns why other machines probably cannot fetch from the URL of a source, as the completion of `The URL ...`; `undefined`
 * if there is no sign of that. A URL that is relative to the index is not judged: the archive is published with the index.
 */
export function unreachableReason(url: string): string | undefined {
  const sshHost = sshHostOf(url);
  if (sshHost !== undefined) return hostReason(sshHost);
  if (/^(?:[a-z]:)?[/\\]|^~/i.test(url)) return 'is a path on this machine';
  const parsed = URL.parse(url.replace(/^git\+/i, ''));
  if (parsed === null) return undefined;
  if (parsed.protocol === 'file:') return 'names a file of this machine';
  if (parsed.hostname === '') return undefined;
  const reason = hostReason(parsed.hostname);
  if (reason !== undefined || parsed.protocol !== 'http:') return reason;
  return 'is plain http, which attune refuses unless pack_registry.allow_http is set';
}

function hostReason(host: string): string | undefined {
  const address = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLoopback(host) || isLoopback(address)) return `has the host '${host}', which is this machine`;
  if (
    isPrivateAddress(address) ||
    /\.(?:local|internal|lan|home|localdomain)\.?$/.test(address) ||
    !isPublicHost(host)
  ) {
    return `has the host '${host}', which exists only in your network or ssh configuration`;
  }
  return undefined;
}

/** RFC 1918, RFC 3927, RFC 4193 and RFC 4291. */
function isPrivateAddress(address: string): boolean {
  if (address.includes(':')) return /^(?:f[cd]|fe[89ab])/.test(address);
  return /^(?:10\.\d+|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+$/.test(address);
}
