/** Returns all non-empty subsets of a list. */
export function subsets<T>(list: readonly T[]): T[][] {
  return Array.from({ length: 2 ** list.length - 1 }, (_, bits) =>
    list.filter((_, index) => ((bits + 1) >> index) & 1),
  );
}
