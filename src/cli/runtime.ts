import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config/types.ts';
import type { Runtime } from '../operations/runtime.ts';
import { systemClock } from '../platform/clock.ts';
import { type Environment, systemEnvironment } from '../platform/environment.ts';
import { inspectTarget } from '../platform/files/inspect.ts';
import type { Http } from '../platform/http/http.ts';
import { configFile, resolvePaths } from '../platform/paths.ts';
import { systemProcesses } from '../platform/processes/processes.ts';
import type { Processes } from '../platform/processes/types.ts';
import type { WarningCollector } from '../platform/reporter.ts';
import type { IndexCaches } from '../registry/cache/index-caches.ts';
import type { Registries } from '../registry/lookup/registries.ts';
import type { DownloadCache } from '../sources/cache/download-cache.ts';
import type { Store } from '../store/store.ts';

export interface RuntimeOptions {
  readonly dataDirectory: string | undefined;
  readonly offline: boolean;
  readonly lockTimeoutSeconds: number;
}

/** The collaborators of all operations, wired in this one place and created on first use. */
export class SystemRuntime implements Runtime, Disposable {
  readonly attuneVersion = packageJson.version;
  readonly environment: Environment;
  readonly clock = systemClock;
  readonly reporter: WarningCollector;
  readonly paths: Runtime['paths'];
  readonly lockTimeoutMs: number;
  readonly #options: RuntimeOptions;
  readonly #created = new Map<string, Promise<unknown>>();
  #processes: Processes | undefined;
  #store: Store | undefined;
  #indexCaches: IndexCaches | undefined;

  constructor(reporter: WarningCollector, options: RuntimeOptions, environment = systemEnvironment()) {
    this.environment = environment;
    this.reporter = reporter;
    this.paths = resolvePaths(environment, options.dataDirectory, (text) => reporter.warn(text));
    this.#options = options;
    this.lockTimeoutMs = options.lockTimeoutSeconds * 1000;
  }

  get processes(): Processes {
    this.#processes ??= systemProcesses({ offline: this.#options.offline });
    return this.#processes;
  }

  config(): Promise<Config> {
    return this.#once('config', async () => {
      const { readConfig } = await import('../config/config.ts');
      return readConfig(this.paths, this.environment);
    });
  }

  http(): Promise<Http> {
    return this.#once('http', async () => {
      const [{ systemHttp }, { withRetries }] = await Promise.all([
        import('../platform/http/system-http.ts'),
        import('../platform/http/retry.ts'),
      ]);
      const { registries, downloads, limits } = await this.config();
      const note = (text: string) => this.reporter.note(text);
      const http = systemHttp({
        note,
        offline: this.#options.offline,
        allowPlain: registries.allowHttp,
        connectTimeoutMs: downloads.connectTimeoutMs,
        timeoutMs: registries.timeoutMs,
        redirects: limits.redirects,
        variables: this.environment.variables,
      });
      return withRetries(http, { attempts: downloads.attempts, clock: this.clock, random: Math.random, note });
    });
  }

  downloads(): Promise<DownloadCache> {
    return this.#once('downloads', async () => {
      const { DownloadCache } = await import('../sources/cache/download-cache.ts');
      const { downloads } = await this.config();
      return new DownloadCache(join(this.paths.cache, 'downloads'), downloads.cacheBytes, (text) =>
        this.reporter.note(text),
      );
    });
  }

  store(): Promise<Store> {
    return this.#once('store', async () => {
      const { Store } = await import('../store/store.ts');
      // Readers do not need the configuration, but an invalid one is reported to them as well.
      if (inspectTarget(configFile(this.paths))) await this.config();
      const { clock, reporter, environment, attuneVersion, lockTimeoutMs } = this;
      this.#store = new Store(this.paths.data, {
        clock,
        reporter,
        environment,
        attuneVersion,
        keepReleases: async () => (await this.config()).keepReleases,
        lockTimeoutMs,
      });
      return this.#store;
    });
  }

  registries(): Promise<Registries> {
    return this.#once('registries', async () => {
      const [{ openRegistries }, { IndexCaches }] = await Promise.all([
        import('../registry/lookup/registries.ts'),
        import('../registry/cache/index-caches.ts'),
      ]);
      const config = await this.config();
      const { reporter, clock, environment } = this;
      this.#indexCaches = new IndexCaches(join(this.paths.cache, 'indexes.db'), (text) => reporter.note(text));
      return openRegistries(config, {
        // Created on the first request: most lookups are answered from the cache.
        http: { send: async (request) => (await this.http()).send(request) },
        reporter,
        clock,
        caches: this.#indexCaches,
        offline: this.#options.offline,
        limits: config.limits,
        variables: environment.variables,
        workingDirectory: environment.workingDirectory,
      });
    });
  }

  [Symbol.dispose](): void {
    this.#store?.[Symbol.dispose]();
    this.#indexCaches?.[Symbol.dispose]();
  }

  #once<T>(name: string, create: () => Promise<T>): Promise<T> {
    const created = this.#created.get(name) ?? create();
    this.#created.set(name, created);
    return created as Promise<T>;
  }
}
