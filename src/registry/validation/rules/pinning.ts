import { parseDigest } from '../../../packs/digest.ts';
import type { Fields } from '../../index/fields.ts';
import type { IndexSource } from '../../index/format.ts';

const WEAK = ['sha1', 'md5'];

/** Whether what a source names is pinned: by a checksum that cannot be forged, at a commit that cannot be moved. */
export function inspectPinning(fields: Fields, source: IndexSource): void {
  inspectChecksum(fields, source.checksum);
  if (source.type !== 'git' || fields.raw('ref') !== source.ref) return;
  if (!/^[^\s-]\S*$/.test(source.ref)) {
    fields.problem('invalid-git-ref', ['ref'], `'${source.ref}' cannot be a commit, a tag or a branch`);
  } else if (!/^[0-9a-f]{40}$/.test(source.ref)) {
    fields.problem('git-ref-not-commit', ['ref'], `'${source.ref}' is not a commit id of 40 lower-case digits`);
  }
}

function inspectChecksum(fields: Fields, checksum: string): void {
  if (checksum === '') return;
  const { algorithm, hex } = parseDigest(checksum, { allowWeak: true });
  if (WEAK.includes(algorithm)) {
    fields.problem('weak-checksum', ['checksum'], `${algorithm} can be forged, so a match would prove nothing`);
  }
  if (checksum !== `${algorithm}:${hex}`) {
    fields.problem('checksum-spelling', ['checksum'], 'is not in lower case, or has blanks around it');
  }
}
