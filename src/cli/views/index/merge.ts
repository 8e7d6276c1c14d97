import type { MergeResult } from '../../../operations/index/merge-indexes.ts';
import type { Style } from '../../text/style.ts';

export function indexMergeView(result: MergeResult, style: Style): string {
  const files = result.sources_count === 1 ? 'index file' : 'index files';
  const merged = `${result.sources_count} ${files} into ${result.output_file}`;
  const lines = [
    'dry_run' in result ? `Would merge ${merged}` : `${style.green('✓')} Merged ${merged}`,
    `  Total packs loaded: ${result.total_loaded}`,
    `  Unique packs: ${result.unique_packs}`,
    `  Duplicates resolved: ${result.duplicates_resolved}`,
  ];
  if (result.conflicts.length > 0) lines.push(`${style.yellow('!')} Conflicts: ${result.conflicts.length}`);
  return lines.map((line) => `${line}\n`).join('');
}
