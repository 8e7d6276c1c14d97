/**
 * What a command line can be completed with that changes from machine to machine. It is asked for at every press of a
 * key, so it has to be there at once and must not be noticed: nothing is made, mended, waited for or asked of a server, and
 * nothing is said. What cannot be had that way is left out.
 */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexCacheWords } from '../../registry/cache/completion-query.ts';
import type { IndexIdentity } from '../../registry/cache/rows.ts';
import { type Layout, layoutOf } from '../../store/layout.ts';
import { keptVersions, shownPacks } from '../../store/shown-packs.ts';
import type { Runtime } from '../runtime.ts';

/**
 * - `installed`: the refs of installed packs
 * - `installed-release`: these, and behind an `@` what the registries have of one
 * - `kept-version`: the versions of a pack that can be gone back to
 * - `registry`: the names of the configured registries
 * - `registry-pack`: what the registries have, and behind an `@` the versions of it
 */
export type ValueKind = 'installed' | 'installed-release' | 'kept-version' | 'registry' | 'registry-pack';

/** What else the command line says. */
export interface ValueContext {
  /** The registry to look in; all that are enabled where none is named. */
  readonly registry: string | undefined;
  /** The pack whose versions are wanted. */
  readonly ref: string | undefined;
}

export interface ValueQuery {
  readonly kind: ValueKind;
  readonly context: ValueContext;
  /** So far, of the value. */
  readonly typed: string;
}

/** The description is one that somebody wrote, and may be anything. */
export interface CompletionValue {
  readonly value: string;
  readonly description: string;
}

type CompletionRuntime = Pick<Runtime, 'paths' | 'environment' | 'config'>;

/** The values that begin with what was typed, the best first; none where there is any trouble. */
export async function completeValues(query: ValueQuery, runtime: CompletionRuntime): Promise<CompletionValue[]> {
  try {
    return await valuesOf(query, runtime);
  } catch (error) {
    if (error instanceof AttuneError) return [];
    throw error;
  }
}

async function valuesOf({ kind, context, typed }: ValueQuery, runtime: CompletionRuntime): Promise<CompletionValue[]> {
  const layout = layoutOf(runtime.paths.data);
  const [ref = '', version] = typed.split('@', 2);
  switch (kind) {
    case 'installed':
      return installed(layout);
    case 'kept-version':
      return keptVersions(layout, context.ref ?? '').map(undescribed);
    case 'registry':
      return (await runtime.config()).registries.indices.map(({ name, url }) => ({
        value: name,
        description: `${new SafeUrl(url)}`,
      }));
    case 'installed-release':
      return version === undefined ? installed(layout) : offeredVersions(ref, context, runtime);
    case 'registry-pack':
      return version === undefined ? offeredPacks(ref, context, runtime) : offeredVersions(ref, context, runtime);
  }
}

function undescribed(value: string): CompletionValue {
  return { value, description: '' };
}

function installed(layout: Layout): CompletionValue[] {
  return shownPacks(layout).map(({ ref, version }) => ({ value: ref, description: version }));
}

async function offeredPacks(
  start: string,
  context: ValueContext,
  runtime: CompletionRuntime,
): Promise<CompletionValue[]> {
  const found = await inIndexes(context, runtime, (words, index) => words.packs(index, start));
  const packs = found.flat().sort((one, other) => (one.ref < other.ref ? -1 : 1));
  return packs.map(({ ref, version, label, description }) => ({
    value: ref,
    description: `${version} ${description || label}`,
  }));
}

/** As an installation has it, the first registry that has a ref decides for it. */
async function offeredVersions(
  ref: string,
  context: ValueContext,
  runtime: CompletionRuntime,
): Promise<CompletionValue[]> {
  const found = await inIndexes(context, runtime, (words, index) => words.versions(index, ref));
  const versions = found.find(({ length }) => length > 0) ?? [];
  return versions.length === 0 ? [] : [...versions, 'latest'].map((version) => undescribed(`${ref}@${version}`));
}

/** What is found in each of the indexes that are asked, in their order, as far as the cache has them. */
async function inIndexes<T>(
  context: ValueContext,
  runtime: CompletionRuntime,
  find: (words: IndexCacheWords, index: IndexIdentity) => T,
): Promise<T[]> {
  const { IndexCacheWords } = await import('../../registry/cache/completion-query.ts');
  const indexes = await askedIndexes(context, runtime);
  using words = IndexCacheWords.open(join(runtime.paths.cache, 'indexes.db'));
  const open = words;
  return open === undefined ? [] : indexes.map((index) => find(open, index));
}

async function askedIndexes({ registry }: ValueContext, runtime: CompletionRuntime): Promise<IndexIdentity[]> {
  const { addressOf } = await import('../../registry/cache/address.ts');
  const { registries } = await runtime.config();
  const { enabled, indices } = registries;
  const asked = indices.filter((one) => enabled && (registry === undefined ? one.enabled : one.name === registry));
  const inOrder = asked.toSorted((one, other) => one.priority - other.priority);
  return inOrder.flatMap((setting) => {
    try {
      return addressOf(setting, registries, runtime.environment).identity;
    } catch (error) {
      // For want of a variable, say: the others can be asked all the same.
      if (error instanceof AttuneError) return [];
      throw error;
    }
  });
}
