/**
 * The registries that the user configured, asked in the order of their priority (SPEC section 5). The first enabled
 * one that has a ref decides alone, and one that cannot be read stops the search: going on to the next would let
 * whoever can make a registry fail choose where a pack comes from.
 */
import type { Config, IndexSetting } from '../../config/config.ts';
import { nearest } from '../../documents/nearest.ts';
import { redactedUrl } from '../cache/address.ts';
import { CacheFailure } from '../cache/statements.ts';
import { NoRegistry, NotInAnyRegistry, UnknownRegistry } from './errors.ts';
import { type OpenIndex, openIndex, type RegistryTools } from './fetch-index.ts';
import { type FoundPack, foundPack } from './found-pack.ts';
import { type RegistryInfo, standingOf } from './registry-info.ts';
import { type Search, type SearchResult, searchIndexes } from './search.ts';

export type { FoundPack } from './found-pack.ts';

export interface RegistryChoice {
  /** `--registry`: this one and no other, even if it is disabled. */
  readonly registry?: string | undefined;
}

export interface Registries {
  /**
   * What the registries have under a ref; `undefined` when none has it, or there is none.
   * @throws UnknownRegistry, RegistryUnreadable
   */
  find(ref: string, choice?: RegistryChoice): Promise<FoundPack | undefined>;
  /**
   * The same for a ref that has to be there.
   * @throws NotInAnyRegistry, NoRegistry, UnknownRegistry, RegistryUnreadable
   */
  get(ref: string, choice?: RegistryChoice): Promise<FoundPack>;
  /**
   * The packs that fit some words, each in the registry that it would be installed from.
   * @throws NoRegistry, UnknownRegistry, RegistryUnreadable
   */
  search(search: Search, choice?: RegistryChoice): Promise<SearchResult>;
  /** Every configured registry, in the order in which they are asked. Nothing is asked for it. */
  list(): readonly RegistryInfo[];
  /**
   * Asks a registry for its index, however fresh the copy is that there is.
   * @param setting one that need not be configured
   * @throws RegistryUnreadable
   */
  refresh(setting: IndexSetting): Promise<RefreshedIndex>;
  /** Drops what the cache has of a configured URL. */
  forget(url: string): void;
  /** The settings of those that are asked, or of the one that is named. @throws UnknownRegistry */
  chosen(choice?: RegistryChoice): readonly IndexSetting[];
}

export interface RefreshedIndex {
  /** It is another than before, or there was none. */
  readonly changed: boolean;
  readonly packs: number;
  readonly fetchedAt: Date;
}

/** Each index is opened at most once, when it is first needed. */
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
      }
      return undefined;
    });
  }

  async get(ref: string, choice: RegistryChoice = {}): Promise<FoundPack> {
    const chosen = this.chosen(choice);
    if (chosen.length === 0) throw new NoRegistry(`look for the pack '${ref}'`, this.#whyNone(), { ref });
    const found = await this.find(ref, choice);
    if (found) return found;
    const near = await this.#withCache(async () => {
      const opened = await Promise.all(chosen.map((setting) => this.#open(setting)));
      return new Set(
        opened.flatMap(({ cache, index }) => nearest(ref, cache.refs(index, ref.length, slips(ref))) ?? []),
      );
    });
    throw new NotInAnyRegistry(
      ref,
      chosen.map(({ name }) => name),
      [...near],
    );
  }

  search(search: Search, choice: RegistryChoice = {}): Promise<SearchResult> {
    return this.#withCache(async () => {
      const chosen = this.chosen(choice);
      if (chosen.length === 0) throw new NoRegistry('search', this.#whyNone(), { words: search.words });
      const opened = chosen.map(async (setting) => ({ ...(await this.#open(setting)), name: setting.name }));
      return searchIndexes(await Promise.all(opened), search);
    });
  }

  list(): readonly RegistryInfo[] {
    return inOrder(this.#config.indices).map((setting) => standingOf(setting, this.#config, this.#tools));
  }

  refresh(setting: IndexSetting): Promise<RefreshedIndex> {
    return this.#withCache(async () => {
      const { index, changed } = await openIndex(setting, this.#config, this.#tools, true);
      return { changed, packs: index.packs, fetchedAt: new Date(index.fetchedAt) };
    });
  }

  forget(url: string): void {
    try {
      this.#tools.caches.kept.forget(redactedUrl(url));
    } catch (error) {
      if (!(error instanceof CacheFailure)) throw error;
      this.#tools.caches.abandon(error);
    }
  }

  chosen({ registry: name }: RegistryChoice = {}): readonly IndexSetting[] {
    const { enabled, indices } = this.#config;
    if (!enabled) return [];
    if (name === undefined) return inOrder(indices.filter((setting) => setting.enabled));
    const setting = indices.find((one) => one.name === name);
    if (setting) return [setting];
    throw new UnknownRegistry(
      name,
      indices.map((one) => one.name),
    );
  }

  #whyNone(): string {
    const { enabled, indices } = this.#config;
    if (!enabled) return 'registries are switched off (pack_registry.enabled in config.yaml)';
    return indices.length === 0 ? 'no registry is configured' : 'every configured registry is disabled';
  }

  #open(setting: IndexSetting): Promise<OpenIndex> {
    const opened = this.#opened.get(setting) ?? openIndex(setting, this.#config, this.#tools);
    this.#opened.set(setting, opened);
    return opened;
  }

  /** Does it once more without the cache on the disk where that lets us down. */
  async #withCache<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CacheFailure)) throw error;
      this.#tools.caches.abandon(error);
      this.#opened.clear();
      return work();
    }
  }
}

/** Equal priorities keep the order of the file. */
function inOrder(settings: readonly IndexSetting[]): readonly IndexSetting[] {
  return settings.toSorted((one, other) => one.priority - other.priority);
}

/** By how many letters the length of what was meant may differ, as `nearest` sees it. */
function slips(ref: string): number {
  return Math.max(1, Math.floor(ref.length / 3)) + 1;
}
