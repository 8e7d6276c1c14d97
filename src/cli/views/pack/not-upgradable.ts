import { shorten } from '../../../documents/problems.ts';

/** Lists packs that cannot be upgraded, each with the reason; an empty text if there are none. */
export function notUpgradableText(packs: readonly { readonly ref: string; readonly reason?: string }[]): string {
  if (packs.length === 0) return '';
  const lines = packs.map(({ ref, reason = '' }) => `  ${ref}: ${shorten(reason.split('\n', 1).join(''), 300)}\n`);
  return `Not upgradable:\n${lines.join('')}`;
}
