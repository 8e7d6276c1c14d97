import type { RollbackReceipt } from '../../../operations/installed/rollback-pack.ts';
import type { Style } from '../../text/style.ts';

export function rollbackView(receipt: RollbackReceipt, style: Style): string {
  const { ref, version, from_version: from, changed } = receipt;
  if (!changed) return `Pack '${ref}' is at ${version} already\n`;
  return [
    `${style.green('✓')} Pack '${ref}' rolled back`,
    `  Version: ${version} (it was ${from})`,
    `  Return to ${from} with: attune pack rollback ${ref}`,
    `  Hold it at ${version} with: attune pack pin ${ref}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}
