/**
 * One index from several (SPEC section 7): the highest version of each pack by semver precedence, each whole as one input
 * has it. Nothing is read or written here, and only what competes is looked into, so that this is linear in the size of
 * all inputs together.
 */
import parseVersion from 'semver/functions/parse.js';
import { parseDigest } from '../../packs/digest.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import { insertKeys, releaseOf } from '../index/entry-fields.ts';
import type { IndexSource } from '../index/format.ts';
import {
  type IndexHead,
  type LocatedEntry,
  type LocatedIndex,
  type Mapping,
  ROOT_FIELDS,
} from '../index/positions/located-index.ts';

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
  /** The location of the index that is believed; `null` where no claim about this version is in what comes out. */
  readonly kept: string | null;
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
  // An entry describes its pack: a release of the same version is no substitute for it.
  const top = groups.findIndex((claims) => claims.some(isEntry));
  const topEntries = (groups[top] as Claim[]).filter(isEntry);
  const winner = settle(topEntries, preference) ?? (topEntries[0] as Claim);
  const releases = groups.map((claims, position) => {
    const settled = settle(position === top ? topEntries : claims, preference);
    const stay = claims.filter((claim) => !isEntry(claim) && claim.text !== winner.text);
    if (settled) conflicts.push(conflictOf(claims, position === top || stay.length > 0 ? settled : undefined));
    return oneEach(settled?.text === winner.text ? undefined : settled, stay, winner);
  });
  return { index: winner.index, entry: winner.entry, releases: unlessItsOwn(winner, releases.flat()) };
}

function isEntry({ release }: Claim): boolean {
  return release === undefined;
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

/** Which of the claims about one version is believed; `undefined` where they do not contradict each other. */
function settle(claims: readonly Claim[], preference: Preference): Claim | undefined {
  const [first, ...others] = claims as readonly [Claim, ...Claim[]];
  if (others.every(({ index, sources }) => index === first.index || agree(first.sources, sources))) return undefined;
  return preference === 'first' ? first : claims.at(-1);
}

/** @param kept `undefined` where none of them is in what comes out */
function conflictOf(claims: readonly Claim[], kept: Claim | undefined): Conflict {
  const [first] = claims as readonly [Claim];
  return {
    ref: first.entry.ref,
    version: (kept ?? first).text,
    kept: kept?.index.location ?? null,
    candidates: claims.map(({ index, sources }) => ({ index: index.location, checksums: sources.map(checksumOf) })),
  };
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

/** Of releases with the same precedence each version once: the settled one, else the winner's own, else the first. */
function oneEach(settled: Claim | undefined, releases: readonly Claim[], winner: Claim): Claim[] {
  if (releases.length === 0) return [];
  const own = releases.filter(({ index }) => index === winner.index);
  const inOrder = [...(settled ? [settled] : []), ...own, ...releases];
  return [...new Map(inOrder.toReversed().map((claim) => [claim.text, claim])).values()].reverse();
}

/** Newest first; `undefined` where the winner has just these. */
function unlessItsOwn({ index, entry }: Claim, releases: readonly Claim[]): readonly Mapping[] | undefined {
  const own = entry.hasReleases ? (index.entryValue(entry)['releases'] as readonly unknown[]).length : 0;
  if (releases.length === own && releases.every((claim) => claim.index === index && !isEntry(claim))) return undefined;
  return releases.map((claim) => claim.release ?? releaseOf(claim.index.entryValue(claim.entry)));
}

/** The first input's identity, what else any of them has, the newest version of the format and the latest date. */
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

/** What is no date is earlier than every date. */
function later(one: string, other: string): boolean {
  const [a, b] = [Date.parse(one), Date.parse(other)];
  return Number.isNaN(b) ? !Number.isNaN(a) : a > b;
}
