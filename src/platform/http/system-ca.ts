import * as tls from 'node:tls';

let trusted = false;

/** Whether `trustSystemAuthorities` was called. */
export function systemAuthoritiesAreTrusted(): boolean {
  return trusted;
}

/**
 * Trusts the certificate authorities of the system beside Node's own and those of NODE_EXTRA_CA_CERTS, from now on.
 * Reading them takes as long as a small download (100 ms were measured for 140), and almost every server has a
 * certificate from an authority that Node knows: so this is left until one has not.
 */
export function trustSystemAuthorities(): void {
  if (trusted) return;
  trusted = true;
  const known = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...new Set([...known, ...tls.getCACertificates('system')])]);
}
