import { join } from 'node:path';
import { oneLine } from '../../documents/problems.ts';
import { AttuneError } from '../../errors.ts';
import { inspect, listDirectory } from '../../platform/files/read.ts';
import { compareCodePoints } from './order.ts';

export class NoPackRoot extends AttuneError {
  constructor(directory: string) {
    const places = ['pack.yaml', 'pack/pack.yaml', '<directory>/pack.yaml', '<directory>/pack/pack.yaml'];
    super('INVALID_PACK', `There is no pack in '${directory}': none of ${places.join(', ')} is there.`, {
      facts: { directory, looked_for: places },
      hint: 'Name a directory with a pack.yaml at its root.',
    });
  }
}

export class AmbiguousPackRoot extends AttuneError {
  constructor(directory: string, candidates: readonly string[]) {
    const lines = candidates.map((candidate) => `  ${oneLine(candidate)}`);
    super('INVALID_PACK', [`There is more than one pack in '${directory}':`, ...lines].join('\n'), {
      facts: { directory, candidates },
      hint: 'Name the directory of the one you mean.',
    });
  }
}

/**
 * Where the pack is in a directory (SPEC section 2): at its root, in `pack/`, or in the one directory below it that has
 * a `pack.yaml` or a `pack/pack.yaml`.
 * @throws NoPackRoot, AmbiguousPackRoot, FileError
 */
export function findPackRoot(directory: string): string {
  const root = packAt(directory, '.') ?? packAt(directory, 'pack');
  if (root !== undefined) return join(directory, root);
  const candidates = directoriesIn(directory)
    .map((name) => packAt(directory, name) ?? packAt(directory, `${name}/pack`))
    .filter((candidate) => candidate !== undefined);
  const [only, ...others] = candidates;
  if (only === undefined) throw new NoPackRoot(directory);
  if (others.length > 0) throw new AmbiguousPackRoot(directory, candidates);
  return join(directory, only);
}

function directoriesIn(directory: string): string[] {
  const entries = listDirectory(directory).filter(({ kind, name }) => kind === 'directory' && name !== '.git');
  return entries.map(({ name }) => name).sort(compareCodePoints);
}

/** `place` if a pack is there. No link leads to one; a manifest that is a link counts, to be refused by name later. */
function packAt(directory: string, place: string): string | undefined {
  const parents = place === '.' ? [] : place.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
  if (parents.some((parent) => inspect(join(directory, parent))?.kind !== 'directory')) return undefined;
  const manifest = inspect(join(directory, place, 'pack.yaml'))?.kind;
  return manifest === 'file' || manifest === 'link' ? place : undefined;
}
