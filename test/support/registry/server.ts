import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatDigest } from '../../../src/packs/digest.ts';
import { directoryChecksum } from '../../../src/packs/tree/checksum.ts';
import { tarGzOf } from '../archives.ts';
import { treeOf } from '../tree-of.ts';

/** The text files of a pack by path. */
export type PackFiles = Readonly<Record<string, string>>;

/** An install source in the format of an index. */
export type SourceDocument =
  | { readonly type: 'archive'; readonly url: string; readonly checksum: string }
  | { readonly type: 'git'; readonly url: string; readonly ref: string; readonly checksum: string };

/** The properties of a generated pack. */
export interface PackPlan {
  readonly ref: string;
  /** Defaults to `1.0.0`. */
  readonly version?: string;
  /** Pack dependencies such as `core@^1.2`. */
  readonly dependencies?: readonly string[];
  readonly runtimes?: readonly string[];
  /** The shell script of the pack's only test, which passes if the script exits with status 0. */
  readonly test?: string;
  /** Additional files; a file with the same path replaces the generated one. */
  readonly files?: PackFiles;
}

/** A pack in a registry. */
export interface PublishedPack extends PackPlan {
  /** Sources that replace the default, an archive next to the index. */
  readonly sources?: readonly SourceDocument[];
  readonly yanked?: string;
}

/** Returns the files of a small pack with one action. */
export function packFiles({ ref, version = '1.0.0', dependencies, runtimes, test, files }: PackPlan): PackFiles {
  const list = (key: string, items: readonly string[] = []) =>
    items.length === 0 ? '' : `${key}: ${JSON.stringify(items)}\n`;
  const testing = 'testing:\n  runners:\n    shell: { type: script, entry_point: tests/run.sh, timeout: 60 }\n';
  return {
    'pack.yaml': `ref: ${ref}\nversion: ${version}\n${list('dependencies', dependencies)}${list('runtime_deps', runtimes)}${test === undefined ? '' : testing}`,
    'actions/run.yaml': `name: run\ndescription: Runs ${ref} ${version}\n`,
    ...(test === undefined ? {} : { 'tests/run.sh': `#!/bin/sh\n${test}\n` }),
    ...files,
  };
}

/** Returns a pack as a gzipped tar archive. @param directory the directory in the archive that contains the pack */
export function packArchive(files: PackFiles, directory = ''): Buffer {
  const name = (path: string) => (directory === '' ? path : `${directory}/${path}`);
  return tarGzOf(
    ...Object.entries(files).map(([path, content]) => ({
      name: name(path),
      content,
      mode: path.endsWith('.sh') ? 0o755 : 0o644,
    })),
  );
}

export function sha256Of(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Returns a git source with the checksum of the given files. */
export function gitSource(url: string, ref: string, files: PackFiles): SourceDocument {
  return { type: 'git', url, ref, checksum: formatDigest(directoryChecksum(treeOf(files))) };
}

/**
 * Writes an index, and an archive next to it for every pack without explicit sources. The first pack with a ref becomes
 * the entry, and later ones with the same ref become its earlier releases.
 * @returns the path of the index
 */
export function writeRegistry(directory: string, packs: readonly PublishedPack[]): string {
  const byRef = Map.groupBy(packs, ({ ref }) => ref);
  const entries = [...byRef].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, all]) => entryOf(directory, all));
  const index = {
    registry_name: 'Test',
    registry_url: 'https://index.example',
    version: '1.0',
    last_updated: '2026-08-22T01:53:58Z',
    packs: entries,
  };
  const path = join(directory, 'index.json');
  put(path, `${JSON.stringify(index, null, 2)}\n`);
  return path;
}

function entryOf(directory: string, [current, ...earlier]: readonly PublishedPack[]): object {
  const release = releaseOf(directory, current!);
  return {
    ref: current!.ref,
    label: current!.ref,
    description: `The pack ${current!.ref}`,
    author: 'Ada',
    license: 'Apache-2.0',
    keywords: [],
    contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] },
    ...release,
    ...(earlier.length === 0 ? {} : { releases: earlier.map((pack) => releaseOf(directory, pack)) }),
  };
}

function releaseOf(directory: string, pack: PublishedPack): object {
  return {
    version: pack.version ?? '1.0.0',
    runtime_deps: pack.runtimes ?? [],
    install_sources: pack.sources ?? [publishArchive(directory, pack)],
    ...(pack.dependencies === undefined ? {} : { dependencies: { packs: pack.dependencies } }),
    ...(pack.yanked === undefined ? {} : { yanked: pack.yanked }),
  };
}

function publishArchive(directory: string, pack: PublishedPack): SourceDocument {
  const url = `archives/${pack.ref}-${pack.version ?? '1.0.0'}.tar.gz`;
  const archive = packArchive(packFiles(pack));
  put(join(directory, url), archive);
  return { type: 'archive', url, checksum: sha256Of(archive) };
}

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
