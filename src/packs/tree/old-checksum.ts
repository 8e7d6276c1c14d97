/**
 * The directory checksum that earlier versions of the platform's client wrote into entries (SPEC section 4): one SHA-256
 * over path and content of each file, without frames. It is ambiguous, because different trees produce the same bytes.
 */
import { createHash } from 'node:crypto';
import { AttuneError } from '../../errors.ts';
import { type Digest, formatDigest } from '../digest.ts';
import { compareByComponent } from './order.ts';
import type { FileTree } from './tree.ts';

/** An expected checksum is one of an earlier version of the platform's client. */
export class OldChecksum extends AttuneError {
  /** @param subject the files, as in `The files from https://...` @param actual the checksum of the current form */
  constructor(subject: string, expected: Digest, actual: Digest) {
    const [old, current] = [formatDigest(expected), formatDigest(actual)];
    super(
      'INTEGRITY_OLD_CHECKSUM',
      `${subject} have the expected checksum only in the form of earlier versions of the platform's client, which other files can have as well.\n  expected: ${old}\n  actual:   ${current}`,
      {
        facts: { expected: old, actual: current },
        hint: "Have the publisher write the entry again with 'attune pack index-update --update --index FILE PATH', or accept the checksum once with --allow-weak-checksum.",
      },
    );
  }
}

/** Returns whether an expected checksum that a tree does not have is explained by the earlier form. */
export function matchesOldChecksum(tree: FileTree, expected: Digest): boolean {
  if (expected.algorithm !== 'sha256') return false;
  const hash = createHash('sha256');
  for (const file of tree.files.toSorted((one, other) => compareByComponent(one.path, other.path))) {
    hash.update(file.path);
    for (const chunk of file.chunks()) hash.update(chunk);
  }
  return hash.digest('hex') === expected.hex;
}
