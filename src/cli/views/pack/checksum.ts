import type { ChecksumResult } from '../../../operations/checksum/checksum-path.ts';

/** Formats the checksum on one line, for scripts; with `--files`, after the files in the format of `sha256sum`. */
export function checksumView({ checksum, file_checksums = [] }: ChecksumResult): string {
  return [...file_checksums.map(({ path, sha256 }) => `${sha256}  ${path}`), checksum]
    .map((line) => `${line}\n`)
    .join('');
}
