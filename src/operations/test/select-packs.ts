import { AttuneError } from '../../errors.ts';
import { readPack } from '../../packs/pack.ts';
import { findPacks } from '../../packs/tree/find-packs.ts';
import { realPath } from '../../platform/files/inspect.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';
import { locatePack } from './locate-pack.ts';
import type { SelectedPack } from './request.ts';
import { selectChanged } from './select-changed.ts';

/** Which packs are tested. */
export interface PackSelection {
  /** Paths of packs, or refs of installed packs; with `recursive`, directories of packs. */
  readonly packs: readonly string[];
  readonly recursive: boolean;
  /** Select only packs whose files differ from this git ref, and packs that depend on them. */
  readonly changedSince: string | undefined;
  /** Select every `count`th pack, beginning with the one at `index` (from 1). */
  readonly shard: { readonly index: number; readonly count: number } | undefined;
}

/**
 * Finds and reads the packs of a selection, each directory once. A pack that cannot be read is part of the selection.
 * @throws NotInstalled, PackFilesMissing, the errors of `selectChanged`, and FileError for a path that does not exist
 */
export async function selectPacks(selection: PackSelection, runtime: Runtime): Promise<SelectedPack[]> {
  const { limits } = await runtime.config();
  const located = new Map<string, boolean>();
  const searched: string[] = [];
  for (const given of selection.packs) {
    if (selection.recursive) {
      const directory = realPath(expandPath(given, runtime.environment));
      searched.push(directory);
      for (const path of findPacks(directory)) located.set(path, false);
    } else {
      const { directory, installed } = await locatePack(given, runtime);
      searched.push(directory);
      located.set(directory, installed);
    }
  }
  const read = [...located].map(([directory, installed]): SelectedPack => {
    try {
      return { directory, installed, pack: readPack(directory, limits) };
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      return { directory, installed, error };
    }
  });
  const { changedSince, shard } = selection;
  const selected = changedSince === undefined ? read : await selectChanged(read, searched, changedSince, runtime);
  return shard === undefined ? selected : selected.filter((_, index) => index % shard.count === shard.index - 1);
}
