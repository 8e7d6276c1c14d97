import type { ManifestDependencies } from '../../packs/manifest/types.ts';
import { parseRequirement, type Requirement } from '../../packs/requirement.ts';

/** What a pack needs, as it is recorded: one that is named twice, with a lower bound and an upper one, has both in one range. */
export function recordedDependencies({ packs }: ManifestDependencies): Requirement[] {
  const ranges = new Map<string, string>();
  for (const { ref, range } of packs.map(parseRequirement)) {
    ranges.set(ref, bothRanges(ranges.get(ref) ?? '*', range));
  }
  return [...ranges].map(([ref, range]) => ({ ref, range }));
}

function bothRanges(one: string, other: string): string {
  if (one === '*' || one === other) return other;
  if (other === '*') return one;
  return one
    .split('||')
    .flatMap((left) => other.split('||').map((right) => `${left.trim()}, ${right.trim()}`))
    .join(' || ');
}
