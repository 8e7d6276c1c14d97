import { join } from 'node:path';
import { listDirectory } from '../../platform/files/inspect.ts';
import { MANIFEST } from '../manifest/types.ts';
import { compareCodePoints } from './order.ts';

const SKIPPED = /^\.|^(?:node_modules|venv|__pycache__)$/;

/**
 * Finds the packs below a directory: the directories with a `pack.yaml`. Directories inside a pack are not searched, nor are
 * links, installed packages, and directories whose names begin with a dot.
 * @returns their paths, sorted
 * @throws FileError
 */
export function findPacks(directory: string): string[] {
  const found: string[] = [];
  const pending = [directory];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entries = listDirectory(path);
    if (entries.some(({ name }) => name === MANIFEST)) {
      found.push(path);
      continue;
    }
    for (const { name, kind } of entries) {
      if (kind === 'directory' && !SKIPPED.test(name)) pending.push(join(path, name));
    }
  }
  return found.sort(compareCodePoints);
}
