import type { HistoryEvent } from '../../store/history.ts';
import type { InstalledNode } from '../../store/installed.ts';
import type { RetainedRelease } from '../../store/releases/kept-releases.ts';

/** What there is to undo with. */
export interface UndoContext {
  readonly graph: readonly InstalledNode[];
  /** Of each pack the current one first, then the one before it. */
  readonly kept: readonly RetainedRelease[];
  /** Whether something stands at a path. */
  exists(path: string): boolean;
}

/**
 * For each event the command that makes the pack what it was before, or `null` where it is that already, or where
 * nothing is left to do it with: whatever happened before a removal cannot be undone without undoing that.
 * @param events the newest first, of each pack all of them
 */
export function undoCommands(events: readonly HistoryEvent[], world: UndoContext): (string | null)[] {
  const installed = new Map(world.graph.map((node) => [node.ref, node]));
  const kept = Map.groupBy(world.kept, ({ ref }) => ref);
  const versions = Map.groupBy(events, versionKey);
  /** Packs to which something else happened later, and those that were removed later. */
  const later = new Set<string>();
  const over = new Set<string>();
  return events.map((event) => {
    const { ref, action } = event;
    if (over.has(ref)) return null;
    const now = installed.get(ref);
    const last = !later.has(ref);
    if (action !== 'pin' && action !== 'unpin') later.add(ref);
    if (action === 'uninstall') {
      over.add(ref);
      return now === undefined ? installAgain(event, world) : null;
    }
    if (now === undefined) return null;
    switch (action) {
      case 'install':
        return `attune pack uninstall ${ref}`;
      case 'pin':
        return now.pinned ? `attune pack unpin ${ref}` : null;
      case 'unpin':
        return now.pinned ? null : `attune pack pin ${ref}`;
      default:
        return goBack(event, { now, last, kept: kept.get(ref) ?? [], versions });
    }
  });
}

interface Situation {
  readonly now: InstalledNode;
  /** The pack's version was not changed after the event. */
  readonly last: boolean;
  readonly kept: readonly RetainedRelease[];
  /** The events by what `versionKey` makes of them. */
  readonly versions: ReadonlyMap<string, readonly HistoryEvent[]>;
}

function versionKey({ ref, version }: Pick<HistoryEvent, 'ref' | 'version'>): string {
  return `${ref}@${version}`;
}

function goBack({ id, ref, from_version: from }: HistoryEvent, situation: Situation): string | null {
  const { now, last, kept, versions } = situation;
  const others = kept.filter(({ current }) => !current);
  // Two releases of one version differ in content, and only the last change says which of them was meant.
  if (from === null || (from === now.version && !(last && others[0]?.version === from))) return null;
  if (others[0]?.version === from) return `attune pack rollback ${ref}`;
  if (others.some(({ version }) => version === from)) return `attune pack rollback ${ref} --to ${from}`;
  const before = versions.get(versionKey({ ref, version: from })) ?? [];
  const origin = before.find((event) => event.id < id && event.source !== null);
  const command = origin && installFrom(origin);
  return command ? `${command} --force` : null;
}

/** A directory is only good for as long as it is there. */
function installAgain(event: HistoryEvent, { exists }: UndoContext): string | null {
  const { source, source_type: type } = event;
  if (type === 'directory')
    return source !== null && exists(source) ? `attune pack install ${shellWord(source)}` : null;
  return installFrom(event);
}

/** What gives the same version again: a registry, the archive, or the commit; a directory may have gone on. */
function installFrom({ ref, version, source, source_type: type, source_commit: commit, registry }: HistoryEvent) {
  if (registry !== null) return `attune pack install ${ref}@${version}`;
  if (source === null) return null;
  if (type === 'archive') return `attune pack install ${shellWord(source)}`;
  if (type === 'git' && commit !== null) return `attune pack install ${shellWord(source)} --ref-spec ${commit}`;
  return null;
}

/** A word as a POSIX shell reads it back. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
