import type { UninstallReceipt } from '../../operations/uninstall-packs.ts';
import type { Style } from '../style.ts';

export function uninstallView({ packs, broken }: UninstallReceipt, style: Style): string {
  const lines = packs.map(({ ref, version }) => `${style.green('✓')} Pack '${ref}' ${version} uninstalled`);
  if (broken.length > 0) lines.push(`${style.yellow('!')} Now lacking what they need: ${broken.join(', ')}`);
  return lines.map((line) => `${line}\n`).join('');
}
