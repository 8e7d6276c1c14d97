import { join } from 'node:path';
import type { IndexSetting, RegistrySettings } from '../../../src/config/types.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { systemHttp } from '../../../src/platform/http/system-http.ts';
import type { Reporter } from '../../../src/platform/reporter.ts';
import { IndexCaches } from '../../../src/registry/cache/index-caches.ts';
import { openRegistries, type Registries } from '../../../src/registry/lookup/registries.ts';
import { temporaryDirectory } from '../temporary.ts';

/** Long, so that a busy machine causes no timeout. */
const TIMEOUT_MS = 60_000;

/** The environment of one command. */
export interface Command {
  readonly offline?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
  readonly settings?: Partial<RegistrySettings>;
}

/** A cache on disk that several commands use in turn, with a clock that a test controls. */
export class CachedHarness {
  readonly root: string;
  /** Milliseconds since the epoch. */
  now = Date.parse('2026-03-01T12:00:00Z');
  /** The notes and warnings of all commands. */
  readonly messages: string[] = [];
  readonly #test: { after(clean: () => void): void };

  constructor(test: { after(clean: () => void): void }) {
    this.#test = test;
    this.root = temporaryDirectory(test);
  }

  get cachePath(): string {
    return join(this.root, 'cache', 'indexes.db');
  }

  /** Returns the registries of the next command, which shares only the disk with the previous one. */
  command(indices: readonly (Partial<IndexSetting> & { url: string })[], command: Command = {}): Registries {
    const caches = new IndexCaches(this.cachePath, (text) => this.messages.push(text));
    this.#test.after(() => caches[Symbol.dispose]());
    const { offline = false, variables = {} } = command;
    const settings: RegistrySettings = {
      enabled: true,
      indices: indices.map((setting, index) => ({
        name: `r${index + 1}`,
        priority: 100,
        enabled: true,
        headers: {},
        ...setting,
      })),
      mirrors: {},
      cacheTtlMs: 3_600_000,
      allowHttp: false,
      timeoutMs: TIMEOUT_MS,
      ...command.settings,
    };
    const tools = {
      http: systemHttp({ offline, allowPlain: false, timeoutMs: TIMEOUT_MS, redirects: 5, variables }),
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
    const record = (text: string) => this.messages.push(text);
    const activity = { progress() {}, [Symbol.dispose]() {} };
    return { step() {}, activity: () => activity, note: record, warn: record };
  }
}
