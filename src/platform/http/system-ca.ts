import * as tls from 'node:tls';

let trusted = false;

/** Returns whether `trustSystemAuthorities` was called. */
export function systemAuthoritiesAreTrusted(): boolean {
  return trusted;
}

/**
 * Additionally trusts the certificate authorities of the system from now on. Loading them is slow (100 ms measured for 140
 * certificates), and Node knows the authority of almost every server, so this is done only after an unknown authority.
 */
export function trustSystemAuthorities(): void {
  if (trusted) return;
  trusted = true;
  const known = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...new Set([...known, ...tls.getCACertificates('system')])]);
}
