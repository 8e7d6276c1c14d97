import type { SyncedPack, SyncReceipt } from '../../../operations/lock/receipt.ts';
import { count } from '../../../platform/count.ts';
import type { Style } from '../../text/style.ts';

type Action = SyncedPack['action'];

const DONE: Readonly<Record<Action, string>> = {
  installed: 'installed',
  upgraded: 'upgraded',
  downgraded: 'downgraded',
  reinstalled: 'replaced',
  marked: 'kept',
  unchanged: 'kept',
  uninstalled: 'uninstalled',
};

const PLANNED: Readonly<Record<Action, string>> = {
  installed: 'install',
  upgraded: 'upgrade',
  downgraded: 'downgrade',
  reinstalled: 'replace',
  marked: 'keep',
  unchanged: 'keep',
  uninstalled: 'uninstall',
};

export function syncView(receipt: SyncReceipt, style: Style): string {
  const changes = receipt.packs.filter(({ action }) => action !== 'unchanged');
  const unchanged = receipt.packs.length - changes.length;
  if ('dry_run' in receipt) {
    const lines = changes.map((pack) => `  ${PLANNED[pack.action]} ${style.bold(pack.ref)} ${detail(pack, style)}\n`);
    return `Would change ${count(changes.length, 'pack')} and leave ${unchanged} unchanged\n${lines.join('')}`;
  }
  const written = receipt.lock_action === 'written' ? [`${style.green('✓')} ${receipt.lock_file} written\n`] : [];
  const lines = changes.map(
    (pack) => `${style.green('✓')} Pack '${pack.ref}' ${DONE[pack.action]}: ${detail(pack, style)}\n`,
  );
  const summary =
    changes.length === 0
      ? `${count(unchanged, 'pack')} already as locked`
      : `${count(receipt.packs.filter(({ action }) => action !== 'uninstalled').length, 'pack')} as locked`;
  return `${[...written, ...lines].join('')}${style.green('✓')} ${summary}\n`;
}

function detail({ version, from_version: from, action, requested }: SyncedPack, style: Style): string {
  if (action === 'marked') {
    return `${version} ${style.dim(requested ? '(now requested)' : '(now only a dependency)')}`;
  }
  return from === null || from === version ? version : `${version} ${style.dim(`(was ${from})`)}`;
}

/** Returns the confirmation prompt before packs are uninstalled. */
export function syncQuestion(removed: readonly { readonly ref: string }[]): string {
  return `Not in the lock file: ${removed.map(({ ref }) => ref).join(', ')}. Uninstall ${removed.length === 1 ? 'it' : 'them'}?`;
}
