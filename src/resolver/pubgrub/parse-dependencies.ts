import { AttuneError } from '../../errors.ts';
import { parseRequirement } from '../../packs/requirement.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import { npmRange, parseConstraint } from '../constraint.ts';
import type { Dependency } from './model/incompatibility.ts';
import { VersionSet } from './model/version-set.ts';

export interface ParsedDependencies {
  /** Sorted by ref, then by range. */
  readonly dependencies: readonly Dependency[];
  /** Why some dependencies cannot be parsed, each a sentence without its full stop. */
  readonly problems: readonly string[];
}

/** Parses each text and each range once: most versions of a pack have the same dependencies. */
export class DependencyParser {
  readonly #dependencies = new Map<string, Dependency | string>();
  readonly #ranges = new Map<string, VersionSet | string>();

  /** @param texts dependencies as written in a manifest: `core`, `core@^1.2` */
  parse(texts: readonly string[]): ParsedDependencies {
    const parsed = texts.map((text) => memoized(this.#dependencies, text, () => this.#parseOne(text)));
    return {
      dependencies: [...new Set(parsed.filter((one) => typeof one !== 'string'))].sort(byRefAndRange),
      problems: parsed.filter((one) => typeof one === 'string').sort(compareCodePoints),
    };
  }

  #parseOne(text: string): Dependency | string {
    const requirement = parseOrReason(() => parseRequirement(text));
    if (typeof requirement === 'string') return requirement;
    const { ref, range } = requirement;
    if (range === '*') return { ref, range: undefined, versions: VersionSet.ANY };
    const versions = memoized(this.#ranges, range, () => parseOrReason(() => VersionSet.of(parseConstraint(range))));
    return typeof versions === 'string' ? versions : { ref, range, versions };
  }
}

function memoized<T>(cache: Map<string, T>, text: string, parse: () => T): T {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const value = parse();
  cache.set(text, value);
  return value;
}

/** Returns the parsed value, or the reason why the text is invalid. */
function parseOrReason<T>(parse: () => T): T | string {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return error.message.replace(/\.$/, '');
  }
}

/** @param range npm's syntax @throws InvalidConstraint */
export function versionsInRange(range: string | undefined): VersionSet {
  return range === undefined ? VersionSet.ANY : VersionSet.of(npmRange(range));
}

function byRefAndRange(one: Dependency, other: Dependency): number {
  return compareCodePoints(one.ref, other.ref) || compareCodePoints(one.range ?? '', other.range ?? '');
}
