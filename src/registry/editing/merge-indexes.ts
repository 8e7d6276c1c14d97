/**
 * Merges several indexes (SPEC section 7): the result has the highest version of each pack by semver precedence, with the
 * complete entry of one input. Only packs that occur in more than one input are parsed, so that the time is linear in the
 * total size of the inputs.
 */
import parseVersion from 'semver/functions/parse.js';
import { parseDigest } from '../../packs/digest.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import { insertKeys, releaseOf } from '../index/entry-fields.ts';
import { type IndexSource, isKnownSourceType } from '../index/format.ts';
import type { Mapping } from '../index/mapping.ts';
import { type IndexHead, type LocatedEntry, type LocatedIndex, ROOT_FIELDS } from '../index/positions/located-index.ts';

/** The input that is preferred if two have the same version with different checksums. */
export type Preference = 'first' | 'last';

export interface MergedEntry {
  readonly index: LocatedIndex;
  readonly entry: LocatedEntry;
  /** The merged releases; `undefined` if they are those of the entry. */
  readonly releases: readonly MergedRelease[] | undefined;
}

export interface MergedRelease {
  /** The input that contains it. */
  readonly index: LocatedIndex;
  readonly document: Mapping;
}

/** The same version of a pack, or builds of one version, with different checksums. */
export interface Conflict {
  readonly ref: string;
  readonly version: string;
  /** The location of the preferred index; `null` if the result does not contain this version. */
  readonly kept: string | null;
  /** Their versions differ in build metadata only. */
  readonly candidates: readonly {
    readonly index: string;
    readonly version: string;
    readonly checksums: readonly string[];
  }[];
}

export interface MergedIndex {
  /** The index without its entries: `packs` is an empty list at the position of the entries. */
  readonly head: Mapping;
  /** Sorted by ref. */
  readonly entries: readonly MergedEntry[];
  readonly conflicts: readonly Conflict[];
  readonly totalLoaded: number;
}

type SemVer = NonNullable<ReturnType<typeof parseVersion>>;

/** The entry of a pack in one input. */
interface Candidate {
  readonly index: LocatedIndex;
  readonly entry: LocatedEntry;
}

/** One release of a pack in one input: the entry itself, or one of its earlier releases. */
interface Release extends Candidate {
  readonly version: SemVer;
  readonly text: string;
  readonly sources: readonly IndexSource[];
  /** The document of an earlier release; `undefined` for the entry itself. */
  readonly document: Mapping | undefined;
}

/** @param indexes at least one; the first gives the identity */
export function mergeIndexes(indexes: readonly LocatedIndex[], preference: Preference): MergedIndex {
  const byRef = new Map<string, Candidate[]>();
  for (const index of indexes) {
    for (const entry of index.entries) {
      const others = byRef.get(entry.ref);
      if (others) others.push({ index, entry });
      else byRef.set(entry.ref, [{ index, entry }]);
    }
  }
  const refs = [...byRef.keys()].sort(compareCodePoints);
  const conflicts: Conflict[] = [];
  const entries = refs.map((ref) => mergePack(byRef.get(ref) as Candidate[], preference, conflicts));
  const totalLoaded = indexes.reduce((sum, index) => sum + index.entries.length, 0);
  return { head: mergeHeads(indexes), entries, conflicts, totalLoaded };
}

function mergePack(candidates: readonly Candidate[], preference: Preference, conflicts: Conflict[]): MergedEntry {
  const [only] = candidates as readonly [Candidate];
  if (candidates.length === 1) return { ...only, releases: undefined };
  const groups = groupByPrecedence(candidates.flatMap(releasesOf));
  // An entry describes its pack, so a release of the same version cannot replace it.
  const top = groups.findIndex((group) => group.some(isEntry));
  const topEntries = (groups[top] as Release[]).filter(isEntry);
  const winner = resolveConflict(topEntries, preference) ?? (topEntries[0] as Release);
  const releases = groups.map((group, position) => {
    const preferred = resolveConflict(position === top ? topEntries : group, preference);
    const retained = group.filter((release) => !isEntry(release) && release.text !== winner.text);
    const isInResult = position === top || retained.length > 0;
    if (preferred) conflicts.push(conflictOf(group, isInResult ? preferred : undefined));
    return uniqueVersions(preferred?.text === winner.text ? undefined : preferred, retained, winner);
  });
  return { index: winner.index, entry: winner.entry, releases: changedReleases(winner, releases.flat()) };
}

function isEntry({ document }: Release): boolean {
  return document === undefined;
}

function ownRelease({ index, entry }: Candidate): Release {
  const { version, installSources } = entry;
  return { index, entry, version: parse(version), text: version, sources: installSources, document: undefined };
}

function releasesOf(candidate: Candidate): Release[] {
  const { index, entry } = candidate;
  if (!entry.hasReleases) return [ownRelease(candidate)];
  const documents = (index.entryValue(entry)['releases'] ?? []) as readonly Mapping[];
  const releases = documents.map((document) => {
    const text = document['version'] as string;
    const sources = (document['install_sources'] as readonly IndexSource[]).filter(({ type }) =>
      isKnownSourceType(type),
    );
    return { index, entry, version: parse(text), text, sources, document };
  });
  return [ownRelease(candidate), ...releases];
}

function parse(version: string): SemVer {
  const parsed = parseVersion(version);
  if (parsed === null) throw new Error(`the index reader accepted the invalid version '${version}'`);
  return parsed;
}

/** Sorts by precedence, newest first. Versions that differ only in build metadata form a group in input order. */
function groupByPrecedence(releases: readonly Release[]): Release[][] {
  const groups: Release[][] = [];
  for (const release of releases.toSorted((one, other) => other.version.compare(one.version))) {
    const last = groups.at(-1);
    if (last?.[0] && last[0].version.compare(release.version) === 0) last.push(release);
    else groups.push([release]);
  }
  return groups;
}

/** Returns the preferred one of several releases with the same version; `undefined` if their checksums agree. */
function resolveConflict(releases: readonly Release[], preference: Preference): Release | undefined {
  const [first, ...others] = releases as readonly [Release, ...Release[]];
  if (others.every(({ index, sources }) => index === first.index || agree(first.sources, sources))) return undefined;
  return preference === 'first' ? first : releases.at(-1);
}

/** @param kept the release in the result; `undefined` if the result has none of them */
function conflictOf(releases: readonly Release[], kept: Release | undefined): Conflict {
  const [first] = releases as readonly [Release];
  return {
    ref: first.entry.ref,
    version: (kept ?? first).text,
    kept: kept?.index.location ?? null,
    candidates: releases.map(({ index, text, sources }) => ({
      index: index.location,
      version: text,
      checksums: sources.map(checksumOf),
    })),
  };
}

/** Compares checksums by source type: for every type that both have, at least one checksum has to be equal. */
function agree(one: readonly IndexSource[], other: readonly IndexSource[]): boolean {
  if (one.length === 0 || other.length === 0) return true;
  const shared = (['git', 'archive'] as const).filter((type) => has(one, type) && has(other, type));
  return shared.length > 0 && shared.every((type) => !checksums(one, type).isDisjointFrom(checksums(other, type)));
}

function has(sources: readonly IndexSource[], type: IndexSource['type']): boolean {
  return sources.some((source) => source.type === type);
}

function checksums(sources: readonly IndexSource[], type: IndexSource['type']): Set<string> {
  return new Set(sources.filter((source) => source.type === type).map(checksumOf));
}

function checksumOf({ checksum }: IndexSource): string {
  const { algorithm, hex } = parseDigest(checksum, { allowWeak: true });
  return `${algorithm}:${hex}`;
}

/** Returns each version of a group once: the preferred release, else the winner's own, else the first. */
function uniqueVersions(preferred: Release | undefined, releases: readonly Release[], winner: Release): Release[] {
  if (releases.length === 0) return [];
  const own = releases.filter(({ index }) => index === winner.index);
  const inOrder = [...(preferred ? [preferred] : []), ...own, ...releases];
  return [...new Map(inOrder.toReversed().map((release) => [release.text, release])).values()].reverse();
}

/** Returns the releases of the result, newest first; `undefined` if they are exactly those of the winner. */
function changedReleases({ index, entry }: Release, releases: readonly Release[]): MergedEntry['releases'] {
  const ownCount = entry.hasReleases ? (index.entryValue(entry)['releases'] as readonly unknown[]).length : 0;
  if (releases.length === ownCount && releases.every((one) => one.index === index && !isEntry(one))) return undefined;
  return releases.map(({ index, entry, document = releaseOf(index.entryValue(entry)) }) => ({ index, document }));
}

/**
 * Merges the heads: the identity of the first input, the unknown fields of all inputs, the highest format version and the
 * latest timestamp.
 */
function mergeHeads(indexes: readonly LocatedIndex[]): Mapping {
  const heads = indexes.map(({ head }) => head);
  const documents = heads.map(({ document }) => document);
  const first = heads[0] as IndexHead;
  const known: Mapping = {
    registry_name: first.registryName,
    registry_url: first.registryUrl,
    version: heads.map(({ version }) => version).reduce((one, other) => (minor(other) > minor(one) ? other : one)),
    last_updated: heads.map(({ lastUpdated }) => lastUpdated).reduce((one, other) => (later(other, one) ? other : one)),
    packs: [],
  };
  const all = Object.assign({}, ...documents.toReversed()) as Mapping;
  const keys = insertKeys([...new Set(documents.flatMap(Object.keys))], ROOT_FIELDS, ROOT_FIELDS);
  return Object.fromEntries(keys.map((key) => [key, Object.hasOwn(known, key) ? known[key] : all[key]]));
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}

/** Compares timestamps. An invalid timestamp is earlier than every valid one. */
function later(one: string, other: string): boolean {
  const [a, b] = [Date.parse(one), Date.parse(other)];
  return Number.isNaN(b) ? !Number.isNaN(a) : a > b;
}
