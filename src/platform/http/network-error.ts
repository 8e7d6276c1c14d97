import { reasonOf } from '../../errors.ts';
import type { SafeUrl } from '../safe-url.ts';
import { NetworkError } from './http.ts';

const CHECK_NETWORK =
  'Check the network, the proxy (HTTPS_PROXY) and the address; behind an air gap, set up a mirror in settings.yaml.';

/** The progress of a request. */
export type Phase = 'connecting' | 'waiting' | 'reading' | 'slow' | 'exhausted';

/** Returns the error of a request that made no progress for too long. Another attempt may follow unless the time is exhausted. */
export function timeoutError(url: SafeUrl, phase: Phase, milliseconds: number): NetworkError {
  const seconds = `${milliseconds / 1000} s`;
  const withSetting = (key: string) => `${CHECK_NETWORK} To wait longer, raise ${key} in settings.yaml.`;
  const [why, hint] = {
    connecting: [`no connection was established within ${seconds}`, withSetting('downloads.connect_timeout')],
    waiting: [
      `it accepted the connection but sent no response within ${seconds}`,
      withSetting('pack_registry.timeout'),
    ],
    reading: [`it stopped sending its response for ${seconds}`, withSetting('pack_registry.timeout')],
    exhausted: [`it made no progress in ${seconds} of waiting in all`, withSetting('pack_registry.timeout')],
    slow: [`it sent less than 1 KiB/s of its response for ${seconds}`, withSetting('pack_registry.timeout')],
  }[phase] as [string, string];
  return new NetworkError('TIMEOUT', url, why, hint, { transient: phase !== 'exhausted' });
}

/** Returns the error of a response that ended early. */
export function connectionLostError(url: SafeUrl, why = 'the connection was cut', cause?: unknown): NetworkError {
  return new NetworkError('UNREACHABLE', url, why, CHECK_NETWORK, { transient: true, cause });
}

/**
 * Reasons by system code (errno, getaddrinfo). An unknown host and a missing network do not recover within the retries, so
 * they are not transient.
 */
const REASONS: Readonly<Record<string, { why: string; transient: boolean }>> = {
  ENOTFOUND: { why: 'the host name is unknown', transient: false },
  EAI_AGAIN: { why: 'the host name could not be resolved', transient: true },
  ECONNREFUSED: { why: 'the connection was refused', transient: true },
  ECONNRESET: { why: 'the connection was cut', transient: true },
  ECONNABORTED: { why: 'the connection was cut', transient: true },
  EPIPE: { why: 'the connection was cut', transient: true },
  ERR_STREAM_PREMATURE_CLOSE: { why: 'the connection was cut', transient: true },
  ETIMEDOUT: { why: 'the connection timed out', transient: true },
  EHOSTUNREACH: { why: 'the host is unreachable', transient: false },
  ENETUNREACH: { why: 'the network is unreachable', transient: false },
};

/** Converts an error that the system or Node threw for a request. */
export function networkErrorFrom(url: SafeUrl, error: unknown): NetworkError {
  if (error instanceof NetworkError) return error;
  const cause = deepestCause(error);
  const code = String(cause.code ?? '');
  const known = REASONS[code];
  if (known) {
    const { why, transient } = known;
    return new NetworkError('UNREACHABLE', url, why, CHECK_NETWORK, { transient, cause: error });
  }
  if (code === 'ERR_PROXY_TUNNEL') {
    const why = `the proxy refused the connection (${reasonOf(cause)})`;
    return new NetworkError('UNREACHABLE', url, why, 'Check HTTPS_PROXY and NO_PROXY.', { cause: error });
  }
  if (code.startsWith('HPE_')) return protocolError(url, `its response is not valid HTTP (${code})`, error);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    const why = `the TLS handshake failed (${code})`;
    return new NetworkError('TLS', url, why, 'Check whether the server supports https at this address.', {
      cause: error,
    });
  }
  if (isCertificateError(code)) {
    const why = `its certificate is not trusted (${code})`;
    const hint = 'Name the certificate authority in NODE_EXTRA_CA_CERTS.';
    return new NetworkError('TLS', url, why, hint, { cause: error });
  }
  return new NetworkError('UNREACHABLE', url, reasonOf(cause), CHECK_NETWORK, { cause: error });
}

/** Returns the error of a server that violates HTTP. */
export function protocolError(url: SafeUrl, why: string, cause?: unknown): NetworkError {
  return new NetworkError('PROTOCOL', url, why, 'Report this to the operator of the server or of its proxy.', {
    cause,
  });
}

function isCertificateError(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO|TLS/.test(code);
}

/** Returns whether the certificate was issued by an authority that is not trusted so far. */
export function isUnknownAuthority(error: unknown): boolean {
  return /^(UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT.*)|(DEPTH_ZERO_)?SELF_SIGNED_CERT.*)$/.test(
    String(deepestCause(error).code ?? ''),
  );
}

function deepestCause(error: unknown): { code?: unknown } & Error {
  let current = error as Error & { code?: unknown; errors?: unknown[] };
  for (let depth = 0; depth < 5; depth++) {
    const next = current.cause ?? current.errors?.[0];
    if (!(next instanceof Error)) break;
    current = next as typeof current;
  }
  return current;
}
