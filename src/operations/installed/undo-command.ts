import { quoteForShell } from '../../platform/shell-quote.ts';
import type { HistoryEvent } from '../../store/history.ts';
import type { InstalledNode } from '../../store/installed.ts';
import type { RetainedRelease } from '../../store/releases/retained-releases.ts';
import { type PlannedVersion, satisfiesGraph, transactionPeers } from './undo-conditions.ts';

/** The current state, on which the possible undo commands depend. */
export interface UndoContext {
  readonly graph: readonly InstalledNode[];
  /** For each pack the current release first, then the others from the most recent to the oldest. */
  readonly retained: readonly RetainedRelease[];
  /** Returns the dependencies of a retained release. */
  dependenciesOf(release: RetainedRelease): readonly { readonly ref: string; readonly range: string }[];
  /** Returns whether a path exists. */
  exists(path: string): boolean;
}

/**
 * Returns for each event the command that restores the state of the pack before the event, or `null` if the pack is
 * already in that state or no single command that attune would accept now leads there: pins and dependents may forbid it.
 * A command changes the other packs of the same transaction too if this pack cannot be changed alone. Events before an
 * uninstallation cannot be undone on their own.
 * @param events all events, the newest first
 */
export function undoCommands(events: readonly HistoryEvent[], context: UndoContext): (string | null)[] {
  return new Undo(events, context).commands();
}

class Undo {
  readonly #events: readonly HistoryEvent[];
  readonly #context: UndoContext;
  readonly #installed: ReadonlyMap<string, InstalledNode>;
  readonly #retained: ReadonlyMap<string, readonly RetainedRelease[]>;
  /** By ref, the newest event that changed the version. */
  readonly #latestChange = new Map<string, HistoryEvent>();

  constructor(events: readonly HistoryEvent[], context: UndoContext) {
    this.#events = events;
    this.#context = context;
    this.#installed = new Map(context.graph.map((node) => [node.ref, node]));
    this.#retained = Map.groupBy(context.retained, ({ ref }) => ref);
    for (const event of events) {
      if (changesVersion(event) && !this.#latestChange.has(event.ref)) this.#latestChange.set(event.ref, event);
    }
  }

  commands(): (string | null)[] {
    const uninstalledLater = new Set<string>();
    return this.#events.map((event) => {
      if (uninstalledLater.has(event.ref)) return null;
      if (event.action !== 'uninstall') return this.#command(event);
      uninstalledLater.add(event.ref);
      return this.#installed.has(event.ref) ? null : this.#reinstall(event);
    });
  }

  #command(event: HistoryEvent): string | null {
    const { ref, action } = event;
    const current = this.#installed.get(ref);
    if (current === undefined) return null;
    switch (action) {
      case 'install':
        return this.#uninstall(event);
      case 'pin':
        return current.pinned ? `attune pack unpin ${ref}` : null;
      case 'unpin':
        return current.pinned ? null : `attune pack pin ${ref}`;
      default:
        return this.#changeBack(event, current);
    }
  }

  /** Uninstalls the pack, with the packs of its transaction that need it. */
  #uninstall(event: HistoryEvent): string | null {
    const peers = this.#peers(event, 'install').filter(({ ref }) => this.#installed.has(ref));
    const removable = new Set([event.ref]);
    // Iterating over a set also visits the elements that are added during the iteration.
    for (const ref of removable) {
      for (const dependent of this.#dependentsOf(ref)) {
        if (dependent !== event.ref && !peers.some((peer) => peer.ref === dependent)) return null;
        removable.add(dependent);
      }
    }
    return `attune pack uninstall ${[...removable].join(' ')} --yes`;
  }

  #dependentsOf(ref: string): string[] {
    return this.#context.graph
      .filter((node) => node.ref !== ref && node.dependencies.some((dependency) => dependency.ref === ref))
      .map((node) => node.ref);
  }

  #changeBack(event: HistoryEvent, current: InstalledNode): string | null {
    const { ref, from_version: from } = event;
    const others = (this.#retained.get(ref) ?? []).filter((release) => !release.current);
    const isLatest = this.#latestChange.get(ref) === event;
    // Two releases of one version differ in content; only the latest change determines which one preceded it.
    if (from === null || (from === current.version && !(isLatest && others[0]?.version === from))) return null;
    const release = others.find(({ version }) => version === from);
    if (!this.#isPossible([this.#planned(ref, from)])) return this.#changeTogetherBack(event);
    if (release !== undefined) return `attune pack rollback ${ref}${others[0] === release ? '' : ` --to ${from}`}`;
    const origin = this.#events.find((one) => isOriginOf(one, event));
    const command = origin && !current.pinned ? this.#installCommand(origin) : null;
    return command === null ? null : `${command} --force`;
  }

  /** Changes all packs of a transaction back at once, which is possible for packs from registries. */
  #changeTogetherBack(event: HistoryEvent): string | null {
    const changes = [event, ...this.#peers(event, 'upgrade')].filter((one) => this.#canDowngrade(one));
    const versions = changes.map(({ ref, from_version: from }) => this.#planned(ref, from ?? ''));
    if (!changes.includes(event) || changes.length < 2 || !this.#isPossible(versions)) return null;
    return `attune pack upgrade ${versions.map(({ ref, version }) => quoteForShell(`${ref}@${version}`)).join(' ')}`;
  }

  #canDowngrade(event: HistoryEvent): boolean {
    const current = this.#installed.get(event.ref);
    const isCurrent = current?.version === event.version && this.#latestChange.get(event.ref) === event;
    return isCurrent && event.from_version !== null && !current.pinned && current.registry !== null;
  }

  #planned(ref: string, version: string): PlannedVersion {
    const release = this.#retained.get(ref)?.find((one) => !one.current && one.version === version);
    return { ref, version, dependencies: release && this.#context.dependenciesOf(release) };
  }

  #isPossible(versions: readonly PlannedVersion[]): boolean {
    return satisfiesGraph(this.#context.graph, versions);
  }

  /** Returns the command that reinstalls an uninstalled pack, with those that were uninstalled with it. */
  #reinstall(event: HistoryEvent): string | null {
    const peers = this.#peers(event, 'uninstall').filter((peer) => !this.#installed.has(peer.ref));
    const all = [event, ...peers.filter((peer) => this.#latestChange.get(peer.ref) === peer)];
    // A flag for the commit of one git repository would apply to every argument.
    const usesGit = all.some(({ registry, source_type: type }) => registry === null && type === 'git');
    const commands = (usesGit ? [event] : all).map((one) => this.#installCommand(one, { directories: true }));
    if (commands.includes(null)) return null;
    return [commands[0], ...commands.slice(1).map((command) => command?.replace('attune pack install ', ''))].join(' ');
  }

  #peers(event: HistoryEvent, action: HistoryEvent['action']): HistoryEvent[] {
    return transactionPeers(event, this.#events).filter((peer) => peer.action === action);
  }

  /**
   * Returns the command that installs the same version from its registry, archive or commit; `null` for a path that does
   * not exist, and for a directory unless `directories` allows it, because its content may have changed.
   */
  #installCommand(event: HistoryEvent, { directories = false } = {}): string | null {
    const { ref, version, source, source_type: type, source_commit: commit, registry } = event;
    if (registry !== null) return `attune pack install ${quoteForShell(`${ref}@${version}`)}`;
    if (source === null || (source.startsWith('/') && !this.#context.exists(source))) return null;
    const command = `attune pack install ${quoteForShell(source)}`;
    if (type === 'git') return commit === null ? null : `${command} --ref-spec ${commit}`;
    if (type === 'archive') return command;
    return directories && this.#context.exists(source) ? command : null;
  }
}

function changesVersion({ action }: HistoryEvent): boolean {
  return action !== 'pin' && action !== 'unpin';
}

/** Checks whether an event installed the version that a later event of the pack replaced. */
function isOriginOf(one: HistoryEvent, { id, ref, from_version: from }: HistoryEvent): boolean {
  return one.ref === ref && one.version === from && one.id < id && one.source !== null;
}
