import type { AutoremovePlan, AutoremoveReceipt } from '../../../operations/installed/autoremove-packs.ts';
import type {
  UninstalledPack,
  UninstallPlan,
  UninstallReceipt,
} from '../../../operations/installed/uninstall-packs.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';

type Removed = Pick<UninstalledPack, 'ref' | 'version'> & { readonly needs?: string | null };

export function uninstallView(result: UninstallReceipt | UninstallPlan, style: Style): string {
  const { packs, broken, no_longer_needed: unneeded } = result;
  const isPlan = 'dry_run' in result;
  const lines = removalLines(packs, isPlan, style);
  if (broken.length > 0) {
    const effect = isPlan ? 'Packs that would have missing dependencies' : 'Packs with missing dependencies';
    lines.push(`${style.yellow('!')} ${effect}: ${broken.join(', ')}`);
  }
  if (unneeded.length > 0) {
    const verb = isPlan ? 'would be' : unneeded.length === 1 ? 'is' : 'are';
    lines.push(`${count(unneeded.length, 'pack')} ${verb} no longer needed: ${unneeded.join(', ')}`);
    lines.push(`  Remove ${unneeded.length === 1 ? 'it' : 'them'} with: attune pack autoremove --yes`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

export function autoremoveView(result: AutoremoveReceipt | AutoremovePlan, style: Style): string {
  if (result.packs.length === 0) return 'All installed packs are still needed.\n';
  return removalLines(result.packs, 'dry_run' in result, style)
    .map((line) => `${line}\n`)
    .join('');
}

/** Returns the confirmation prompt before packs are uninstalled. */
export function removalQuestion(packs: readonly Removed[]): string {
  const named = packs.filter(({ needs }) => !needs).map(({ ref }) => ref);
  const dependents = packs.filter(({ needs }) => needs).map(({ ref }) => ref);
  if (dependents.length === 0) return `Uninstall ${named.join(', ')}?`;
  return `Uninstall ${named.join(', ')} and ${count(dependents.length, 'dependent')}: ${dependents.join(', ')}?`;
}

function removalLines(packs: readonly Removed[], isPlan: boolean, style: Style): string[] {
  const why = ({ needs }: Removed) => (needs ? style.dim(` (needs ${needs})`) : '');
  if (!isPlan) {
    return packs.map((pack) => `${style.green('✓')} Pack '${pack.ref}' ${pack.version} uninstalled${why(pack)}`);
  }
  return [
    `Would uninstall ${count(packs.length, 'pack')}:`,
    ...packs.map((pack) => `  ${style.bold(pack.ref)} ${pack.version}${why(pack)}`),
  ];
}
