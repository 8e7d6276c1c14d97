import { type ObjectStore, readObject, treeEntries } from '../objects/objects.ts';

export interface CommittedFile {
  readonly id: string;
  readonly mode: string;
}

const DIRECTORY = /^0?40000$/;

/** Returns the id of a directory's tree; `undefined` if the commit does not have the directory. @param path empty for the root */
export function findTree(objects: ObjectStore, root: string, path: string): string | undefined {
  let id: string | undefined = root;
  for (const name of path === '' ? [] : path.split('/')) {
    if (id === undefined) return undefined;
    id = entryOf(objects, id, name);
  }
  return id;
}

function entryOf(objects: ObjectStore, tree: string, name: string): string | undefined {
  const wanted = Buffer.from(name);
  for (const entry of treeEntries(tree, readObject(objects, 'tree', tree))) {
    if (entry.name.equals(wanted)) return DIRECTORY.test(entry.mode) ? entry.id : undefined;
  }
  return undefined;
}

/** Returns all files below a tree by path, with `/`. Links and submodules are included. */
export function committedFiles(objects: ObjectStore, tree: string): Map<string, CommittedFile> {
  const files = new Map<string, CommittedFile>();
  const pending = [{ prefix: '', id: tree }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { prefix } = next;
    for (const { mode, name, id } of treeEntries(next.id, readObject(objects, 'tree', next.id))) {
      const path = `${prefix}${name.toString('utf8')}`;
      if (DIRECTORY.test(mode)) pending.push({ prefix: `${path}/`, id });
      else files.set(path, { id, mode });
    }
  }
  return files;
}
