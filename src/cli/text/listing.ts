/** The items of a listing that messages show (SPEC section 7). */
export const SHOWN_ITEMS = 20;
/** The items of a listing that `--verbose` and documents have. */
export const MAX_ITEMS = 10_000;

const ITEM = /^ {2}\S/;
/** The line that ends a listing which was shortened before. */
const OMITTED = /^ {2}and ([\d,]+) more$/;

/**
 * Shortens the listings of a message. An item is a line with an indentation of two spaces, together with the lines below it
 * that have a larger one.
 * @param limit the items that are kept of each listing
 */
export function limitListings(message: string, limit: number): string {
  const kept: string[] = [];
  let items = 0;
  let omitted = 0;
  const finish = () => {
    if (omitted > 0) kept.push(`  and ${omitted.toLocaleString('en-US')} more`);
    omitted = 0;
  };
  for (const line of message.split('\n')) {
    if (!line.startsWith('  ')) {
      finish();
      items = 0;
    } else if (ITEM.test(line)) items += 1;
    if (items <= limit) kept.push(line);
    else if (ITEM.test(line)) omitted += omittedBy(line);
  }
  finish();
  return kept.join('\n');
}

/** Returns the number of items that a line stands for. */
function omittedBy(line: string): number {
  const count = OMITTED.exec(line)?.[1];
  return count === undefined ? 1 : Number(count.replaceAll(',', ''));
}

/** Returns a document whose lists have at most `limit` items. */
export function limitLists<T>(value: T, limit: number): T {
  if (Array.isArray(value)) return value.slice(0, limit).map((item) => limitLists(item, limit)) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, limitLists(field, limit)])) as T;
}
