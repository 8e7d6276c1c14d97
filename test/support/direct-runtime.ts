import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SystemRuntime } from '../../src/cli/runtime.ts';
import { type Environment, systemEnvironment } from '../../src/platform/environment.ts';
import { collectWarnings, silentReporter, type WarningCollector } from '../../src/platform/reporter.ts';

interface TestHooks {
  after(clean: () => void): void;
}

export interface DirectHarness {
  readonly data: string;
  readonly cache: string;
  readonly config: string;
  /** The directory for the files of the test. It is also the only directory on the PATH. */
  readonly work: string;
  /** Creates a new runtime, as each command line does. It is disposed after the test. */
  runtime(options?: { offline?: boolean; reporter?: WarningCollector }): SystemRuntime;
}

/** Creates private data, cache and configuration directories for operations that are called in this process. */
export function directHarness(test: TestHooks, root: string): DirectHarness {
  const makeDirectory = (name: string) => {
    const directory = join(root, name);
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    return directory;
  };
  const data = makeDirectory('data');
  const cache = makeDirectory('cache');
  const config = makeDirectory('config');
  const work = makeDirectory('work');
  const variables = {
    ...process.env,
    ATTUNE_DATA_DIR: data,
    ATTUNE_CACHE_DIR: cache,
    ATTUNE_CONFIG_DIR: config,
    ATTUNE_REGISTRY_INDICES: undefined,
    PATH: work,
  };
  const environment: Environment = { ...systemEnvironment(), variables };
  const runtimes: SystemRuntime[] = [];
  test.after(() => {
    for (const runtime of runtimes) runtime[Symbol.dispose]();
  });
  return {
    data,
    cache,
    config,
    work,
    runtime({ offline = false, reporter = collectWarnings(silentReporter) } = {}) {
      const options = { dataDirectory: undefined, offline, lockTimeoutSeconds: 5 };
      const runtime = new SystemRuntime(reporter, options, environment);
      runtimes.push(runtime);
      return runtime;
    },
  };
}
