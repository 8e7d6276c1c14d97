import { join } from 'node:path';
import { exists, inspect, listDirectory } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';

/** What stands in an environment and says what it is. */
export const METADATA_FILE = 'environment.json';

/** An environment on the disk. */
export interface StoredEnvironment {
  readonly ref: string;
  readonly digest: string;
  /** `python` or `node`; `unknown` where its note is lost. */
  readonly kind: string;
  readonly path: string;
  /** Of all its files. */
  readonly bytes: number;
  readonly usedAt: Date;
}

/**
 * What is kept, of one pack or of all.
 * @param root of all environments, which need not be there
 * @throws FileError
 */
export function listEnvironments(root: string, only?: string): StoredEnvironment[] {
  if (!exists(root)) return [];
  const refs = directoriesIn(root).filter((ref) => only === undefined || ref === only);
  return refs.flatMap((ref) =>
    directoriesIn(join(root, ref)).map((digest) => describe(ref, digest, join(root, ref, digest))),
  );
}

function directoriesIn(path: string): string[] {
  return listDirectory(path)
    .flatMap(({ name, kind }) => (kind === 'directory' ? [name] : []))
    .sort();
}

function describe(ref: string, digest: string, path: string): StoredEnvironment {
  const note = inspect(join(path, METADATA_FILE)) ?? inspect(path);
  return { ref, digest, kind: kindOf(path), path, bytes: bytesIn(path), usedAt: note?.modifiedAt ?? new Date(0) };
}

function kindOf(path: string): string {
  try {
    const { kind } = JSON.parse(readFile(join(path, METADATA_FILE)).toString('utf8'));
    return typeof kind === 'string' ? kind : 'unknown';
  } catch {
    return 'unknown';
  }
}

function bytesIn(path: string): number {
  return listDirectory(path)
    .map(({ name, kind }) => {
      if (kind === 'directory') return bytesIn(join(path, name));
      return kind === 'file' ? (inspect(join(path, name))?.size ?? 0) : 0;
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}

export interface EnvironmentUsage {
  /** The refs of all installed packs. */
  readonly installed: ReadonlySet<string>;
  /** What was not used since then counts as unused; `undefined` sets no such time. */
  readonly usedBefore: Date | undefined;
}

/**
 * Those that nothing is likely to need again: of packs that are not installed, not used for long, or older than
 * another of the same pack and kind, whose requirements have changed since.
 */
export function unusedEnvironments(
  kept: readonly StoredEnvironment[],
  { installed, usedBefore }: EnvironmentUsage,
): StoredEnvironment[] {
  return kept.filter(
    (environment) =>
      !installed.has(environment.ref) ||
      (usedBefore !== undefined && environment.usedAt < usedBefore) ||
      kept.some((other) => isSuccessor(other, environment)),
  );
}

function isSuccessor(other: StoredEnvironment, { ref, kind, usedAt }: StoredEnvironment): boolean {
  return other.ref === ref && other.kind === kind && other.usedAt > usedAt;
}
