import type { PinReceipt } from '../../../operations/installed/pin-pack.ts';
import type { Style } from '../../text/style.ts';

export function pinView({ packs }: PinReceipt, style: Style): string {
  return packs
    .map(({ ref, version, pinned, changed }) => {
      const state = pinned ? `pinned at ${version}` : `not pinned (${version})`;
      return changed ? `${style.green('✓')} Pack '${ref}' is now ${state}\n` : `Pack '${ref}' is already ${state}\n`;
    })
    .join('');
}
