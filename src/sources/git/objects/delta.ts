import { CorruptObject } from './objects.ts';

/** Reads a size in the encoding of deltas: seven bits a byte, the lowest first. */
function readSize(delta: Uint8Array, start: number, what: string): { size: number; next: number } {
  let size = 0;
  for (let offset = start, weight = 1; offset < start + 8; offset++, weight *= 128) {
    const byte = delta[offset];
    if (byte === undefined) break;
    size += (byte & 0x7f) * weight;
    if (byte < 0x80) return { size, next: offset + 1 };
  }
  throw new CorruptObject(what, 'is a truncated delta');
}

/** Returns the sizes at the beginning of a delta: of its base and of its result. */
export function deltaSizes(delta: Uint8Array, what: string): { base: number; target: number; next: number } {
  const base = readSize(delta, 0, what);
  const target = readSize(delta, base.next, what);
  return { base: base.size, target: target.size, next: target.next };
}

/**
 * Applies a delta of a packfile (gitformat-pack, "Deltified representation"), which copies from the base and inserts new
 * bytes. The caller has already budgeted for a result of `deltaSizes(delta).target` bytes.
 * @throws CorruptObject when the delta does not match its base or its own sizes
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, what: string): Buffer {
  const sizes = deltaSizes(delta, what);
  const mismatch = () => new CorruptObject(what, 'is a delta that does not match its base');
  if (sizes.base !== base.length) throw mismatch();
  const target = Buffer.allocUnsafeSlow(sizes.target);
  let filled = 0;
  const append = (from: Uint8Array, start: number, length: number) => {
    if (start + length > from.length || filled + length > target.length) throw mismatch();
    target.set(from.subarray(start, start + length), filled);
    filled += length;
  };
  for (let offset = sizes.next; offset < delta.length; ) {
    const opcode = delta[offset++] as number;
    if (opcode === 0) throw mismatch();
    if (opcode < 0x80) {
      append(delta, offset, opcode);
      offset += opcode;
      continue;
    }
    const copy = readCopy(opcode, delta, offset);
    append(base, copy.offset, copy.length);
    offset = copy.next;
  }
  if (filled !== target.length) throw mismatch();
  return target;
}

/** Reads a copy instruction. The low seven bits of its opcode select the offset and length bytes that follow; others are zero. */
function readCopy(opcode: number, delta: Uint8Array, start: number): { offset: number; length: number; next: number } {
  let next = start;
  const readField = (bits: readonly number[]) =>
    bits.reduce((sum, bit, index) => sum + ((opcode & bit) === 0 ? 0 : (delta[next++] ?? 0) * 256 ** index), 0);
  const offset = readField([0x01, 0x02, 0x04, 0x08]);
  const length = readField([0x10, 0x20, 0x40]);
  return { offset, length: length === 0 ? 0x10000 : length, next };
}
