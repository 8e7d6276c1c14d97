import { createHash } from 'node:crypto';
import type { IndexSetting, RegistrySettings } from '../../config/types.ts';
import { AttuneError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { addressOf, type IndexAddress, variableRedactor } from '../cache/address.ts';
import { formatAge, isFresh, reliableStamp } from '../cache/freshness.ts';
import type { IndexCache } from '../cache/index-cache.ts';
import type { IndexCaches } from '../cache/index-caches.ts';
import type { CachedIndex } from '../cache/rows.ts';
import { storeIndex } from '../cache/store-index.ts';
import { type IndexContent, type IndexTools, readIndexAt } from '../fetch/download-index.ts';
import type { Redact } from '../fetch/index-location.ts';
import { warnAboutInvalidEntries } from './invalid-entries.ts';

export interface RegistryTools extends IndexTools {
  readonly caches: IndexCaches;
  readonly clock: Clock;
  /** True if the network must not be used. */
  readonly offline: boolean;
}

/** An index whose entries can be looked up. */
export interface OpenIndex {
  readonly cache: IndexCache;
  readonly index: CachedIndex;
  /** The index's own URL, which is the base of its relative URLs. */
  readonly base: SafeUrl;
  /** True if the content differs from the cached copy, or there was none. */
  readonly changed: boolean;
}

/** A registry could not be read. The error code is that of the cause. */
export class RegistryUnreadable extends AttuneError {
  constructor(setting: IndexSetting, cause: AttuneError, context: FailureContext, redact: Redact) {
    const url = `${new SafeUrl(setting.url)}`;
    const location = context.responseSummary === undefined ? url : `${url}: ${context.responseSummary}`;
    const copy =
      context.copy === undefined || cause.family !== 'NETWORK'
        ? ''
        : ` To use the copy of ${context.copy.toISOString()}, pass --offline.`;
    // The cause itself is omitted: it may contain the values of variables in the URL.
    super(cause.code, redact(`Cannot read the registry '${setting.name}' (${location}). ${cause.message}`), {
      facts: {
        ...redactFacts(cause.facts, redact),
        registry: setting.name,
        url,
        ...(context.copy && { copy_fetched_at: context.copy.toISOString() }),
      },
      hint: `${redact(cause.hint ?? 'Check the registry.')}${copy} To use another registry, name it with --registry.`,
    });
  }
}

interface FailureContext {
  /** The server's response, for content that is not an index. */
  responseSummary?: string | undefined;
  /** The time when the cached copy was downloaded that could be used instead. */
  copy?: Date | undefined;
}

function redactFacts(facts: AttuneError['facts'], redact: Redact): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' ? redact(fact) : fact]),
  );
}

/**
 * Opens the index of one registry and warns about its invalid entries.
 * @param forceRefresh contact the registry even if the copy is fresh
 * @throws RegistryUnreadable with the code of the cause; CacheFailure
 */
export async function openIndex(
  setting: IndexSetting,
  settings: RegistrySettings,
  tools: RegistryTools,
  forceRefresh = false,
): Promise<OpenIndex> {
  const opened = await openUnchecked(setting, settings, tools, forceRefresh);
  if (opened.index.invalid > 0) warnAboutInvalidEntries(setting, opened, tools.reporter);
  return opened;
}

/**
 * Opens the index of one registry: the cached copy if it is fresh, else the content of its URL or mirror. Relative URLs in
 * the index stay relative to its configured URL, not to a mirror or the target of a redirect: its publisher knows that URL,
 * and each resolved URL is mapped to its own mirror.
 */
async function openUnchecked(
  setting: IndexSetting,
  settings: RegistrySettings,
  tools: RegistryTools,
  forceRefresh: boolean,
): Promise<OpenIndex> {
  const redact = variableRedactor(setting.url, settings.mirrors, tools);
  const context: FailureContext = {};
  try {
    const address = addressOf(setting, settings, tools);
    const { base, location } = address;
    const known = tools.caches.persistent.find(address.identity);
    if (known && !tools.offline) context.copy = new Date(known.fetchedAt);
    const copy = known && { cache: tools.caches.persistent, index: known, base, changed: false };
    if (copy && !forceRefresh && !location.local && isUsable(setting, known, settings, tools)) return copy;
    const stamp = location.local ? reliableStamp(location, tools.clock) : undefined;
    if (copy && !forceRefresh && stamp !== undefined && stamp === known.stamp) return copy;
    tools.reporter.step(`Reading the registry '${setting.name}'`);
    const content = await readIndexAt(location, setting.headers, known, tools);
    context.responseSummary = content?.responseSummary;
    return await updateCache(content, { address, known, stamp }, tools);
  } catch (error) {
    if (error instanceof AttuneError) throw new RegistryUnreadable(setting, error, context, redact);
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
  const fetchedAt = new Date(copy.fetchedAt).toISOString();
  tools.reporter.note(
    `The registry '${name}' is not contacted with --offline; its copy of ${fetchedAt} (${age} old) is used.`,
  );
  return true;
}

interface CacheState {
  readonly address: IndexAddress;
  readonly known: CachedIndex | undefined;
  /** The file stamp, taken before the content was read. */
  readonly stamp: string | undefined;
}

/** @param content `undefined` if the cached copy is still current */
async function updateCache(
  content: IndexContent | undefined,
  state: CacheState,
  tools: RegistryTools,
): Promise<OpenIndex> {
  const { address, known, stamp } = state;
  const fetchedAt = tools.clock.now().getTime();
  const { base } = address;
  const digest = content && createHash('sha256').update(content.bytes).digest('hex');
  if (known && (content === undefined || digest === known.digest)) {
    const cache = tools.caches.persistent;
    const { etag, lastModified } = content ?? known;
    const confirmed = { etag, lastModified, stamp, fetchedAt };
    await cache.confirm(address.identity, known, confirmed);
    return { cache, index: { ...known, ...confirmed }, base, changed: false };
  }
  // Without a cached copy there is always content.
  const { etag, lastModified, location } = content as IndexContent;
  const indexStamp = { digest: digest as string, etag, lastModified, stamp, fetchedAt };
  // The publisher of a mirrored index is that of the original one.
  const source = { location: `${location}`, remote: base.isWeb || location.isWeb };
  const stored = await storeIndex(content as IndexContent, source, address.identity, indexStamp, tools);
  return { ...stored, base, changed: true };
}
