import { CorruptObject } from './objects.ts';

/** A size as deltas write it: seven bits a byte, the lowest first. */
function readSize(delta: Uint8Array, start: number, what: string): { size: number; next: number } {
  let size = 0;
  for (let at = start, weight = 1; at < start + 8; at++, weight *= 128) {
    const byte = delta[at];
    if (byte === undefined) break;
    size += (byte & 0x7f) * weight;
    if (byte < 0x80) return { size, next: at + 1 };
  }
  throw new CorruptObject(what, 'is a delta that is cut off');
}

/** The sizes that a delta begins with: of what it is applied to, and of what comes out. */
export function deltaSizes(delta: Uint8Array, what: string): { base: number; target: number; next: number } {
  const base = readSize(delta, 0, what);
  const target = readSize(delta, base.next, what);
  return { base: base.size, target: target.size, next: target.next };
}

/**
 * Applies a delta of a git pack (gitformat-pack, "Deltified representation"): copies from the base and new bytes.
 * The caller has already allowed for a result of `deltaSizes(delta).target` bytes.
 * @throws CorruptObject when the delta does not fit the base or itself
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, what: string): Buffer {
  const sizes = deltaSizes(delta, what);
  const misfit = () => new CorruptObject(what, 'is a delta that does not fit what it is based on');
  if (sizes.base !== base.length) throw misfit();
  const target = Buffer.allocUnsafeSlow(sizes.target);
  let filled = 0;
  const add = (from: Uint8Array, start: number, length: number) => {
    if (start + length > from.length || filled + length > target.length) throw misfit();
    target.set(from.subarray(start, start + length), filled);
    filled += length;
  };
  for (let at = sizes.next; at < delta.length; ) {
    const order = delta[at++] as number;
    if (order === 0) throw misfit();
    if (order < 0x80) {
      add(delta, at, order);
      at += order;
      continue;
    }
    const copy = readCopy(order, delta, at);
    add(base, copy.offset, copy.length);
    at = copy.next;
  }
  if (filled !== target.length) throw misfit();
  return target;
}

/** The low seven bits of a copy order say which bytes of its offset and length follow; the others are zero. */
function readCopy(order: number, delta: Uint8Array, start: number): { offset: number; length: number; next: number } {
  let at = start;
  const field = (bits: readonly number[]) =>
    bits.reduce((sum, bit, place) => sum + ((order & bit) === 0 ? 0 : (delta[at++] ?? 0) * 256 ** place), 0);
  const offset = field([0x01, 0x02, 0x04, 0x08]);
  const length = field([0x10, 0x20, 0x40]);
  return { offset, length: length === 0 ? 0x10000 : length, next: at };
}
