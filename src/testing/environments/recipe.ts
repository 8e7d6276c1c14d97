import type { TestEnvironment } from '../../packs/test-report.ts';
import type { Processes } from '../../platform/processes/types.ts';
import type { Reporter } from '../../platform/reporter.ts';
import type { RuntimeEnvironment } from '../execution-context.ts';

/** What building an environment works with. */
export interface BuildTools {
  readonly processes: Pick<Processes, 'run' | 'find' | 'offline'>;
  readonly reporter: Pick<Reporter, 'activity'>;
  /** The user's: what tells pip and npm of proxies, indexes and caches is passed on, the rest is not. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Directories with wheels, absolute. They are looked in before the index, and with `--offline` in its place. */
  readonly wheelDirectories: readonly string[];
}

/** Where an environment is built and where it will stand; all absolute. */
export interface BuildPaths {
  /** Empty, and private. It is moved to `final` when it is whole. */
  readonly staging: string;
  readonly final: string;
  /** Empty, and private, for what is of no use afterwards. */
  readonly scratch: string;
}

/** How to make one environment, and what it is good for once it stands. */
export interface EnvironmentRecipe {
  readonly kind: TestEnvironment['kind'];
  /** Of everything that decides what is in it: lower-case hexadecimal, 16 digits. */
  readonly digest: string;
  /** The pack's files that ask for it, relative to its root. */
  readonly files: readonly string[];
  /** @throws EnvironmentError */
  build(place: BuildPaths, tools: BuildTools): Promise<void>;
  /** @param path where it stands */
  provide(path: string): RuntimeEnvironment;
}
