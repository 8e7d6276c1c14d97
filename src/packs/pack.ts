/**
 * A pack, independent of its origin: a tree of files with a manifest and components. Everything is read through
 * `FileTree`, so that a directory and a git commit are interpreted identically. Nothing here runs code or writes files.
 */
import type { Limits } from '../limits.ts';
import { readComponents } from './manifest/components.ts';
import { readManifest } from './manifest/manifest.ts';
import type { Component, Manifest } from './manifest/types.ts';
import { directoryTree } from './tree/directory-tree.ts';
import { findPackRoot } from './tree/pack-root.ts';
import type { FileTree } from './tree/tree.ts';

export interface Pack {
  /** The directory that contains the `pack.yaml`: the requested one, or one inside it. */
  readonly root: string;
  readonly tree: FileTree;
  readonly manifest: Manifest;
  readonly components: readonly Component[];
}

/**
 * Reads the pack in a directory.
 * @throws AttuneError of the family INVALID when the directory has no valid pack, FileError when it cannot be read
 */
export function readPack(directory: string, limits: Limits): Pack {
  const root = findPackRoot(directory);
  return readPackTree(root, directoryTree(root), limits);
}

/**
 * Reads the pack in a tree of files.
 * @param root the directory that contains the files
 * @throws the errors of `readPack`
 */
export function readPackTree(root: string, tree: FileTree, limits: Limits): Pack {
  const manifest = readManifest(tree, limits);
  return { root, tree, manifest, components: readComponents(tree, manifest, limits) };
}
