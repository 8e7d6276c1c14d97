import type { FileTree } from '../../src/packs/tree/tree.ts';

/** Creates a tree in memory with its files in the given order. */
export function treeOf(files: Readonly<Record<string, string | Uint8Array>>, location = '/packs/slack'): FileTree {
  return {
    location,
    files: Object.entries(files).map(([path, content]) => {
      const bytes = Buffer.from(content as string);
      return { path, size: bytes.length, executable: path.endsWith('.sh'), chunks: () => [bytes] };
    }),
  };
}
