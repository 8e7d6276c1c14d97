/**
 * A tree of files, wherever it is: a directory, a git commit. What reads packs reads this, so that a checksum or a
 * manifest means the same everywhere.
 */
export interface TreeFile {
  /** Relative to the tree's root, `/` between components, already found safe by whoever made the tree. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  /** The content, once, in pieces that are only valid until the next one is asked for. */
  chunks(): Iterable<Uint8Array>;
}

export interface FileTree {
  /** Where it is, for messages. */
  readonly location: string;
  /** Sorted by path, compared as UTF-8 bytes. */
  readonly files: readonly TreeFile[];
}

/** The whole content of one file of a tree. */
export function contentOf(file: TreeFile): Buffer {
  return Buffer.concat([...file.chunks()].map((chunk) => Buffer.from(chunk)));
}

export function fileAt(tree: FileTree, path: string): TreeFile | undefined {
  return tree.files.find((file) => file.path === path);
}
