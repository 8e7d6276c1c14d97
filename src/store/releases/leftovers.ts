import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { exists, listDirectory } from '../../platform/files/inspect.ts';
import { ExclusiveLock } from '../../platform/locks/file-lock.ts';
import type { Layout } from '../layout.ts';
import { listLinks, listReleases } from './directories.ts';

/** What no row names any more, and nobody is at: paths. */
export interface Leftovers {
  readonly releases: readonly string[];
  readonly links: readonly string[];
  readonly staging: readonly string[];
}

/** What the database knows. */
export interface RecordedNames {
  readonly directories: ReadonlySet<string>;
  readonly refs: ReadonlySet<string>;
}

/** Nothing is removed. @returns `undefined` while somebody writes, who knows what is in order and what not */
export function findLeftovers(layout: Layout, known: RecordedNames): Leftovers | undefined {
  if (isHeld(layout.writerLock, false)) return undefined;
  return {
    releases: listReleases(layout)
      .filter((directory) => !known.directories.has(directory))
      .map((directory) => join(layout.releases, directory)),
    links: listLinks(layout)
      .filter((name) => !known.refs.has(name))
      .map((name) => join(layout.packs, name)),
    staging: deadStaging(layout),
  };
}

/** Each place in staging has a lock beside it that dies with its process. */
function deadStaging({ staging }: Layout): string[] {
  if (!exists(staging)) return [];
  const names = listDirectory(staging).map(({ name }) => name);
  const places = new Set(names.map((name) => name.replace(/\.lock(-journal)?$/, '')));
  return [...places].map((name) => join(staging, name)).filter((path) => !isHeld(`${path}.lock`, true));
}

/** @param untold what to say where a lock cannot be tried, because nothing may be written there */
function isHeld(lockFile: string, untold: boolean): boolean {
  if (!exists(lockFile)) return false;
  try {
    const lock = ExclusiveLock.tryAcquire(lockFile);
    lock?.[Symbol.dispose]();
    return lock === undefined;
  } catch (error) {
    if (error instanceof AttuneError) return untold;
    throw error;
  }
}
