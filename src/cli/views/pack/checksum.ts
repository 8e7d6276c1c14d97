import type { ChecksumResult } from '../../../operations/checksum/checksum-path.ts';

/** One line for scripts; each file before it, as `sha256sum` prints them, when they were asked for. */
export function checksumView({ checksum, file_checksums = [] }: ChecksumResult): string {
  return [...file_checksums.map(({ path, sha256 }) => `${sha256}  ${path}`), checksum]
    .map((line) => `${line}\n`)
    .join('');
}
