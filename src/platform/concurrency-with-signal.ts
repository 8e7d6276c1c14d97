/**
 * Does the same with every item, at most `lanes` of them at a time, and gives the results in the order of the items,
 * whichever came first. When one throws, no other is begun, those that run are told by the signal, and the first error
 * comes out once all of them have ended: nothing goes on behind the caller's back.
 */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failure = new AbortController();
  let next = 0;
  const lane = async () => {
    while (next < items.length && !failure.signal.aborted) {
      const index = next++;
      try {
        results[index] = await work(items[index] as Item, index, failure.signal);
      } catch (error) {
        failure.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  failure.signal.throwIfAborted();
  return results;
}
