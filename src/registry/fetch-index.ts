import type { IndexSetting } from '../config/config.ts';
import type { Mirrors } from '../config/mirrors.ts';
import { concealVariables, expandVariables } from '../config/variables.ts';
import { AttuneError } from '../errors.ts';
import { withoutUserInfo } from '../platform/http.ts';
import { type IndexTools, indexUrl, readIndexContent } from './index-content.ts';
import type { IndexEntry, IndexedPack } from './index-format.ts';
import { readIndexKeeping } from './read-index.ts';

export interface FetchedIndex {
  /** Of each entry, what is needed to choose a version and to fetch it. */
  readonly packs: readonly IndexedPack[];
  /** The index's own URL, which the relative ones in it are relative to. It may hold user info. */
  readonly base: string;
}

/** Something went wrong with one registry; the code is that of what went wrong. */
export class RegistryUnreadable extends AttuneError {
  /** @param answer what the server said, for content that is no index */
  constructor(setting: IndexSetting, why: AttuneError, answer: string | undefined, conceal: (text: string) => string) {
    const url = withoutUserInfo(setting.url);
    const place = answer === undefined ? url : `${url}: ${answer}`;
    // The cause itself is left out: it may hold what the variables in the URL stand for.
    super(why.code, conceal(`Cannot read the registry '${setting.name}' (${place}). ${why.message}`), {
      facts: { ...concealFacts(why.facts, conceal), registry: setting.name, url },
      hint: `${conceal(why.hint ?? 'Check the registry.')} To use another registry, name it with --registry.`,
    });
  }
}

function concealFacts(facts: AttuneError['facts'], conceal: (text: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' ? conceal(fact) : fact]),
  );
}

/**
 * Reads the index of one registry from wherever it is, or from its mirror. The relative URLs in it stay relative to
 * its configured URL, not to the mirror or to where a redirect led: that is what its publisher knows, and mirrors are
 * looked up for each of those URLs again.
 * @throws RegistryUnreadable, with the code of what went wrong
 */
export async function fetchIndex(setting: IndexSetting, mirrors: Mirrors, tools: IndexTools): Promise<FetchedIndex> {
  const templates = [setting.url, ...Object.values(mirrors)].join(' ');
  const conceal = (text: string) => concealVariables(text, templates, tools.variables);
  let answer: string | undefined;
  try {
    const base = indexUrl(expandVariables(setting.url, tools.variables), tools.workingDirectory);
    tools.reporter.step(`Reading the registry '${setting.name}'`);
    const content = await readIndexContent(base, setting.headers, mirrors, tools);
    answer = content.answer;
    const location = conceal(withoutUserInfo(content.location));
    const { packs } = readIndexKeeping(withoutDescription, content.bytes, location, tools.limits, tools.reporter);
    return { packs, base: base.href };
  } catch (error) {
    if (error instanceof AttuneError) throw new RegistryUnreadable(setting, error, answer, conceal);
    throw error;
  }
}

/** An index may describe a hundred thousand packs, of which a few are asked for. */
function withoutDescription({
  ref,
  version,
  installSources,
  runtimeDeps,
  dependencies,
  yanked,
  releases,
}: IndexEntry): IndexedPack {
  return { ref, version, installSources, runtimeDeps, dependencies, yanked, releases };
}
