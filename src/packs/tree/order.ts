/**
 * Orders of paths and names (SPEC section 4). UTF-8 keeps the order of code points, so comparing those compares the
 * bytes; JavaScript's own `<` does not, as it compares UTF-16, where U+1F600 comes before U+FB00.
 */
export function compareCodePoints(one: string, other: string): number {
  if (!SURROGATE.test(one) && !SURROGATE.test(other)) return one < other ? -1 : Number(one > other);
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const difference = rank(one.charCodeAt(at)) - rank(other.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Paths component by component: what is in `a/` comes before all of `a-b/`. */
export function compareByComponent(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    // A component that ends here is a prefix of the other one, so it is the smaller.
    if (a !== b) return a === SLASH ? -1 : b === SLASH ? 1 : rank(a) - rank(b);
  }
  return one.length - other.length;
}

const SLASH = 0x2f;

/** Without one of these, both orders are the same. */
const SURROGATE = /[\ud800-\udfff]/;

/** Moves the surrogates above the rest of UTF-16, where the code points that they stand for are. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
