/**
 * What a pack is, wherever it came from: a tree of files, the manifest in it, its components, its checksum. All of it is
 * read through `FileTree`, so that a directory and a git commit cannot differ in meaning, and nothing here runs anything
 * or writes anything.
 */
import type { Limits } from '../limits.ts';
import { readComponents } from './manifest/components.ts';
import { readManifest } from './manifest/manifest.ts';
import type { Component, Manifest } from './manifest/types.ts';
import { directoryTree } from './tree/directory-tree.ts';
import { findPackRoot } from './tree/pack-root.ts';
import type { FileTree } from './tree/tree.ts';

export interface Pack {
  /** The directory that has the `pack.yaml`: the one asked for, or one in it. */
  readonly root: string;
  readonly tree: FileTree;
  readonly manifest: Manifest;
  readonly components: readonly Component[];
}

/**
 * The pack in a directory.
 * @throws AttuneError of the family INVALID when it is none or not a right one, FileError when it cannot be read
 */
export function readPack(directory: string, limits: Limits): Pack {
  const root = findPackRoot(directory);
  return packOf(root, directoryTree(root), limits);
}

/**
 * The pack whose files are known.
 * @param root the directory that they are in
 * @throws like `readPack`
 */
export function packOf(root: string, tree: FileTree, limits: Limits): Pack {
  const manifest = readManifest(tree, limits);
  return { root, tree, manifest, components: readComponents(tree, manifest, limits) };
}
