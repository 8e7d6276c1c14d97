import { compareCodePoints } from '../../src/packs/tree/order.ts';
import type { FileTree } from '../../src/packs/tree/tree.ts';

/** Files by their paths. */
export type Files = Readonly<Record<string, { readonly content: Uint8Array; readonly executable: boolean }>>;

/** Creates a file tree in memory. */
export function memoryTree(files: Files): FileTree {
  const sorted = Object.entries(files).sort(([a], [b]) => compareCodePoints(a, b));
  return {
    location: 'a test',
    files: sorted.map(([path, { content, executable }]) => ({
      path,
      size: content.length,
      executable,
      chunks: () => [content],
    })),
  };
}

/** Returns the result of `contents` for a directory with exactly these files. */
export function contentsOf(files: Files): Map<string, string> {
  const entries = Object.entries(files).map(([path, { content, executable }]): [string, string] => [
    path + (executable ? '*' : ''),
    Buffer.from(content).toString('latin1'),
  ]);
  return new Map(entries.sort());
}
