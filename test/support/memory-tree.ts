import { compareCodePoints } from '../../src/packs/tree/order.ts';
import type { FileTree } from '../../src/packs/tree/tree.ts';

/** Files by their paths. */
export type Files = Readonly<Record<string, { readonly content: Uint8Array; readonly executable: boolean }>>;

/** A tree that is in no directory. */
export function memoryTree(files: Files): FileTree {
  const sorted = Object.entries(files).sort(([one], [other]) => compareCodePoints(one, other));
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

/** What `contents` tells of a directory that holds these files and no others. */
export function contentsOf(files: Files): Map<string, string> {
  const told = Object.entries(files).map(([path, { content, executable }]): [string, string] => [
    path + (executable ? '*' : ''),
    Buffer.from(content).toString('latin1'),
  ]);
  return new Map(told.sort());
}
