import type { InstallReceipt } from '../../../operations/install/receipt.ts';
import type { Style } from '../../text/style.ts';
import { installView } from './install.ts';

/** Only what changes is worth a line; all that was looked at is in the document. */
export function upgradeView(receipt: InstallReceipt, style: Style): string {
  const packs = receipt.packs.filter(({ action }) => action !== 'unchanged');
  if (packs.length > 0) return installView({ ...receipt, packs }, style);
  return receipt.warnings.length === 0 ? 'Everything is up to date.\n' : 'There is nothing to upgrade.\n';
}
