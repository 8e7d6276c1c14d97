import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../program.ts';

interface Entry {
  readonly ref: string;
  readonly version: string;
  readonly install_sources: readonly { readonly type: string; readonly url: string; readonly checksum: string }[];
  readonly [field: string]: unknown;
}

interface PublicIndex {
  readonly packs: readonly Entry[];
  readonly [field: string]: unknown;
}

/** One entry of a generated index. */
export interface Clone {
  /** The total number of packs. */
  readonly count: number;
  /** The position from 0, which determines the ref. Refs are sorted by position. */
  readonly position: number;
  readonly version: string;
  /** Pack dependencies with ranges; by default those of the real entry. */
  readonly dependencies?: readonly string[];
}

/** The approximate number of characters of each write, because 100,000 packs do not fit into one string. */
const PIECE = 1 << 22;

const real: PublicIndex = JSON.parse(readFileSync(join(PROJECT, 'fixtures', 'registry', 'public-index.json'), 'utf8'));

/** Returns a ref such as `slack-00017`. Clones are grouped by real entry, so refs are sorted like the real ones. */
export function refOf({ count, position }: Pick<Clone, 'count' | 'position'>): string {
  const perEntry = Math.ceil(count / real.packs.length);
  return `${realEntry(count, position).ref}-${String(position % perEntry).padStart(5, '0')}`;
}

function realEntry(count: number, position: number): Entry {
  const entry = real.packs[Math.floor(position / Math.ceil(count / real.packs.length))];
  if (entry === undefined) throw new RangeError(`There is no position ${position} among ${count}.`);
  return entry;
}

/**
 * Writes an index of clones of the public index's entries, each with a unique ref, version, URLs and checksums.
 * @returns the size of the index in bytes
 */
export function generateIndex(path: string, clones: Iterable<Clone>): number {
  const descriptor = openSync(path, 'w');
  try {
    let piece = opening();
    let separator = '';
    for (const clone of clones) {
      piece += `${separator}\n    ${indented(cloneOf(clone))}`;
      separator = ',';
      if (piece.length < PIECE) continue;
      writeSync(descriptor, piece);
      piece = '';
    }
    writeSync(descriptor, `${piece}\n  ]\n}\n`);
  } finally {
    closeSync(descriptor);
  }
  return statSync(path).size;
}

function opening(): string {
  const { packs: _, ...identity } = real;
  return `${JSON.stringify(identity, null, 2).slice(0, -2)},\n  "packs": [`;
}

function indented(entry: Entry): string {
  return JSON.stringify(entry, null, 2).replaceAll('\n', '\n    ');
}

function cloneOf(clone: Clone): Entry {
  const original = realEntry(clone.count, clone.position);
  const ref = refOf(clone);
  return {
    ...original,
    ref,
    version: clone.version,
    ...(clone.dependencies && { dependencies: { packs: clone.dependencies } }),
    install_sources: original.install_sources.map((source) => ({
      ...source,
      url: source.url.replace(original.ref, ref),
      checksum: `sha256:${createHash('sha256').update(`${ref} ${clone.version} ${source.type}`).digest('hex')}`,
    })),
  };
}
