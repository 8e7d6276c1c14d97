import type { LockReceipt } from '../../../operations/lock/lock-packs.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';

const DONE = { written: 'written', unchanged: 'is up to date' };

export function lockView(receipt: LockReceipt, style: Style): string {
  const { lock_file, packs, action } = receipt;
  const lines = packs.map(({ ref, version, requested }) => {
    const note = requested ? '' : style.dim(' (dependency)');
    return `  ${style.bold(ref)} ${version}${note}\n`;
  });
  if ('dry_run' in receipt && action === 'written') {
    return `Would write ${lock_file}: ${count(packs.length, 'pack')}\n${lines.join('')}`;
  }
  return `${style.green('✓')} ${lock_file} ${DONE[action]}: ${count(packs.length, 'pack')}\n${lines.join('')}`;
}
