/**
 * The configured registries, queried in priority order (SPEC section 5). The first enabled registry that has a ref is the
 * only one used for it. A registry that cannot be read stops the search: continuing with the next one would allow anyone
 * who can make a registry fail to choose the origin of a pack.
 */
import type { Config, IndexSetting } from '../../config/types.ts';
import { nearest } from '../../documents/nearest.ts';
import { redactedUrl } from '../cache/address.ts';
import { CacheFailure, CacheNotWritable } from '../cache/errors.ts';
import { NoRegistry, NotInAnyRegistry, UnknownRegistry } from './errors.ts';
import { type OpenIndex, openIndex, type RegistryTools } from './fetch-index.ts';
import { type FoundPack, foundPack } from './found-pack.ts';
import { InvalidEntryRequested } from './invalid-entries.ts';
import { type RegistryInfo, registryInfo } from './registry-info.ts';
import { type Search, type SearchResult, searchIndexes } from './search.ts';

export type { FoundPack } from './found-pack.ts';

export interface RegistryChoice {
  /** The value of `--registry`: the only registry to use, even if it is disabled. */
  readonly registry?: string | undefined;
}

export interface Registries {
  /**
   * Finds a pack; returns `undefined` if no registry has it, or if there is no registry.
   * @throws UnknownRegistry, RegistryUnreadable, InvalidEntryRequested
   */
  find(ref: string, choice?: RegistryChoice): Promise<FoundPack | undefined>;
  /**
   * Finds a pack that has to exist.
   * @throws NotInAnyRegistry, NoRegistry, UnknownRegistry, RegistryUnreadable, InvalidEntryRequested
   */
  get(ref: string, choice?: RegistryChoice): Promise<FoundPack>;
  /**
   * Finds the packs that match search terms, each in the registry that it would be installed from.
   * @throws NoRegistry, UnknownRegistry, RegistryUnreadable
   */
  search(search: Search, choice?: RegistryChoice): Promise<SearchResult>;
  /** Returns all configured registries in query order, without contacting any. */
  list(): readonly RegistryInfo[];
  /**
   * Downloads the index of a registry, even if the cached copy is fresh.
   * @param setting a registry, which need not be configured
   * @throws RegistryUnreadable
   */
  refresh(setting: IndexSetting): Promise<RefreshedIndex>;
  /** Deletes the cached indexes of a configured URL. */
  forget(url: string): Promise<void>;
  /** Returns the settings of the enabled registries, or of the chosen one. @throws UnknownRegistry */
  chosen(choice?: RegistryChoice): readonly IndexSetting[];
}

export interface RefreshedIndex {
  /** True if the content differs from the cached copy, or there was none. */
  readonly changed: boolean;
  readonly packs: number;
  readonly fetchedAt: Date;
}

/** Returns the configured registries. Each index is opened at most once, on first use. */
export function openRegistries(config: Pick<Config, 'registries'>, tools: RegistryTools): Registries {
  return new ConfiguredRegistries(config.registries, tools);
}

class ConfiguredRegistries implements Registries {
  readonly #config: Config['registries'];
  readonly #tools: RegistryTools;
  readonly #opened = new Map<IndexSetting, Promise<OpenIndex>>();

  constructor(config: Config['registries'], tools: RegistryTools) {
    this.#config = config;
    this.#tools = tools;
  }

  find(ref: string, choice: RegistryChoice = {}): Promise<FoundPack | undefined> {
    return this.#withCache(async () => {
      for (const setting of this.chosen(choice)) {
        const { cache, index, base } = await this.#open(setting);
        const entry = cache.entry(index, ref);
        if (entry) return foundPack(setting, entry, base);
        const reason = cache.invalidReason(index, ref);
        if (reason !== undefined) throw new InvalidEntryRequested(setting, ref, reason);
      }
      return undefined;
    });
  }

  async get(ref: string, choice: RegistryChoice = {}): Promise<FoundPack> {
    const chosen = this.chosen(choice);
    if (chosen.length === 0) throw new NoRegistry(`look up the pack '${ref}'`, this.#whyNone(), { ref });
    const found = await this.find(ref, choice);
    if (found) return found;
    const similar = await this.#withCache(async () => {
      const opened = await Promise.all(chosen.map((setting) => this.#open(setting)));
      return new Set(
        opened.flatMap(({ cache, index }) => nearest(ref, cache.refs(index, ref.length, lengthTolerance(ref))) ?? []),
      );
    });
    throw new NotInAnyRegistry(
      ref,
      chosen.map(({ name }) => name),
      [...similar],
    );
  }

  search(search: Search, choice: RegistryChoice = {}): Promise<SearchResult> {
    return this.#withCache(async () => {
      const chosen = this.chosen(choice);
      if (chosen.length === 0) throw new NoRegistry('search', this.#whyNone(), { words: search.terms });
      const opened = chosen.map(async (setting) => ({ ...(await this.#open(setting)), name: setting.name }));
      return searchIndexes(await Promise.all(opened), search);
    });
  }

  list(): readonly RegistryInfo[] {
    return byPriority(this.#config.indices).map((setting) => registryInfo(setting, this.#config, this.#tools));
  }

  refresh(setting: IndexSetting): Promise<RefreshedIndex> {
    return this.#withCache(async () => {
      const { index, changed } = await openIndex(setting, this.#config, this.#tools, true);
      return { changed, packs: index.packs, fetchedAt: new Date(index.fetchedAt) };
    });
  }

  async forget(url: string): Promise<void> {
    try {
      await this.#withCache(() => this.#tools.caches.persistent.forget(redactedUrl(url)));
    } catch (error) {
      if (!(error instanceof CacheNotWritable)) throw error;
      this.#tools.caches.reportNotWritable(error);
    }
  }

  chosen({ registry: name }: RegistryChoice = {}): readonly IndexSetting[] {
    const { enabled, indices } = this.#config;
    if (!enabled) return [];
    if (name === undefined) return byPriority(indices.filter((setting) => setting.enabled));
    const setting = indices.find((one) => one.name === name);
    if (setting) return [setting];
    throw new UnknownRegistry(
      name,
      indices.map((one) => one.name),
    );
  }

  #whyNone(): string {
    const { enabled, indices } = this.#config;
    if (!enabled) return 'registries are disabled (pack_registry.enabled in settings.yaml)';
    return indices.length === 0 ? 'no registry is configured' : 'every configured registry is disabled';
  }

  #open(setting: IndexSetting): Promise<OpenIndex> {
    const opened = this.#opened.get(setting) ?? openIndex(setting, this.#config, this.#tools);
    this.#opened.set(setting, opened);
    return opened;
  }

  /** Runs an operation, and repeats it with the in-memory cache if the cache on disk fails. */
  async #withCache<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof CacheFailure)) throw error;
      this.#tools.caches.fallBackToMemory(error);
      this.#opened.clear();
      return operation();
    }
  }
}

/** Sorts by priority. Equal priorities retain the order of the file. */
function byPriority(settings: readonly IndexSetting[]): readonly IndexSetting[] {
  return settings.toSorted((one, other) => one.priority - other.priority);
}

/** Returns the maximum difference in length between a ref and a suggestion of `nearest`. */
function lengthTolerance(ref: string): number {
  return Math.max(1, Math.floor(ref.length / 3)) + 1;
}
