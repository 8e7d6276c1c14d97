import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { readManifest } from '../../packs/manifest/manifest.ts';
import { MANIFEST } from '../../packs/manifest/types.ts';
import { tryParseRequirement } from '../../packs/requirement.ts';
import { exists } from '../../platform/files/inspect.ts';
import { ChangesSince } from '../../sources/git/changes/changes-since.ts';
import type { Runtime } from '../runtime.ts';
import type { SelectedPack } from './request.ts';

/**
 * Returns the packs with files that differ from a git ref, and the packs that depend on them, directly or not. Packs that
 * were removed since, and refs that a pack had, count too. The dependencies of a pack that cannot be read are unknown, so it
 * is returned only if its own files differ.
 * @param searched the directories that were searched for packs, absolute and without links
 * @throws the errors of `ChangesSince`
 */
export async function selectChanged(
  packs: readonly SelectedPack[],
  searched: readonly string[],
  refSpec: string,
  runtime: Pick<Runtime, 'config' | 'reporter'>,
): Promise<SelectedPack[]> {
  const { limits } = await runtime.config();
  const changes = new ChangesSince(refSpec, { limits, warn: (text) => runtime.reporter.warn(text) });
  const selected = new Set<SelectedPack>();
  for (const pack of packs) if (await changes.has(pack.directory)) selected.add(pack);
  const changed = new Set([...selected].map(({ directory }) => directory));
  const refs = [...selected].flatMap((one) => ('pack' in one ? [one.pack.manifest.ref] : []));
  for (const directory of searched) {
    for (const [path, manifest] of await changes.committedFiles(directory, MANIFEST)) {
      if (changed.has(path) || !exists(join(path, MANIFEST))) refs.push(...refOf(path, manifest, limits));
    }
  }
  for (let ref = refs.pop(); ref !== undefined; ref = refs.pop()) {
    for (const one of packs) {
      if (selected.has(one) || !('pack' in one) || !dependsOn(one, ref)) continue;
      selected.add(one);
      refs.push(one.pack.manifest.ref);
    }
  }
  return packs.filter((one) => selected.has(one));
}

/** Returns the ref in an earlier manifest; an empty list if it is not valid. */
function refOf(location: string, content: Buffer, limits: Limits): string[] {
  const file = { path: MANIFEST, size: content.length, executable: false, chunks: () => [content] };
  try {
    return [readManifest({ location, files: [file] }, limits).ref];
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return [];
  }
}

function dependsOn({ pack }: Extract<SelectedPack, { pack: unknown }>, ref: string): boolean {
  return pack.manifest.dependencies.packs.some((requirement) => tryParseRequirement(requirement)?.ref === ref);
}
