import type { History } from '../../../operations/installed/read-history.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

export function historyView({ events }: History, style: Style): string {
  if (events.length === 0) return 'No events are recorded.\n';
  const rows = events.map(({ at, action, ref, version, from_version, by, undo }) => [
    at,
    action,
    ref,
    from_version && from_version !== version ? `${from_version} -> ${version}` : version,
    by,
    undo ?? '',
  ]);
  return table(['TIME', 'ACTION', 'REF', 'VERSION', 'USER', 'UNDO'], rows, style);
}
