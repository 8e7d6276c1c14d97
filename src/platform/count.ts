/** Returns an amount with its noun: `1 pack`, `3 packs`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
