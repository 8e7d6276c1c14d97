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
  const { packs, broken, no_longer_needed: left } = result;
  const planned = 'dry_run' in result;
  const lines = removalLines(packs, planned, style);
  if (broken.length > 0) {
    lines.push(`${style.yellow('!')} ${planned ? 'Would lack' : 'Now lacking'} what they need: ${broken.join(', ')}`);
  }
  if (left.length > 0) {
    const verb = left.length === 1 ? 'is' : 'are';
    const when = planned ? 'would then be' : verb;
    lines.push(`${count(left.length, 'pack')} ${when} no longer needed: ${left.join(', ')}`);
    lines.push(`  Remove ${left.length === 1 ? 'it' : 'them'} with: attune pack autoremove`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

export function autoremoveView(result: AutoremoveReceipt | AutoremovePlan, style: Style): string {
  if (result.packs.length === 0) return 'Every installed pack was asked for, or is needed by one that was.\n';
  return removalLines(result.packs, 'dry_run' in result, style)
    .map((line) => `${line}\n`)
    .join('');
}

/** What a person is asked before packs go: all of them by name. */
export function removalQuestion(packs: readonly Removed[]): string {
  const named = packs.filter(({ needs }) => !needs).map(({ ref }) => ref);
  const others = packs.filter(({ needs }) => needs).map(({ ref }) => ref);
  if (others.length === 0) return `Uninstall ${named.join(', ')}?`;
  return `Uninstall ${named.join(', ')}, and with ${named.length === 1 ? 'it' : 'them'} ${count(others.length, 'dependent')}: ${others.join(', ')}?`;
}

function removalLines(packs: readonly Removed[], planned: boolean, style: Style): string[] {
  const why = ({ needs }: Removed) => (needs ? style.dim(` (needs ${needs})`) : '');
  if (!planned) {
    return packs.map((pack) => `${style.green('✓')} Pack '${pack.ref}' ${pack.version} uninstalled${why(pack)}`);
  }
  return [
    `Would uninstall ${count(packs.length, 'pack')}:`,
    ...packs.map((pack) => `  ${style.bold(pack.ref)} ${pack.version}${why(pack)}`),
  ];
}
