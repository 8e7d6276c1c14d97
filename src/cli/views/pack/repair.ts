import type { PlannedRepair, RepairedPack, RepairReceipt } from '../../../operations/repair/repair-packs.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';

const FROM = {
  itself: 'from its own files',
  kept: 'from the retained releases',
  cache: 'from the cache',
  source: 'from its source',
} as const;

export function repairView(receipt: RepairReceipt, style: Style): string {
  const { packs } = receipt;
  const intact = packs.filter(({ action }) => action === 'intact').length;
  const lines = packs.flatMap((pack) => packLines(pack, style));
  if (intact > 0 || packs.length === 0) lines.push(`${count(intact, 'release')} intact`);
  return lines.map((line) => `${line}\n`).join('');
}

/** Returns the message on standard error that accompanies a document with failures. */
export function repairFailure({ packs }: RepairReceipt): string {
  const lines = packs.flatMap((pack) =>
    pack.action === 'failed' ? `${pack.ref} ${pack.version} was not repaired. ${pack.error?.message ?? ''}` : [],
  );
  return lines.join('\n');
}

function packLines(pack: PlannedRepair | RepairedPack, style: Style): string[] {
  const name = `${style.bold(pack.ref)} ${pack.version}${pack.current ? '' : style.dim(' (retained)')}`;
  switch (pack.action) {
    case 'repair':
      return [`Would repair ${name} ${originOf(pack)}`];
    case 'repaired':
      return [
        `${style.green('✓')} ${name} repaired ${originOf(pack)}`,
        ...(pack.set_aside === null ? [] : [`    Its changed files are in ${pack.set_aside}`]),
      ];
    case 'failed':
      return [
        `${style.red('✗')} ${name} not repaired: ${pack.error?.message ?? ''}`,
        ...(pack.error?.hint === undefined ? [] : [`    ${pack.error.hint}`]),
      ];
    case 'intact':
      return [];
  }
}

function originOf({ from, source }: Pick<RepairedPack, 'from' | 'source'>): string {
  return `${from === null ? '' : FROM[from]}${source === null ? '' : `: ${source}`}`;
}

/** Returns the confirmation prompt before files are replaced and sources are contacted. */
export function repairQuestion(plan: readonly PlannedRepair[]): string {
  return `Repair ${plan.map((pack) => `${pack.ref} ${pack.version} ${originOf(pack)}`).join('; ')}?`;
}
