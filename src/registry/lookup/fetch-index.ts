import { createHash } from 'node:crypto';
import type { IndexSetting, RegistrySettings } from '../../config/config.ts';
import { AttuneError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { addressOf, hidingVariables, type IndexAddress } from '../cache/address.ts';
import { formatAge, isFresh, reliableStamp } from '../cache/freshness.ts';
import type { IndexCache, IndexCaches } from '../cache/index-cache.ts';
import type { CachedIndex } from '../cache/rows.ts';
import { storeIndex } from '../cache/store-index.ts';
import { type IndexContent, type IndexTools, readIndexAt } from '../fetch/download-index.ts';

export interface RegistryTools extends IndexTools {
  readonly caches: IndexCaches;
  readonly clock: Clock;
  /** Nothing can be asked. */
  readonly offline: boolean;
}

/** An index that entries can be looked up in. */
export interface OpenIndex {
  readonly cache: IndexCache;
  readonly index: CachedIndex;
  /** The index's own URL, which the relative ones in it are relative to. */
  readonly base: SafeUrl;
  /** Its content is another than that of the copy that was here before, or there was none. */
  readonly changed: boolean;
}

/** Something went wrong with one registry; the code is that of what went wrong. */
export class RegistryUnreadable extends AttuneError {
  /** @param about what the server said, for content that is no index; when the copy was made that could be used */
  constructor(setting: IndexSetting, why: AttuneError, about: Circumstances, conceal: (text: string) => string) {
    const url = `${new SafeUrl(setting.url)}`;
    const place = about.answer === undefined ? url : `${url}: ${about.answer}`;
    const copy =
      about.copy === undefined || why.family !== 'NETWORK'
        ? ''
        : ` To use the copy of ${about.copy.toISOString()}, give --offline.`;
    // The cause itself is left out: it may hold what the variables in the URL stand for.
    super(why.code, conceal(`Cannot read the registry '${setting.name}' (${place}). ${why.message}`), {
      facts: {
        ...concealFacts(why.facts, conceal),
        registry: setting.name,
        url,
        ...(about.copy && { copy_fetched_at: about.copy.toISOString() }),
      },
      hint: `${conceal(why.hint ?? 'Check the registry.')}${copy} To use another registry, name it with --registry.`,
    });
  }
}

interface Circumstances {
  answer?: string | undefined;
  copy?: Date | undefined;
}

function concealFacts(facts: AttuneError['facts'], conceal: (text: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' ? conceal(fact) : fact]),
  );
}

/**
 * Opens the index of one registry: the copy in the cache where that is fresh, else what is wherever it is, or on its mirror.
 * The relative URLs in it stay relative to its configured URL, not to the mirror or to where a redirect led: that is what
 * its publisher knows, and mirrors are looked up for each of those URLs again.
 * @param ask even if the copy is fresh
 * @throws RegistryUnreadable, with the code of what went wrong; CacheFailure
 */
export async function openIndex(
  setting: IndexSetting,
  settings: RegistrySettings,
  tools: RegistryTools,
  ask = false,
): Promise<OpenIndex> {
  const conceal = hidingVariables(setting.url, settings.mirrors, tools);
  const circumstances: Circumstances = {};
  try {
    const address = addressOf(setting, settings, tools);
    const known = tools.caches.kept.find(address.identity);
    if (known && !tools.offline) circumstances.copy = new Date(known.fetchedAt);
    const copy = known && { cache: tools.caches.kept, index: known, base: address.base, changed: false };
    if (copy && !ask && !address.place.local && isUsable(setting, known, settings, tools)) return copy;
    const stamp = address.place.local ? reliableStamp(address.place, tools.clock) : undefined;
    if (copy && !ask && stamp !== undefined && stamp === known.stamp) return copy;
    tools.reporter.step(`Reading the registry '${setting.name}'`);
    const content = await readIndexAt(address.place, setting.headers, known, tools);
    circumstances.answer = content?.answer;
    return keep(content, { address, known, stamp }, tools);
  } catch (error) {
    if (error instanceof AttuneError) throw new RegistryUnreadable(setting, error, circumstances, conceal);
    throw error;
  }
}

function isUsable(
  { name }: IndexSetting,
  copy: CachedIndex,
  { cacheTtlMs }: RegistrySettings,
  tools: RegistryTools,
): boolean {
  if (isFresh(copy, cacheTtlMs, tools.clock)) return true;
  if (!tools.offline) return false;
  const age = formatAge(tools.clock.now().getTime() - copy.fetchedAt);
  const at = new Date(copy.fetchedAt).toISOString();
  tools.reporter.note(`The registry '${name}' is not asked with --offline; its copy of ${at} is used, ${age} old.`);
  return true;
}

interface Arrival {
  readonly address: IndexAddress;
  readonly known: CachedIndex | undefined;
  /** Taken before the content was read. */
  readonly stamp: string | undefined;
}

/** @param content `undefined` when it is what is known */
function keep(content: IndexContent | undefined, arrival: Arrival, tools: RegistryTools): OpenIndex {
  const { address, known, stamp } = arrival;
  const fetchedAt = tools.clock.now().getTime();
  const { base } = address;
  const digest = content && createHash('sha256').update(content.bytes).digest('hex');
  if (known && (content === undefined || digest === known.digest)) {
    const cache = tools.caches.kept;
    const { etag, lastModified } = content ?? known;
    const confirmed = { etag, lastModified, stamp, fetchedAt };
    cache.confirm(known, confirmed);
    return { cache, index: { ...known, ...confirmed }, base, changed: false };
  }
  // Only what is known can be unchanged.
  const { etag, lastModified, location } = content as IndexContent;
  const state = { digest: digest as string, etag, lastModified, stamp, fetchedAt };
  return { ...storeIndex(content as IndexContent, `${location}`, address.identity, state, tools), base, changed: true };
}
