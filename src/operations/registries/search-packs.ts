import { parseRuntime } from '../../resolver/runtimes/check-runtimes.ts';
import { knownRuntime } from '../../resolver/runtimes/known-runtimes.ts';
import type { Runtime } from '../runtime.ts';

export interface SearchRequest {
  readonly words: readonly string[];
  /** The only registry to ask. */
  readonly registry: string | undefined;
  /** Only packs that need this one. */
  readonly runtime: string | undefined;
  readonly limit: number;
}

/** As the contract prints it (SPEC section 7). */
export interface SearchReport {
  readonly results: readonly FoundPack[];
  /** There are others. */
  readonly more: boolean;
}

export interface FoundPack {
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string;
  readonly registry: string;
  /** The version that is installed, from wherever. */
  readonly installed: string | null;
}

/** Packs that fit all of the words, the best first. @throws NoRegistry, UnknownRegistry, RegistryUnreadable */
export async function searchPacks(
  { words, registry, runtime: wanted, limit }: SearchRequest,
  runtime: Pick<Runtime, 'registries' | 'store'>,
): Promise<SearchReport> {
  const registries = await runtime.registries();
  const accepts = wanted === undefined ? undefined : needs(wanted);
  const { hits, more } = await registries.search({ words, accepts, limit }, { registry });
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

/** Whether one of a pack's runtimes is the wanted one, by whichever of its names. */
function needs(wanted: string): (runtimes: readonly string[]) => boolean {
  const name = nameOf(wanted);
  const seen = new Map<string, string>();
  return (runtimes) =>
    runtimes.some((text) => {
      const known = seen.get(text) ?? nameOf(text);
      seen.set(text, known);
      return known === name;
    });
}

function nameOf(text: string): string {
  const name = runtimeName(text).toLowerCase();
  return knownRuntime(name)?.name ?? name;
}

/** An index may name a runtime that is none, which no search is for. */
function runtimeName(text: string): string {
  try {
    return parseRuntime(text).name;
  } catch {
    return text;
  }
}
