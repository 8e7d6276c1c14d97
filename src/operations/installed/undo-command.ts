import { quoteForShell } from '../../platform/shell-quote.ts';
import type { HistoryEvent } from '../../store/history.ts';
import type { InstalledNode } from '../../store/installed.ts';
import type { RetainedRelease } from '../../store/releases/retained-releases.ts';

/** The current state, on which the possible undo commands depend. */
export interface UndoContext {
  readonly graph: readonly InstalledNode[];
  /** For each pack the current release first, then the others from the most recent to the oldest. */
  readonly retained: readonly RetainedRelease[];
  /** Returns whether a path exists. */
  exists(path: string): boolean;
}

/**
 * Returns for each event the command that restores the state of the pack before the event, or `null` if the pack is
 * already in that state or the event cannot be undone. Events before an uninstallation cannot be undone on their own.
 * @param events the newest first, with all events of each pack
 */
export function undoCommands(events: readonly HistoryEvent[], context: UndoContext): (string | null)[] {
  const installed = new Map(context.graph.map((node) => [node.ref, node]));
  const retained = Map.groupBy(context.retained, ({ ref }) => ref);
  const byVersion = Map.groupBy(events, versionKey);
  const changedLater = new Set<string>();
  const uninstalledLater = new Set<string>();
  return events.map((event) => {
    const { ref, action } = event;
    if (uninstalledLater.has(ref)) return null;
    const current = installed.get(ref);
    const isLatest = !changedLater.has(ref);
    if (action !== 'pin' && action !== 'unpin') changedLater.add(ref);
    if (action === 'uninstall') {
      uninstalledLater.add(ref);
      return current === undefined ? undoUninstall(event, context) : null;
    }
    if (current === undefined) return null;
    switch (action) {
      case 'install':
        return `attune pack uninstall ${ref}`;
      case 'pin':
        return current.pinned ? `attune pack unpin ${ref}` : null;
      case 'unpin':
        return current.pinned ? null : `attune pack pin ${ref}`;
      default:
        return undoVersionChange(event, { current, isLatest, retained: retained.get(ref) ?? [], byVersion });
    }
  });
}

interface PackState {
  readonly current: InstalledNode;
  /** The event is the latest change of the pack's version. */
  readonly isLatest: boolean;
  readonly retained: readonly RetainedRelease[];
  /** The events grouped by `versionKey`. */
  readonly byVersion: ReadonlyMap<string, readonly HistoryEvent[]>;
}

function versionKey({ ref, version }: Pick<HistoryEvent, 'ref' | 'version'>): string {
  return `${ref}@${version}`;
}

function undoVersionChange({ id, ref, from_version: from }: HistoryEvent, state: PackState): string | null {
  const { current, isLatest, retained, byVersion } = state;
  const others = retained.filter((release) => !release.current);
  // Two releases of one version differ in content; only the latest change determines which one preceded it.
  if (from === null || (from === current.version && !(isLatest && others[0]?.version === from))) return null;
  if (others[0]?.version === from) return `attune pack rollback ${ref}`;
  if (others.some(({ version }) => version === from)) return `attune pack rollback ${ref} --to ${from}`;
  const earlier = byVersion.get(versionKey({ ref, version: from })) ?? [];
  const origin = earlier.find((event) => event.id < id && event.source !== null);
  const command = origin && installCommand(origin);
  return command ? `${command} --force` : null;
}

/** Returns the command that reinstalls an uninstalled pack. A directory is used only if it still exists. */
function undoUninstall(event: HistoryEvent, { exists }: UndoContext): string | null {
  const { source, source_type: type } = event;
  if (type !== 'directory') return installCommand(event);
  return source !== null && exists(source) ? `attune pack install ${quoteForShell(source)}` : null;
}

/**
 * Returns the command that installs the same version from its registry, archive or commit; `null` for a directory, whose
 * content may have changed.
 */
function installCommand({ ref, version, source, source_type: type, source_commit: commit, registry }: HistoryEvent) {
  if (registry !== null) return `attune pack install ${ref}@${version}`;
  if (source === null) return null;
  if (type === 'archive') return `attune pack install ${quoteForShell(source)}`;
  if (type === 'git' && commit !== null) return `attune pack install ${quoteForShell(source)} --ref-spec ${commit}`;
  return null;
}
