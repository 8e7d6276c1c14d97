import type { FileTree } from '../../src/packs/tree/tree.ts';

/** A tree in memory, its files in the order given. */
export function treeOf(files: Readonly<Record<string, string | Uint8Array>>, location = '/packs/slack'): FileTree {
  return {
    location,
    files: Object.entries(files).map(([path, content]) => {
      const bytes = Buffer.from(content as string);
      return { path, size: bytes.length, executable: path.endsWith('.sh'), chunks: () => [bytes] };
    }),
  };
}
