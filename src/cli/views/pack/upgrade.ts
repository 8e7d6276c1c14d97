import type { InstallReceipt } from '../../../operations/install/receipt.ts';
import type { Style } from '../../text/style.ts';
import { installView } from './install.ts';

/** Formats the changed packs only; the JSON document lists all packs. */
export function upgradeView(receipt: InstallReceipt, style: Style): string {
  const packs = receipt.packs.filter(({ action }) => action !== 'unchanged');
  if (packs.length > 0) return installView({ ...receipt, packs }, style);
  return receipt.warnings.length === 0 ? 'All packs are up to date.\n' : 'There is nothing to upgrade.\n';
}
