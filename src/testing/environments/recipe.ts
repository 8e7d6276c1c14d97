import { createHash } from 'node:crypto';
import type { TestEnvironment } from '../../packs/test-report.ts';
import { readChunks } from '../../platform/files/read.ts';
import type { Processes } from '../../platform/processes/types.ts';
import type { Reporter } from '../../platform/reporter.ts';
import type { RuntimeEnvironment } from '../test-run.ts';

/** The tools for building an environment. */
export interface BuildTools {
  readonly processes: Pick<Processes, 'run' | 'find' | 'offline'>;
  readonly reporter: Pick<Reporter, 'activity'>;
  /** The user's environment. Only the configuration of pip, uv and npm is passed on (`build-variables.ts`). */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Absolute directories with wheels. They are searched before the index; with `--offline`, instead of it. */
  readonly wheelDirectories: readonly string[];
}

/** The paths for building an environment, all absolute. */
export interface BuildPaths {
  /** An empty private directory. It is moved to `final` when the environment is complete. */
  readonly staging: string;
  readonly final: string;
  /** An empty private directory for temporary files. */
  readonly scratch: string;
}

/** How to build one environment and how to use it. */
export interface EnvironmentRecipe {
  readonly kind: TestEnvironment['kind'];
  /** A digest of everything that determines the content: 16 lower-case hexadecimal digits. */
  readonly digest: string;
  /** The files of the pack that list the packages, relative to its root. */
  readonly files: readonly string[];
  /** @throws EnvironmentError */
  build(paths: BuildPaths, tools: BuildTools): Promise<void>;
  /** Returns the environment for the tests. @param path the directory of the built environment */
  toRuntimeEnvironment(path: string): RuntimeEnvironment;
}

/** Enough to distinguish the environments of one pack, and short enough for the paths in their programs. */
const DIGEST_DIGITS = 16;

/** Returns the digest of everything that determines an environment, which must be serializable as JSON. */
export function recipeDigest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, DIGEST_DIGITS);
}

/** Returns the SHA-256 of a file, in hexadecimal. @throws FileError */
export function fileDigest(path: string): string {
  const hash = createHash('sha256');
  for (const chunk of readChunks(path)) hash.update(chunk);
  return hash.digest('hex');
}
