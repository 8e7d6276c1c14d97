import type { InstallReceipt } from '../../../operations/install/receipt.ts';
import type { Style } from '../../text/style.ts';
import { installView } from './install.ts';
import { notUpgradableText } from './not-upgradable.ts';

/** Formats the changed packs and those that cannot be upgraded; the JSON document lists all packs. */
export function upgradeView(receipt: InstallReceipt, style: Style): string {
  const packs = receipt.packs.filter(({ action }) => action !== 'unchanged');
  const fixed = notUpgradableText(receipt.packs.filter(({ reason }) => reason !== undefined));
  if (packs.length > 0) return installView({ ...receipt, packs }, style) + fixed;
  return (
    (receipt.warnings.length + fixed.length === 0 ? 'All packs are up to date.\n' : 'There is nothing to upgrade.\n') +
    fixed
  );
}
