import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SystemRuntime } from '../../src/cli/runtime.ts';
import { type RememberingReporter, rememberWarnings, silentReporter } from '../../src/platform/reporter.ts';

interface Cleaner {
  after(clean: () => void): void;
}

export interface DirectHarness {
  readonly data: string;
  readonly cache: string;
  readonly config: string;
  /** Where a test puts its files. */
  readonly work: string;
  /** A fresh one, as each command line has it. It goes with the test. */
  runtime(options?: { offline?: boolean; reporter?: RememberingReporter }): SystemRuntime;
}

const VARIABLES = ['ATTUNE_DATA_DIR', 'ATTUNE_CACHE_DIR', 'ATTUNE_CONFIG_DIR', 'ATTUNE_REGISTRY_INDICES', 'PATH'];

/**
 * A machine of one's own for operations that are called and not started. Its environment is this process's as long as the
 * test runs, so tests with it come one after the other. No program is on its PATH.
 */
export function directHarness(test: Cleaner, root: string): DirectHarness {
  const [data, cache, config, work] = ['data', 'cache', 'config', 'work'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const directory of [data, cache, config, work]) mkdirSync(directory, { recursive: true, mode: 0o755 });
  const before = new Map(VARIABLES.map((name) => [name, process.env[name]]));
  Object.assign(process.env, { ATTUNE_DATA_DIR: data, ATTUNE_CACHE_DIR: cache, ATTUNE_CONFIG_DIR: config, PATH: work });
  delete process.env['ATTUNE_REGISTRY_INDICES'];
  const runtimes: SystemRuntime[] = [];
  test.after(() => {
    for (const runtime of runtimes) runtime[Symbol.dispose]();
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  return {
    data,
    cache,
    config,
    work,
    runtime({ offline = false, reporter = rememberWarnings(silentReporter) } = {}) {
      const runtime = new SystemRuntime(reporter, { dataDirectory: undefined, offline, lockTimeoutSeconds: 5 });
      runtimes.push(runtime);
      return runtime;
    },
  };
}
