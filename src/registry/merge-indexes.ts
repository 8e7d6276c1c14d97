/**
 * One index from several (SPEC section 7): the highest version of each pack by semver precedence, each whole as one input
 * has it. Nothing is read or written here, and only what competes is looked into, so that this is linear in the size of
 * all inputs together.
 */
import parseVersion from 'semver/functions/parse.js';
import { parseDigest } from '../packs/digest.ts';
import { compareCodePoints } from '../packs/order.ts';
import { insertKeys } from './entry-fields.ts';
import type { IndexSource } from './index-format.ts';
import { type LocatedEntry, type LocatedIndex, type Mapping, ROOT_FIELDS } from './located-index.ts';

/** Which input is believed where two have the same version with different checksums. */
export type Preference = 'first' | 'last';

export interface MergedEntry {
  readonly index: LocatedIndex;
  readonly entry: LocatedEntry;
  /** `undefined` where they are those that the entry has. */
  readonly releases: readonly Mapping[] | undefined;
}

/** The same version of a pack with different checksums. */
export interface Conflict {
  readonly ref: string;
  readonly version: string;
  /** The location of the index whose version is believed. */
  readonly kept: string;
  readonly candidates: readonly { readonly index: string; readonly checksums: readonly string[] }[];
}

export interface MergedIndex {
  /** The index without its entries: `packs` is an empty list, where the entries belong. */
  readonly head: Mapping;
  /** Sorted by ref. */
  readonly entries: readonly MergedEntry[];
  readonly conflicts: readonly Conflict[];
  readonly totalLoaded: number;
}

type SemVer = NonNullable<ReturnType<typeof parseVersion>>;

/** One pack as one input has it. */
interface Candidate {
  readonly index: LocatedIndex;
  readonly entry: LocatedEntry;
}

/** That a version of a pack has these sources: an entry says it of itself and of its earlier releases. */
interface Claim extends Candidate {
  readonly version: SemVer;
  readonly text: string;
  readonly sources: readonly IndexSource[];
  /** `undefined` for the entry itself. */
  readonly release: Mapping | undefined;
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
  const entries = refs.map((ref) => choose(byRef.get(ref) as Candidate[], preference, conflicts));
  const totalLoaded = indexes.reduce((sum, index) => sum + index.entries.length, 0);
  return { head: mergeHeads(indexes), entries, conflicts, totalLoaded };
}

function choose(candidates: readonly Candidate[], preference: Preference, conflicts: Conflict[]): MergedEntry {
  const [only] = candidates as readonly [Candidate];
  if (candidates.length === 1) return { ...only, releases: undefined };
  const groups = groupByPrecedence(candidates.flatMap(claimsOf));
  const believed = groups.map((claims) => settle(claims, preference, conflicts));
  const highest = highestOf(candidates.map(ownClaim));
  // Believing a release of the same version is no reason to lose the entry that describes it.
  const group = groups.find((claims) => claims[0]?.version.compare(highest) === 0) as Claim[];
  const own = group.filter(({ release }) => release === undefined);
  const winner = (preference === 'last' && contradictions(own).length > 0 ? own.at(-1) : own[0]) as Claim;
  return { index: winner.index, entry: winner.entry, releases: uniteReleases(winner, groups, believed) };
}

function ownClaim({ index, entry }: Candidate): Claim {
  const { version, installSources } = entry;
  return { index, entry, version: parsed(version), text: version, sources: installSources, release: undefined };
}

function claimsOf(candidate: Candidate): Claim[] {
  const { index, entry } = candidate;
  if (!entry.hasReleases) return [ownClaim(candidate)];
  const releases = (index.entryValue(entry)['releases'] ?? []) as readonly Mapping[];
  const claims = releases.map((release) => {
    const text = release['version'] as string;
    const sources = release['install_sources'] as readonly IndexSource[];
    return { index, entry, version: parsed(text), text, sources, release };
  });
  return [ownClaim(candidate), ...claims];
}

function parsed(version: string): SemVer {
  const read = parseVersion(version);
  if (read === null) throw new Error(`reading an index let the version '${version}' pass`);
  return read;
}

/** Newest first; what differs in build metadata alone is one group, in the order of the inputs. */
function groupByPrecedence(claims: readonly Claim[]): Claim[][] {
  const groups: Claim[][] = [];
  for (const claim of claims.toSorted((one, other) => other.version.compare(one.version))) {
    const last = groups.at(-1);
    if (last?.[0] && last[0].version.compare(claim.version) === 0) last.push(claim);
    else groups.push([claim]);
  }
  return groups;
}

function highestOf(claims: readonly Claim[]): SemVer {
  return claims.map(({ version }) => version).reduce((best, version) => (version.compare(best) > 0 ? version : best));
}

/** Which claim about one version is believed; notes it where they contradict each other. */
function settle(claims: readonly Claim[], preference: Preference, conflicts: Conflict[]): Claim {
  const [first] = claims as readonly [Claim];
  const others = contradictions(claims);
  if (others.length === 0) return first;
  const kept = preference === 'first' ? first : (claims.at(-1) as Claim);
  conflicts.push({
    ref: first.entry.ref,
    version: kept.text,
    kept: kept.index.location,
    candidates: claims.map(({ index, sources }) => ({ index: index.location, checksums: sources.map(checksumOf) })),
  });
  return kept;
}

/** Those that contradict the first. */
function contradictions([first, ...others]: readonly Claim[]): Claim[] {
  return first === undefined ? [] : others.filter((other) => !agree(first.sources, other.sources));
}

/** Checksums of one type can be compared: for every type that both have, one has to be the same. */
function agree(one: readonly IndexSource[], other: readonly IndexSource[]): boolean {
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

/**
 * The earlier releases that any input has, each once and newest first; `undefined` where the winner has them all.
 * @param believed one of each group
 */
function uniteReleases(
  winner: Claim,
  groups: readonly (readonly Claim[])[],
  believed: readonly Claim[],
): readonly Mapping[] | undefined {
  const united = groups.flatMap((claims, position) => {
    const releases = claims.filter(({ release, text }) => release !== undefined && text !== winner.text);
    const preferred = believed[position] as Claim;
    const inOrder = releases.includes(preferred) ? [preferred, ...releases] : releases;
    return [...new Map(inOrder.toReversed().map((claim) => [claim.text, claim])).values()].reverse();
  });
  const own = united.filter(({ index }) => index === winner.index).length;
  if (united.length === own && own === ownReleases(winner)) return undefined;
  return united.map(({ release }) => release as Mapping);
}

function ownReleases({ index, entry }: Claim): number {
  if (!entry.hasReleases) return 0;
  return (index.entryValue(entry)['releases'] as readonly unknown[]).length;
}

/** The first input's identity, what else any of them has, the newest version of the format and the latest date. */
function mergeHeads(indexes: readonly LocatedIndex[]): Mapping {
  const heads = indexes.map(({ head }) => head);
  const documents = heads.map(({ document }) => document);
  const [first] = heads as readonly [(typeof heads)[0]];
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

/** What is no date is earlier than every date. */
function later(one: string, other: string): boolean {
  const [a, b] = [Date.parse(one), Date.parse(other)];
  return Number.isNaN(b) ? !Number.isNaN(a) : a > b;
}
