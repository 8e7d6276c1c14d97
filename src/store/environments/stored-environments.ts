import { join } from 'node:path';
import { diskUsageOf, listFilesBelow } from '../../platform/files/disk-usage.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { inspect, listIfPresent } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';

/** The metadata file in an environment. */
export const METADATA_FILE = 'environment.json';

/** An environment on the disk. */
export interface StoredEnvironment {
  readonly ref: string;
  readonly digest: string;
  /** `python` or `node`; `unknown` without metadata. */
  readonly kind: string;
  readonly path: string;
  /** The total size of its files. */
  readonly bytes: number;
  readonly usedAt: Date;
}

/**
 * Lists the environments of one pack or of all.
 * @param root the directory of all environments, which may be missing
 * @param warn reports a pack whose environments this user cannot read
 * @throws FileError
 */
export function listEnvironments(root: string, warn: (text: string) => void, ref?: string): StoredEnvironment[] {
  const refs = directoriesIn(root).filter((name) => ref === undefined || name === ref);
  return refs.flatMap((name) => {
    try {
      return directoriesIn(join(root, name)).flatMap(
        (digest) => describe(name, digest, join(root, name, digest)) ?? [],
      );
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== 'STORE_PERMISSION') throw error;
      warn(`${error.message} The environments in it are skipped.`);
      return [];
    }
  });
}

function directoriesIn(path: string): string[] {
  return listIfPresent(path)
    .flatMap(({ name, kind }) => (kind === 'directory' ? [name] : []))
    .sort();
}

/** @returns `undefined` if another process has removed the environment */
function describe(ref: string, digest: string, path: string): StoredEnvironment | undefined {
  const { bytes } = diskUsageOf(listFilesBelow(path));
  const metadata = inspect(join(path, METADATA_FILE)) ?? inspect(path);
  return metadata && { ref, digest, kind: kindOf(path), path, bytes, usedAt: metadata.modifiedAt };
}

function kindOf(path: string): string {
  try {
    const { kind } = JSON.parse(readFile(join(path, METADATA_FILE)).toString('utf8'));
    return typeof kind === 'string' ? kind : 'unknown';
  } catch {
    return 'unknown';
  }
}

export interface EnvironmentUsage {
  /** The refs of all installed packs. */
  readonly installed: ReadonlySet<string>;
  /** Environments that were last used before this time count as unused; `undefined` for no limit. */
  readonly usedBefore: Date | undefined;
}

/**
 * Selects the environments that are probably not needed again: those of packs that are not installed, those that were not
 * used for long, and those superseded by a later used one of the same pack and kind, after its requirements changed.
 */
export function unusedEnvironments(
  stored: readonly StoredEnvironment[],
  { installed, usedBefore }: EnvironmentUsage,
): StoredEnvironment[] {
  return stored.filter(
    (environment) =>
      !installed.has(environment.ref) ||
      (usedBefore !== undefined && environment.usedAt < usedBefore) ||
      stored.some((other) => supersedes(other, environment)),
  );
}

function supersedes(other: StoredEnvironment, { ref, kind, usedAt }: StoredEnvironment): boolean {
  return other.ref === ref && other.kind === kind && other.usedAt > usedAt;
}
