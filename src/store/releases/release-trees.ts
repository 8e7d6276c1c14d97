import { basename, dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { formatDigest } from '../../packs/digest.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { type Pack, readPack, readPackTree } from '../../packs/pack.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { withoutGenerated } from '../../packs/tree/generated.ts';
import { inspect } from '../../platform/files/inspect.ts';
import type { Layout } from '../layout.ts';
import type { ReleaseDirectory } from './directories.ts';

/** The collaborators for reading a release tree. */
export interface TreeTools {
  readonly limits: Limits;
  /** Returns the dependencies to record for a manifest. @throws AttuneError */
  dependenciesOf(manifest: Manifest): readonly { readonly ref: string; readonly range: string }[];
}

/** A release as described by its own files. */
export interface IntactTree {
  readonly directory: ReleaseDirectory;
  readonly pack: Pack;
  readonly fingerprint: Fingerprint;
  readonly dependencies: ReturnType<TreeTools['dependenciesOf']>;
  /** The time at which the tree was unpacked, according to the file system. */
  readonly createdAt: Date;
}

/** A release whose files do not match its name, or cannot be read. */
export interface DamagedTree {
  readonly directory: ReleaseDirectory;
  /** A sentence without its full stop. */
  readonly reason: string;
}

/** Reads a release without its database row. The directory name contains the expected ref, version and checksum. */
export function readReleaseTree(
  layout: Layout,
  directory: ReleaseDirectory,
  tools: TreeTools,
): IntactTree | DamagedTree {
  const path = join(layout.releases, directory);
  try {
    const whole = readPack(path, tools.limits);
    const { pack, actual, reason } = matchName(directory, path, whole, tools.limits);
    if (reason !== undefined) return { directory, reason };
    const dependencies = tools.dependenciesOf(pack.manifest);
    return { directory, pack, fingerprint: actual, dependencies, createdAt: inspect(path)?.modifiedAt ?? new Date(0) };
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return { directory, reason: error.message.replace(/\.$/, '') };
  }
}

/**
 * Compares a tree with its directory name: first all files, then without those that interpreters have written since the
 * installation.
 */
function matchName(directory: ReleaseDirectory, path: string, whole: Pack, limits: Limits) {
  const actual = fingerprint(whole.tree);
  const reason = nameMismatch(directory, path, whole, actual);
  const tree = withoutGenerated(whole.tree);
  if (reason === undefined || tree.files.length === whole.tree.files.length) return { pack: whole, actual, reason };
  const own = { pack: readPackTree(whole.root, tree, limits), actual: fingerprint(tree) };
  return nameMismatch(directory, path, own.pack, own.actual) === undefined
    ? { ...own, reason: undefined }
    : { pack: whole, actual, reason };
}

export type ReleaseTree = IntactTree | DamagedTree;

export function isIntact(tree: ReleaseTree): tree is IntactTree {
  return 'pack' in tree;
}

/** Returns why a tree does not match its directory name; `undefined` if it does. */
function nameMismatch(directory: ReleaseDirectory, path: string, { root, manifest }: Pack, { checksum }: Fingerprint) {
  const [ref, name] = [dirname(directory), basename(directory)];
  const { version } = manifest;
  if (root !== path) return 'it has no pack.yaml at its root';
  if (manifest.ref !== ref || !name.startsWith(`${version}-`)) return `it contains ${manifest.ref} ${version}`;
  const expected = `${version}-${checksum.hex.slice(0, 12)}`;
  if (name === expected || (name.startsWith(`${expected}-`) && /^\d+$/.test(name.slice(expected.length + 1))))
    return undefined;
  return `its files were changed: their checksum is ${formatDigest(checksum)}, which does not match its name`;
}
