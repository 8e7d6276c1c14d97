import type { LineHits } from './line-hits.ts';

/** A pack whose coverage is written to a file. */
export interface MeasuredPack {
  readonly ref: string;
  /** By path relative to the pack. */
  readonly hits: LineHits;
  /** Converts a path that is relative to the pack to a path for tools that read the file. */
  pathOf(path: string): string;
}
