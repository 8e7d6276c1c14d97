import { parseRuntime } from '../../resolver/runtimes/check-runtimes.ts';
import { knownRuntime } from '../../resolver/runtimes/known-runtimes.ts';
import type { Runtime } from '../runtime.ts';

export interface SearchRequest {
  readonly words: readonly string[];
  /** The only registry to search. */
  readonly registry: string | undefined;
  /** Only return packs that require this runtime. */
  readonly runtime: string | undefined;
  readonly limit: number;
}

/** The JSON document of `pack search` (SPEC section 7). */
export interface SearchReport {
  readonly results: readonly FoundPack[];
  /** The limit cut off further results. */
  readonly more: boolean;
}

export interface FoundPack {
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string;
  readonly registry: string;
  /** The installed version, regardless of its source. */
  readonly installed: string | null;
}

/** Returns packs that match all words, best match first. @throws NoRegistry, UnknownRegistry, RegistryUnreadable */
export async function searchPacks(
  { words, registry, runtime: required, limit }: SearchRequest,
  runtime: Pick<Runtime, 'registries' | 'store'>,
): Promise<SearchReport> {
  const registries = await runtime.registries();
  const accepts = required === undefined ? undefined : requiresRuntime(required);
  const { hits, more } = await registries.search({ terms: words, accepts, limit }, { registry });
  const installed = (await runtime.store()).versions();
  const results = hits.map(({ ref, version, label, description, registry: name }) => ({
    ref,
    version,
    label,
    description,
    registry: name,
    installed: installed.get(ref) ?? null,
  }));
  return { results, more };
}

/** Returns a predicate for lists of runtime requirements that contain a runtime or an alias of it. */
function requiresRuntime(runtime: string): (requirements: readonly string[]) => boolean {
  const name = canonicalName(runtime);
  const names = new Map<string, string>();
  return (requirements) =>
    requirements.some((text) => {
      const known = names.get(text) ?? canonicalName(text);
      names.set(text, known);
      return known === name;
    });
}

function canonicalName(text: string): string {
  const name = runtimeName(text).toLowerCase();
  return knownRuntime(name)?.name ?? name;
}

/** Returns the name in a runtime requirement. Invalid requirements, which an index may contain, are returned unchanged. */
function runtimeName(text: string): string {
  try {
    return parseRuntime(text).name;
  } catch {
    return text;
  }
}
