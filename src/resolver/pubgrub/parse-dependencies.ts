import { AttuneError } from '../../errors.ts';
import { parseRequirement } from '../../packs/requirement.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import { npmRange, parseConstraint } from '../constraint.ts';
import { VersionSet } from './model/version-set.ts';

export interface Need {
  readonly ref: string;
  /** As it is written; `undefined` where any version will do. */
  readonly range: string | undefined;
  readonly versions: VersionSet;
}

export interface Needs {
  /** By ref, then by range. */
  readonly needs: readonly Need[];
  /** Why some cannot be understood, a sentence without its end each. */
  readonly problems: readonly string[];
}

/** Reads each text and each range once: packs mostly need the same, in all of their versions. */
export class NeedReader {
  readonly #needs = new Map<string, Need | string>();
  readonly #ranges = new Map<string, VersionSet | string>();

  /** @param dependencies as a manifest writes them: `core`, `core@^1.2` */
  read(dependencies: readonly string[]): Needs {
    const read = dependencies.map((text) => once(this.#needs, text, () => this.#readOne(text)));
    return {
      needs: [...new Set(read.filter((one) => typeof one !== 'string'))].sort(byRefAndRange),
      problems: read.filter((one) => typeof one === 'string').sort(compareCodePoints),
    };
  }

  #readOne(text: string): Need | string {
    const requirement = orReason(() => parseRequirement(text));
    if (typeof requirement === 'string') return requirement;
    const { ref, range } = requirement;
    if (range === '*') return { ref, range: undefined, versions: VersionSet.ANY };
    const versions = once(this.#ranges, range, () => orReason(() => VersionSet.of(parseConstraint(range))));
    return typeof versions === 'string' ? versions : { ref, range, versions };
  }
}

function once<T>(known: Map<string, T>, text: string, read: () => T): T {
  const before = known.get(text);
  if (before !== undefined) return before;
  const value = read();
  known.set(text, value);
  return value;
}

/** What is wrong with a text that cannot be read. */
function orReason<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return error.message.replace(/\.$/, '');
  }
}

/** @param range npm's syntax @throws InvalidConstraint */
export function wantedVersions(range: string | undefined): VersionSet {
  return range === undefined ? VersionSet.ANY : VersionSet.of(npmRange(range));
}

function byRefAndRange(one: Need, other: Need): number {
  return compareCodePoints(one.ref, other.ref) || compareCodePoints(one.range ?? '', other.range ?? '');
}
