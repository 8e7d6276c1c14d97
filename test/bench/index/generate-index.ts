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
  /** Among how many packs. */
  readonly count: number;
  /** From 0; it decides the ref, and refs are sorted as positions are. */
  readonly position: number;
  readonly version: string;
  /** The packs that it needs, each with its range; what the real entry needs where they are left out. */
  readonly needs?: readonly string[];
}

/** The file is written in pieces of about this many characters: a hundred thousand packs do not fit into one string. */
const PIECE = 1 << 22;

const real: PublicIndex = JSON.parse(readFileSync(join(PROJECT, 'fixtures', 'registry', 'public-index.json'), 'utf8'));

/** `slack-00017`: all clones of the first real entry come first, so the refs are sorted because the real ones are. */
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
 * Writes an index as the public one is written: its entries over and over, each with a ref, a version, URLs and
 * checksums of its own.
 * @returns its size in bytes
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
    ...(clone.needs && { dependencies: { packs: clone.needs } }),
    install_sources: original.install_sources.map((source) => ({
      ...source,
      url: source.url.replace(original.ref, ref),
      checksum: `sha256:${createHash('sha256').update(`${ref} ${clone.version} ${source.type}`).digest('hex')}`,
    })),
  };
}
