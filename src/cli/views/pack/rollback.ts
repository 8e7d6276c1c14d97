import type { RollbackReceipt } from '../../../operations/installed/rollback-pack.ts';
import type { Style } from '../../text/style.ts';

export function rollbackView(receipt: RollbackReceipt, style: Style): string {
  const { ref, version, from_version: from, changed } = receipt;
  if (!changed) return `Pack '${ref}' is already at ${version}\n`;
  if ('dry_run' in receipt) return `Would roll pack '${ref}' back from ${from} to ${version}\n`;
  return [
    `${style.green('✓')} Pack '${ref}' rolled back`,
    `  Version: ${version} (was ${from})`,
    `  Return to ${from} with: attune pack rollback ${ref}`,
    `  Pin it to ${version} with: attune pack pin ${ref}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}
