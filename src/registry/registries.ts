/**
 * The registries that the user configured, asked in the order of their priority (SPEC section 5). The first enabled
 * one that has a ref decides alone, and one that cannot be read stops the search: going on to the next would let
 * whoever can make a registry fail choose where a pack comes from.
 */
import type { Config, IndexSetting } from '../config/config.ts';
import { nearest } from '../documents/nearest.ts';
import { AttuneError } from '../errors.ts';
import { withoutUserInfo } from '../platform/http.ts';
import { type FetchedIndex, fetchIndex } from './fetch-index.ts';
import type { IndexTools } from './index-content.ts';
import { absoluteSource, type IndexedPack, type IndexRelease, releasesOf } from './index-format.ts';

export interface Registry {
  readonly name: string;
  /** As configured, without user info; `${NAME}` stays as it is. */
  readonly url: string;
  readonly priority: number;
}

export interface FoundPack {
  readonly registry: Registry;
  /** With the URLs of its sources, and of its releases' sources, made absolute. */
  readonly entry: IndexedPack;
  /** All that can be chosen, the entry's own version first. */
  readonly versions: readonly FoundVersion[];
}

export interface FoundVersion {
  readonly version: string;
  /** The packs that it needs, each with its range. */
  readonly dependencies: readonly string[];
  readonly yanked: string | undefined;
  readonly release: IndexRelease;
}

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
}

export class NotInAnyRegistry extends AttuneError {
  constructor(ref: string, asked: readonly string[], near: readonly string[]) {
    const names = asked.map((name) => `'${name}'`).join(', ');
    const where = asked.length === 1 ? `the registry ${names}` : `any of the registries ${names}`;
    super('NOT_FOUND_PACK', `There is no pack '${ref}' in ${where}.`, {
      facts: { ref, registries: asked, near },
      hint:
        near.length > 0
          ? `Did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`
          : `Check the spelling; for a directory of that name write ./${ref}.`,
    });
  }
}

const HOW_TO_CONFIGURE =
  'Name one under pack_registry.indices in config.yaml, or set ATTUNE_REGISTRY_INDICES to its URL or path.';

export class NoRegistry extends AttuneError {
  constructor(ref: string, why: string) {
    super('NOT_FOUND_REGISTRY', `Cannot look for the pack '${ref}': ${why}.`, {
      facts: { ref },
      hint: HOW_TO_CONFIGURE,
    });
  }
}

export class UnknownRegistry extends AttuneError {
  constructor(name: string, known: readonly string[]) {
    const list = known.map((one) => `'${one}'`).join(', ') || 'none';
    const meant = nearest(name, known);
    super('NOT_FOUND_REGISTRY', `There is no registry '${name}'; configured: ${list}.`, {
      facts: { registry: name, known },
      hint: meant ? `Did you mean '${meant}'?` : HOW_TO_CONFIGURE,
    });
  }
}

/** Each index is read at most once, when it is first needed. */
export function openRegistries(config: Pick<Config, 'registries'>, tools: IndexTools): Registries {
  return new ConfiguredRegistries(config.registries, tools);
}

interface OpenIndex extends FetchedIndex {
  readonly entries: ReadonlyMap<string, IndexedPack>;
}

class ConfiguredRegistries implements Registries {
  readonly #config: Config['registries'];
  readonly #tools: IndexTools;
  readonly #opened = new Map<IndexSetting, Promise<OpenIndex>>();

  constructor(config: Config['registries'], tools: IndexTools) {
    this.#config = config;
    this.#tools = tools;
  }

  async find(ref: string, choice: RegistryChoice = {}): Promise<FoundPack | undefined> {
    for (const setting of this.#choose(choice)) {
      const { entries, base } = await this.#open(setting);
      const entry = entries.get(ref);
      if (entry) return foundPack(setting, entry, base);
    }
    return undefined;
  }

  async get(ref: string, choice: RegistryChoice = {}): Promise<FoundPack> {
    const chosen = this.#choose(choice);
    if (chosen.length === 0) throw new NoRegistry(ref, this.#whyNone());
    const found = await this.find(ref, choice);
    if (found) return found;
    const opened = await Promise.all(chosen.map((setting) => this.#open(setting)));
    const near = new Set(opened.flatMap(({ entries }) => nearest(ref, entries.keys()) ?? []));
    throw new NotInAnyRegistry(
      ref,
      chosen.map(({ name }) => name),
      [...near],
    );
  }

  /** In the order in which they are asked; equal priorities keep the order of the file. */
  #choose({ registry: name }: RegistryChoice): readonly IndexSetting[] {
    const { enabled, indices } = this.#config;
    if (!enabled) return [];
    if (name === undefined) {
      return indices.filter((setting) => setting.enabled).toSorted((one, other) => one.priority - other.priority);
    }
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
    const opened = this.#opened.get(setting) ?? this.#read(setting);
    this.#opened.set(setting, opened);
    return opened;
  }

  async #read(setting: IndexSetting): Promise<OpenIndex> {
    const fetched = await fetchIndex(setting, this.#config.mirrors, this.#tools);
    return { ...fetched, entries: new Map(fetched.packs.map((entry) => [entry.ref, entry])) };
  }
}

function foundPack({ name, url, priority }: IndexSetting, relative: IndexedPack, base: string): FoundPack {
  const entry = {
    ...withAbsoluteUrls(relative, base),
    releases: relative.releases.map((one) => withAbsoluteUrls(one, base)),
  };
  return {
    registry: { name, url: withoutUserInfo(url), priority },
    entry,
    versions: releasesOf(entry).map((release) => ({
      version: release.version,
      dependencies: release.dependencies.packs,
      yanked: release.yanked,
      release,
    })),
  };
}

function withAbsoluteUrls<R extends IndexRelease>(release: R, base: string): R {
  return { ...release, installSources: release.installSources.map((source) => absoluteSource(source, base)) };
}
