/** A file of a `FileTree`. */
export interface TreeFile {
  /** Relative to the tree's root, with `/` between components. The creator of the tree has verified that it is safe. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  /** Returns the content once, in chunks that are valid only until the next one is requested. */
  chunks(): Iterable<Uint8Array>;
}

/**
 * A tree of files from any origin, such as a directory or a git commit. Packs are always read through it, so that
 * checksums and manifests do not depend on the origin.
 */
export interface FileTree {
  /** The location for messages. */
  readonly location: string;
  /** Sorted by path, compared as UTF-8 bytes. */
  readonly files: readonly TreeFile[];
}

/** Reads the whole content of a file. */
export function contentOf(file: TreeFile): Buffer {
  return Buffer.concat([...file.chunks()].map((chunk) => Buffer.from(chunk)));
}

/** Returns the file with a path. */
export function fileAt(tree: FileTree, path: string): TreeFile | undefined {
  return tree.files.find((file) => file.path === path);
}
