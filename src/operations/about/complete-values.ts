/**
 * Completion values that depend on the machine: installed packs, registries and their packs. Shells request them at
 * each press of Tab, so they must be fast and free of side effects: nothing is created, repaired, locked, downloaded or
 * printed. Values that are unavailable under these conditions are omitted.
 */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { CompletionQuery } from '../../registry/cache/completion-query.ts';
import type { IndexIdentity } from '../../registry/cache/rows.ts';
import { type Layout, layoutOf } from '../../store/layout.ts';
import { retainedVersions, visiblePacks } from '../../store/visible-packs.ts';
import type { Runtime } from '../runtime.ts';

/**
 * - `installed`: the refs of installed packs
 * - `installed-release`: the refs of installed packs, and after an `@` the versions that registries offer
 * - `kept-version`: the versions of a pack that a rollback can restore
 * - `registry`: the names of the configured registries
 * - `registry-pack`: the refs of packs in registries, and after an `@` their versions
 * - `setting`: the keys of settings
 */
export type ValueKind = 'installed' | 'installed-release' | 'kept-version' | 'registry' | 'registry-pack' | 'setting';

/** Other parts of the command line that affect the values. */
export interface ValueContext {
  /** The registry to search; by default all enabled registries. */
  readonly registry: string | undefined;
  /** The pack whose versions are completed. */
  readonly ref: string | undefined;
}

export interface ValueQuery {
  readonly kind: ValueKind;
  readonly context: ValueContext;
  /** The part of the value that is already typed. */
  readonly typed: string;
}

/** A candidate value. Its description is unsanitized text, for example from an index. */
export interface CompletionValue {
  readonly value: string;
  readonly description: string;
}

type CompletionRuntime = Pick<Runtime, 'paths' | 'environment' | 'config'>;

/** Returns candidate values, best first. Returns an empty list on any expected error. */
export async function completeValues(query: ValueQuery, runtime: CompletionRuntime): Promise<CompletionValue[]> {
  try {
    return await queryValues(query, runtime);
  } catch (error) {
    if (error instanceof AttuneError) return [];
    throw error;
  }
}

async function queryValues(
  { kind, context, typed }: ValueQuery,
  runtime: CompletionRuntime,
): Promise<CompletionValue[]> {
  const layout = layoutOf(runtime.paths.data);
  const [ref = '', version] = typed.split('@', 2);
  switch (kind) {
    case 'installed':
      return installed(layout);
    case 'kept-version':
      return retainedVersions(layout, context.ref ?? '').map(withoutDescription);
    case 'registry':
      return (await runtime.config()).registries.indices.map(({ name, url }) => ({
        value: name,
        description: `${new SafeUrl(url)}`,
      }));
    case 'installed-release':
      return version === undefined ? installed(layout) : versionsInRegistries(ref, context, runtime);
    case 'registry-pack':
      return version === undefined
        ? packsInRegistries(ref, context, runtime)
        : versionsInRegistries(ref, context, runtime);
    case 'setting':
      return settings();
  }
}

function withoutDescription(value: string): CompletionValue {
  return { value, description: '' };
}

async function settings(): Promise<CompletionValue[]> {
  const { SETTINGS } = await import('../../config/settings.ts');
  return Array.from(SETTINGS, ([value, byDefault]) => ({ value, description: JSON.stringify(byDefault) }));
}

function installed(layout: Layout): CompletionValue[] {
  return visiblePacks(layout).map(({ ref, version }) => ({ value: ref, description: version }));
}

async function packsInRegistries(
  start: string,
  context: ValueContext,
  runtime: CompletionRuntime,
): Promise<CompletionValue[]> {
  const found = await queryIndexes(context, runtime, (query, index) => query.packs(index, start));
  const packs = found.flat().sort((one, other) => (one.ref < other.ref ? -1 : 1));
  return packs.map(({ ref, version, label, description }) => ({
    value: ref,
    description: `${version} ${description || label}`,
  }));
}

/** Returns the versions in the first registry that has the ref, like an installation. */
async function versionsInRegistries(
  ref: string,
  context: ValueContext,
  runtime: CompletionRuntime,
): Promise<CompletionValue[]> {
  const found = await queryIndexes(context, runtime, (query, index) => query.versions(index, ref));
  const versions = found.find(({ length }) => length > 0) ?? [];
  return versions.length === 0 ? [] : [...versions, 'latest'].map((version) => withoutDescription(`${ref}@${version}`));
}

/** Queries each selected index that is in the cache, in order of priority. */
async function queryIndexes<T>(
  context: ValueContext,
  runtime: CompletionRuntime,
  find: (query: CompletionQuery, index: IndexIdentity) => T,
): Promise<T[]> {
  const { CompletionQuery } = await import('../../registry/cache/completion-query.ts');
  const indexes = await selectedIndexes(context, runtime);
  using query = CompletionQuery.open(join(runtime.paths.cache, 'indexes.db'));
  const opened = query;
  return opened === undefined ? [] : indexes.map((index) => find(opened, index));
}

async function selectedIndexes({ registry }: ValueContext, runtime: CompletionRuntime): Promise<IndexIdentity[]> {
  const { addressOf } = await import('../../registry/cache/address.ts');
  const { registries } = await runtime.config();
  const { enabled, indices } = registries;
  const selected = indices.filter((one) => enabled && (registry === undefined ? one.enabled : one.name === registry));
  const inOrder = selected.toSorted((one, other) => one.priority - other.priority);
  return inOrder.flatMap((setting) => {
    try {
      return addressOf(setting, registries, runtime.environment).identity;
    } catch (error) {
      // For example, the URL refers to an undefined variable. The other indexes are still queried.
      if (error instanceof AttuneError) return [];
      throw error;
    }
  });
}
