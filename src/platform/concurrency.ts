/**
 * Maps items with at most `limit` calls of `work` running at a time. After the first error no further item is started, the
 * signal of the running calls is aborted, and the returned promise rejects once all of them have ended.
 * @returns the results in the order of the items
 * @throws the first error
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failure = new AbortController();
  let next = 0;
  const worker = async () => {
    while (next < items.length && !failure.signal.aborted) {
      const index = next++;
      try {
        results[index] = await work(items[index] as Item, index, failure.signal);
      } catch (error) {
        failure.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  failure.signal.throwIfAborted();
  return results;
}
