import { AttuneError } from '../errors.ts';

export type StrongAlgorithm = 'sha256' | 'sha512';
export type WeakAlgorithm = 'sha1' | 'md5';
export type Algorithm = StrongAlgorithm | WeakAlgorithm;

const HEX_DIGITS: Readonly<Record<Algorithm, number>> = { sha256: 64, sha512: 128, sha1: 40, md5: 32 };

/** A checksum as SPEC section 3 writes it, `algorithm:hex`, the digits in lower case. */
export interface Digest {
  readonly algorithm: Algorithm;
  readonly hex: string;
}

export class InvalidChecksum extends AttuneError {
  constructor(text: string, why: string, hint: string) {
    super('INVALID_CHECKSUM', `'${text}' is not a checksum that attune accepts: ${why}.`, {
      facts: { checksum: text },
      hint,
    });
  }
}

export function formatDigest(digest: Digest): string {
  return `${digest.algorithm}:${digest.hex}`;
}

/**
 * @param text `algorithm:hex`; the digits may be in either case
 * @throws InvalidChecksum for another form, and for `sha1` and `md5` unless `allowWeak`
 */
export function parseDigest(text: string, { allowWeak = false } = {}): Digest {
  const [name = '', hex = ''] = text.trim().split(/:(.*)/s);
  const algorithm = name.toLowerCase();
  const form = 'Write it as sha256: and 64 hexadecimal digits.';
  if (!Object.hasOwn(HEX_DIGITS, algorithm))
    throw new InvalidChecksum(text, 'the algorithm is not sha256 or sha512', form);
  const digits = HEX_DIGITS[algorithm as Algorithm];
  if (!/^[0-9a-f]+$/i.test(hex) || hex.length !== digits) {
    throw new InvalidChecksum(text, `${algorithm} has ${digits} hexadecimal digits`, form);
  }
  if (!allowWeak && (algorithm === 'sha1' || algorithm === 'md5')) {
    throw new InvalidChecksum(
      text,
      `${algorithm} can be forged, so a match would prove nothing`,
      'Ask the publisher for a sha256 checksum (pack install can be told to take the risk with --allow-weak-checksum).',
    );
  }
  return { algorithm: algorithm as Algorithm, hex: hex.toLowerCase() };
}

export function sameDigest(one: Digest, other: Digest): boolean {
  return one.algorithm === other.algorithm && one.hex === other.hex;
}
