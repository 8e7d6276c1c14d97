import { AttuneError } from '../../errors.ts';
import { type Pack, readPack } from '../../packs/pack.ts';
import { findPacks } from '../../packs/tree/find-packs.ts';
import { realPath } from '../../platform/files/inspect.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';
import { locatePack } from './locate-pack.ts';

/** Which packs are tested. */
export interface PackSelection {
  /** Paths of packs, or refs of installed packs; with `recursive`, directories of packs. */
  readonly packs: readonly string[];
  readonly recursive: boolean;
  /** Select every `count`th pack, beginning with the one at `index` (from 1). */
  readonly shard: { readonly index: number; readonly count: number } | undefined;
}

/** A selected pack, or why it cannot be read. */
export type SelectedPack = { readonly directory: string; readonly installed: boolean } & (
  | { readonly pack: Pack }
  | { readonly error: AttuneError }
);

/**
 * Finds and reads the packs of a selection, each directory once. A pack that cannot be read is part of the selection.
 * @throws NotInstalled, PackFilesMissing, and FileError for a path that does not exist
 */
export async function selectPacks(selection: PackSelection, runtime: Runtime): Promise<SelectedPack[]> {
  const { limits } = await runtime.config();
  const located = new Map<string, boolean>();
  for (const given of selection.packs) {
    if (selection.recursive) {
      for (const path of findPacks(realPath(expandPath(given, runtime.environment)))) located.set(path, false);
    } else {
      const { directory, installed } = await locatePack(given, runtime);
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
  const { shard } = selection;
  return shard === undefined ? read : read.filter((_, index) => index % shard.count === shard.index - 1);
}
