import type { BackupReceipt } from '../../operations/database/backup-database.ts';
import type { RestorePlan, RestoreReceipt } from '../../operations/database/restore-database.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { formatBytes } from '../progress/format.ts';
import type { Style } from '../text/style.ts';
import { count } from '../text/table.ts';

export function databaseBackupView(receipt: BackupReceipt, style: Style): string {
  const { file, bytes, packs } = receipt;
  const size = `  ${count(packs, 'pack')}, ${formatBytes(bytes)}\n`;
  if ('dry_run' in receipt) return `Would copy the database to ${file}\n${size}`;
  return [
    `${style.green('✓')} Database copied to ${file}`,
    `  ${count(packs, 'pack')}, ${formatBytes(bytes)}`,
    `  Restore it with: attune db restore ${quoteForShell(file)} --yes`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

export function databaseRestoreView(result: RestoreReceipt | RestorePlan, style: Style): string {
  const lines =
    'dry_run' in result
      ? [`Would restore the database from ${result.file}`, ...changeLines(result)]
      : restoredLines(result, style);
  return lines.map((line) => `${line}\n`).join('');
}

/** Returns the confirmation prompt before the database is replaced. */
export function restoreQuestion({ file, changes }: RestorePlan): string {
  const effect = changes.length === 0 ? 'no pack changes' : `changes ${count(changes.length, 'pack')}`;
  return `Replace the database with ${file} (${effect})?`;
}

function restoredLines(receipt: RestoreReceipt, style: Style): string[] {
  const { file, kept_aside, missing, remedy, adopted } = receipt;
  const lines = [`${style.green('✓')} Database restored from ${file}`, ...changeLines(receipt)];
  if (kept_aside !== null) lines.push(`  Previous database: ${kept_aside}`);
  if (adopted.length > 0) {
    const names = adopted.map(({ ref, version }) => `${ref} ${version}`).join(', ');
    lines.push(`  Retained on disk, not current: ${names}`);
  }
  if (missing.length > 0) {
    lines.push(`${style.yellow('!')} The files of ${count(missing.length, 'pack')} are missing on disk:`);
    lines.push(...missing.map(({ ref, version }) => `    ${ref} ${version}`), `  Restore them with: ${remedy}`);
  }
  return lines;
}

function changeLines({ packs, changes }: RestorePlan | RestoreReceipt): string[] {
  const line = ({ ref, version, was }: (typeof changes)[number]) => {
    if (version === null) return `    ${ref} ${was} → not installed`;
    return `    ${ref} ${was ?? 'not installed'} → ${version}`;
  };
  return [
    `  ${count(packs, 'pack')}, ${changes.length === 0 ? 'none changed' : `${changes.length} changed`}`,
    ...changes.map(line),
  ];
}
