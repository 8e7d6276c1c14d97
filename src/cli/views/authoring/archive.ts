import type { ArchiveResult } from '../../../operations/archive/archive-pack.ts';
import { formatBytes } from '../../progress/format.ts';
import type { Style } from '../../text/style.ts';

export function archiveView(result: ArchiveResult, style: Style): string {
  const { ref, version, path, files, bytes, checksum, content_checksum } = result;
  const done = result.dry_run ? 'would be packed into' : 'packed into';
  return [
    `${style.green('✓')} Pack '${ref}' ${version} ${done} ${path}`,
    `  Files: ${files}`,
    `  Size: ${formatBytes(bytes)}`,
    `  Checksum: ${checksum}`,
    `  Content checksum: ${content_checksum}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}
