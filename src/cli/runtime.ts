import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config/config.ts';
import type { Runtime } from '../operations/runtime.ts';
import { systemClock } from '../platform/clock.ts';
import { systemEnvironment } from '../platform/environment.ts';
import type { Http } from '../platform/http.ts';
import { resolvePaths } from '../platform/paths.ts';
import { systemProcesses } from '../platform/processes.ts';
import type { RememberingReporter } from '../platform/reporter.ts';
import type { Registries } from '../registry/registries.ts';
import type { Store } from '../store/store.ts';

export interface RuntimeOptions {
  readonly dataDirectory: string | undefined;
  readonly offline: boolean;
  readonly lockTimeoutSeconds: number;
}

/** The program's collaborators, wired here and nowhere else, each made when it is first asked for. */
export class SystemRuntime implements Runtime, Disposable {
  readonly attuneVersion = packageJson.version;
  readonly environment = systemEnvironment();
  readonly clock = systemClock;
  readonly processes = systemProcesses();
  readonly reporter: RememberingReporter;
  readonly paths: Runtime['paths'];
  readonly #options: RuntimeOptions;
  readonly #made = new Map<string, Promise<unknown>>();
  #store: Store | undefined;

  constructor(reporter: RememberingReporter, options: RuntimeOptions) {
    this.reporter = reporter;
    this.paths = resolvePaths(this.environment, options.dataDirectory);
    this.#options = options;
  }

  config(): Promise<Config> {
    return this.#once('config', async () => {
      const { readConfig } = await import('../config/config.ts');
      return readConfig(this.paths, this.environment);
    });
  }

  http(): Promise<Http> {
    return this.#once('http', async () => {
      const { systemHttp } = await import('../platform/http.ts');
      const { registries, limits } = await this.config();
      return systemHttp({
        offline: this.#options.offline,
        allowPlain: registries.allowHttp,
        timeoutMs: registries.timeoutMs,
        redirects: limits.redirects,
        variables: this.environment.variables,
      });
    });
  }

  store(): Promise<Store> {
    return this.#once('store', async () => {
      const { Store } = await import('../store/store.ts');
      const { keepReleases } = await this.config();
      const { clock, reporter, environment, attuneVersion } = this;
      const lockTimeoutMs = this.#options.lockTimeoutSeconds * 1000;
      this.#store = new Store(this.paths.data, {
        clock,
        reporter,
        environment,
        attuneVersion,
        keepReleases,
        lockTimeoutMs,
      });
      return this.#store;
    });
  }

  registries(): Promise<Registries> {
    return this.#once('registries', async () => {
      const { openRegistries } = await import('../registry/registries.ts');
      const config = await this.config();
      return openRegistries(config, {
        http: await this.http(),
        reporter: this.reporter,
        limits: config.limits,
        variables: this.environment.variables,
        workingDirectory: this.environment.workingDirectory,
      });
    });
  }

  [Symbol.dispose](): void {
    this.#store?.[Symbol.dispose]();
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return made as Promise<T>;
  }
}
