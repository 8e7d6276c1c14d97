import { basename, dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { formatDigest } from '../../packs/digest.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { type Pack, readPack } from '../../packs/pack.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { inspect } from '../../platform/files/inspect.ts';
import type { Layout } from '../layout.ts';
import type { ReleaseDirectory } from './directories.ts';

/** What a tree is read with. */
export interface TreeTools {
  readonly limits: Limits;
  /** What a pack is recorded to need, by its manifest. @throws AttuneError */
  dependenciesOf(manifest: Manifest): readonly { readonly ref: string; readonly range: string }[];
}

/** A release as its own files tell of it. */
export interface IntactTree {
  readonly directory: ReleaseDirectory;
  readonly pack: Pack;
  readonly fingerprint: Fingerprint;
  readonly dependencies: ReturnType<TreeTools['dependenciesOf']>;
  /** When it was unpacked, as far as the file system knows. */
  readonly madeAt: Date;
}

export interface DamagedTree {
  readonly directory: ReleaseDirectory;
  /** A sentence without its full stop. */
  readonly reason: string;
}

/** Reads a release without its row: its name says which pack, which version and which checksum it has to have. */
export function readReleaseTree(
  layout: Layout,
  directory: ReleaseDirectory,
  tools: TreeTools,
): IntactTree | DamagedTree {
  const path = join(layout.releases, directory);
  try {
    const pack = readPack(path, tools.limits);
    const prints = fingerprint(pack.tree);
    const reason = misnamed(directory, path, pack, prints);
    if (reason !== undefined) return { directory, reason };
    const dependencies = tools.dependenciesOf(pack.manifest);
    return { directory, pack, fingerprint: prints, dependencies, madeAt: inspect(path)?.modifiedAt ?? new Date(0) };
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return { directory, reason: error.message.replace(/\.$/, '') };
  }
}

export type ReleaseTree = IntactTree | DamagedTree;

export function isIntact(tree: ReleaseTree): tree is IntactTree {
  return 'pack' in tree;
}

function misnamed(directory: ReleaseDirectory, path: string, { root, manifest }: Pack, { checksum }: Fingerprint) {
  const [ref, name] = [dirname(directory), basename(directory)];
  const { version } = manifest;
  if (root !== path) return 'there is no pack.yaml at its root';
  if (manifest.ref !== ref || !name.startsWith(`${version}-`)) return `it holds ${manifest.ref} ${version}`;
  const mark = `${version}-${checksum.hex.slice(0, 12)}`;
  if (name === mark || (name.startsWith(`${mark}-`) && /^\d+$/.test(name.slice(mark.length + 1)))) return undefined;
  return `its files were changed: they have the checksum ${formatDigest(checksum)}, which its name does not`;
}
