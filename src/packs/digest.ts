import { AttuneError } from '../errors.ts';

export type StrongAlgorithm = 'sha256' | 'sha512';
export type WeakAlgorithm = 'sha1' | 'md5';
export type Algorithm = StrongAlgorithm | WeakAlgorithm;

const HEX_DIGITS: Readonly<Record<Algorithm, number>> = { sha256: 64, sha512: 128, sha1: 40, md5: 32 };

/** A checksum (SPEC section 3), written as `algorithm:hex` with lower-case digits. */
export interface Digest {
  readonly algorithm: Algorithm;
  readonly hex: string;
}

/** A text that is not an accepted checksum. */
export class InvalidChecksum extends AttuneError {
  constructor(text: string, why: string, hint: string) {
    super('INVALID_CHECKSUM', `'${text}' is not a checksum that attune accepts: ${why}.`, {
      facts: { checksum: text },
      hint,
    });
  }
}

/** Formats a digest as `algorithm:hex`. */
export function formatDigest(digest: Digest): string {
  return `${digest.algorithm}:${digest.hex}`;
}

/**
 * Parses a checksum.
 * @param text `algorithm:hex`; the digits may be in either case
 * @throws InvalidChecksum for any other form, and for `sha1` and `md5` unless `allowWeak` is set
 */
export function parseDigest(text: string, { allowWeak = false } = {}): Digest {
  const [name = '', hex = ''] = text.trim().split(/:(.*)/s);
  const algorithm = name.toLowerCase();
  const hint = 'Write sha256: followed by 64 hexadecimal digits.';
  if (!Object.hasOwn(HEX_DIGITS, algorithm))
    throw new InvalidChecksum(text, 'the algorithm is not sha256 or sha512', hint);
  const digits = HEX_DIGITS[algorithm as Algorithm];
  if (!/^[0-9a-f]+$/i.test(hex) || hex.length !== digits) {
    throw new InvalidChecksum(text, `${algorithm} has ${digits} hexadecimal digits`, hint);
  }
  if (!allowWeak && (algorithm === 'sha1' || algorithm === 'md5')) {
    throw new InvalidChecksum(
      text,
      `${algorithm} can be forged, so a match would prove nothing`,
      'Request a sha256 checksum from the publisher, or accept the risk with pack install --allow-weak-checksum.',
    );
  }
  return { algorithm: algorithm as Algorithm, hex: hex.toLowerCase() };
}

/** Returns whether two digests have the same algorithm and value. */
export function sameDigest(one: Digest, other: Digest): boolean {
  return one.algorithm === other.algorithm && one.hex === other.hex;
}
