/**
 * Compares texts by code points, which is the order of their UTF-8 bytes (SPEC section 4). JavaScript's `<` compares UTF-16
 * units instead, where U+1F600 comes before U+FB00.
 */
export function compareCodePoints(one: string, other: string): number {
  if (!SURROGATE.test(one) && !SURROGATE.test(other)) return one < other ? -1 : Number(one > other);
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rank(one.charCodeAt(index)) - rank(other.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Compares paths component by component: everything in `a/` comes before everything in `a-b/`. */
export function compareByComponent(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    const a = one.charCodeAt(index);
    const b = other.charCodeAt(index);
    // A component that ends first is a prefix of the other one, so it is smaller.
    if (a !== b) return a === SLASH ? -1 : b === SLASH ? 1 : rank(a) - rank(b);
  }
  return one.length - other.length;
}

const SLASH = 0x2f;

/** Texts without surrogates have the same order in UTF-16. */
const SURROGATE = /[\ud800-\udfff]/;

/** Ranks surrogates above all other UTF-16 units, as the code points that they encode. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
