import { join } from 'node:path';
import type { IndexSetting, RegistrySettings } from '../../../src/config/config.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { systemHttp } from '../../../src/platform/http/system-http.ts';
import type { Reporter } from '../../../src/platform/reporter.ts';
import { IndexCaches } from '../../../src/registry/cache/index-cache.ts';
import { openRegistries, type Registries } from '../../../src/registry/lookup/registries.ts';
import { temporaryDirectory } from '../temporary.ts';

/** What one command is like. */
export interface Command {
  readonly offline?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
  readonly settings?: Partial<RegistrySettings>;
}

/** A cache on the disk that several commands use, one after the other, while time goes by. */
export class CachedHarness {
  readonly root: string;
  /** Milliseconds since the epoch. */
  now = Date.parse('2026-03-01T12:00:00Z');
  /** What the commands said, notes and warnings. */
  readonly said: string[] = [];
  readonly #test: { after(clean: () => void): void };

  constructor(test: { after(clean: () => void): void }) {
    this.#test = test;
    this.root = temporaryDirectory(test);
  }

  get cachePath(): string {
    return join(this.root, 'cache', 'indexes.db');
  }

  /** The registries as the next command has them: nothing but the disk is left of the one before. */
  command(indices: readonly (Partial<IndexSetting> & { url: string })[], command: Command = {}): Registries {
    const caches = new IndexCaches(this.cachePath, (text) => this.said.push(text));
    this.#test.after(() => caches[Symbol.dispose]());
    const { offline = false, variables = {} } = command;
    const settings: RegistrySettings = {
      enabled: true,
      indices: indices.map((setting, at) => ({
        name: `r${at + 1}`,
        priority: 100,
        enabled: true,
        headers: {},
        ...setting,
      })),
      mirrors: {},
      cacheTtlMs: 3_600_000,
      allowHttp: false,
      timeoutMs: 2000,
      ...command.settings,
    };
    const tools = {
      http: systemHttp({ offline, allowPlain: false, timeoutMs: 2000, redirects: 5, variables }),
      reporter: this.#reporter(),
      limits: DEFAULT_LIMITS,
      variables,
      workingDirectory: this.root,
      offline,
      clock: this.#clock(),
      caches,
    };
    return openRegistries({ registries: settings }, tools);
  }

  #clock(): Clock {
    return { now: () => new Date(this.now), elapsed: () => this.now, sleep: async () => {} };
  }

  #reporter(): Reporter {
    const say = (text: string) => this.said.push(text);
    const activity = { progress() {}, [Symbol.dispose]() {} };
    return { step() {}, activity: () => activity, note: say, warn: say };
  }
}
