import { reasonOf } from '../../errors.ts';
import type { SafeUrl } from '../safe-url.ts';
import { NetworkFault } from './http.ts';

const CHECK_NETWORK =
  'Check the network, a proxy (HTTPS_PROXY) and the address; behind an air gap, set up a mirror in config.yaml.';

/** How far a request had come. */
export type Phase = 'connecting' | 'waiting' | 'reading';

/** Nothing happened for too long. */
export function timeoutFault(url: SafeUrl, phase: Phase, milliseconds: number): NetworkFault {
  const seconds = `${milliseconds / 1000} s`;
  const longer = (key: string) => `${CHECK_NETWORK} ${key} in config.yaml is how long attune waits.`;
  const [why, hint] = {
    connecting: [`no connection came about within ${seconds}`, longer('downloads.connect_timeout')],
    waiting: [`it took the connection, and no answer came within ${seconds}`, longer('pack_registry.timeout')],
    reading: [`its answer stopped coming, and nothing more came for ${seconds}`, longer('pack_registry.timeout')],
  }[phase] as [string, string];
  return new NetworkFault('TIMEOUT', url, why, hint, { passing: true });
}

/** An answer that ended before its end. */
export function cutFault(url: SafeUrl, why = 'the connection was cut', cause?: unknown): NetworkFault {
  return new NetworkFault('UNREACHABLE', url, why, CHECK_NETWORK, { passing: true, cause });
}

/**
 * The system's codes (errno, getaddrinfo) in words. A name that is not known and a network that is not there stay so
 * for longer than anybody waits; the others may pass.
 */
const CAUSES: Readonly<Record<string, { why: string; passing: boolean }>> = {
  ENOTFOUND: { why: 'the name of the host is not known', passing: false },
  EAI_AGAIN: { why: 'the name of the host could not be looked up', passing: true },
  ECONNREFUSED: { why: 'the connection was refused', passing: true },
  ECONNRESET: { why: 'the connection was cut', passing: true },
  ECONNABORTED: { why: 'the connection was cut', passing: true },
  EPIPE: { why: 'the connection was cut', passing: true },
  ERR_STREAM_PREMATURE_CLOSE: { why: 'the connection was cut', passing: true },
  ETIMEDOUT: { why: 'the connection timed out', passing: true },
  EHOSTUNREACH: { why: 'there is no way to the host', passing: false },
  ENETUNREACH: { why: 'there is no network', passing: false },
};

/** What the system or Node threw at a request, in words. */
export function faultOf(url: SafeUrl, error: unknown): NetworkFault {
  if (error instanceof NetworkFault) return error;
  const cause = deepestCause(error);
  const code = String(cause.code ?? '');
  const known = CAUSES[code];
  if (known) {
    const { why, passing } = known;
    return new NetworkFault('UNREACHABLE', url, why, CHECK_NETWORK, { passing, cause: error });
  }
  if (code === 'ERR_PROXY_TUNNEL') {
    const why = `the proxy does not let it through (${reasonOf(cause)})`;
    return new NetworkFault('UNREACHABLE', url, why, 'Check HTTPS_PROXY and NO_PROXY.', { cause: error });
  }
  if (code.startsWith('HPE_')) return brokenProtocol(url, `what it answers is not right HTTP (${code})`, error);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    const why = `it does not speak TLS in a way that can be understood (${code})`;
    return new NetworkFault('TLS', url, why, 'Check whether its address begins with https.', { cause: error });
  }
  if (isDistrust(code)) {
    const why = `its certificate is not trusted (${code})`;
    const hint = 'Name the certificate authority in NODE_EXTRA_CA_CERTS.';
    return new NetworkFault('TLS', url, why, hint, { cause: error });
  }
  return new NetworkFault('UNREACHABLE', url, reasonOf(cause), CHECK_NETWORK, { cause: error });
}

/** A server that breaks the rules of HTTP. */
export function brokenProtocol(url: SafeUrl, why: string, cause?: unknown): NetworkFault {
  return new NetworkFault('PROTOCOL', url, why, 'Tell who runs the server, or a proxy before it.', { cause });
}

function isDistrust(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO|TLS/.test(code);
}

/** The certificate comes from an authority that nobody has named so far. */
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
