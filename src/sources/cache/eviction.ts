/** The limits that a cache must satisfy after eviction. */
export interface RetentionLimits {
  /** Entries last used before this time are evicted. */
  readonly usedBefore: Date;
  /** The total size of all remaining entries. */
  readonly maxBytes: number;
}

/**
 * Selects the entries to evict so that the rest satisfies the limits.
 * @param entries the least recently used first
 */
export function selectForEviction<T extends { readonly usedAt: Date; readonly bytes: number }>(
  entries: readonly T[],
  { usedBefore, maxBytes }: RetentionLimits,
): T[] {
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  return entries.filter(({ usedAt, bytes }) => {
    const evicted = usedAt < usedBefore || total > maxBytes;
    if (evicted) total -= bytes;
    return evicted;
  });
}
