import { basename, dirname } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { PACK_REF } from '../../packs/pack-ref.ts';
import { inspectTarget, realPath } from '../../platform/files/inspect.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Store } from '../../store/store.ts';
import { NotInstalled } from '../installed/not-installed.ts';
import type { Runtime } from '../runtime.ts';
import { stagePack } from '../staging/stage-pack.ts';

export interface PackLocation {
  readonly directory: string;
  readonly installed: boolean;
}

export class PackFilesMissing extends AttuneError {
  constructor(ref: string, directory: string) {
    super('INTEGRITY_FILES_MISSING', `Pack '${ref}' is installed, but its files in '${directory}' are missing.`, {
      facts: { ref, directory },
      hint: `Restore them with: attune pack repair ${ref} --yes`,
    });
  }
}

/** Returns the directory of a pack that is given by path or ref. @throws NotInstalled, PackFilesMissing */
export async function locatePack(pathOrRef: string, runtime: Runtime): Promise<PackLocation> {
  if (!PACK_REF.test(pathOrRef)) return locatePath(expandPath(pathOrRef, runtime.environment), runtime);
  const store = await runtime.store();
  // A valid ref is resolved as an installed pack first, then as a directory.
  const isDirectory = inspectTarget(expandPath(pathOrRef, runtime.environment))?.kind === 'directory';
  if (store.find(pathOrRef) !== undefined) {
    if (isDirectory) {
      runtime.reporter.note(`'${pathOrRef}' is the installed pack. For the directory, write: ./${pathOrRef}`);
    }
    return { directory: installedDirectory(pathOrRef, store), installed: true };
  }
  if (isDirectory) return { directory: realPath(expandPath(pathOrRef, runtime.environment)), installed: false };
  throw new NotInstalled([pathOrRef], [...store.versions().keys()]);
}

function installedDirectory(ref: string, store: Store): string {
  const directory = store.directoryOf(ref);
  if (inspectTarget(directory) === undefined) throw new PackFilesMissing(ref, directory);
  return realPath(directory);
}

/** Returns the directory of a pack that is given by its directory, its manifest or an archive. */
async function locatePath(path: string, runtime: Runtime): Promise<PackLocation> {
  if (inspectTarget(path)?.kind !== 'file') return { directory: realPath(path), installed: false };
  if (basename(path) === 'pack.yaml') return { directory: realPath(dirname(path)), installed: false };
  // The private directory is removed with the store.
  const area = (await runtime.store()).stage({ dryRun: true });
  const { pack } = await stagePack({ kind: 'path', path, expected: undefined }, undefined, area, runtime);
  return { directory: pack.root, installed: false };
}
