import type { PinReceipt } from '../../../operations/installed/pin-pack.ts';
import type { Style } from '../../text/style.ts';

export function pinView({ packs, dry_run: isPlan }: PinReceipt, style: Style): string {
  return packs
    .map(({ ref, version, pinned, changed }) => {
      const state = pinned ? `pinned at ${version}` : `not pinned (${version})`;
      if (!changed) return `Pack '${ref}' is already ${state}\n`;
      if (isPlan) return `Would ${pinned ? 'pin' : 'unpin'} pack '${ref}' ${pinned ? 'at ' : ''}${version}\n`;
      return `${style.green('✓')} Pack '${ref}' is now ${state}\n`;
    })
    .join('');
}
