import type { Root } from './model/problem.ts';
import { VersionSet } from './model/version-set.ts';
import { type Need, wantedVersions } from './parse-dependencies.ts';

/** What is asked for by a range, of each pack: by the user, and by the versions that others were decided to have. */
export class Asks {
  readonly #byUser = new Map<string, VersionSet>();
  /** By the pack that is needed, then by the one that needs it. */
  readonly #byPacks = new Map<string, Map<string, { version: string; versions: VersionSet }>>();

  constructor(roots: readonly Root[]) {
    for (const root of roots) {
      if (root.kind !== 'wanted' || root.range === undefined) continue;
      const before = this.#byUser.get(root.ref) ?? VersionSet.NONE;
      this.#byUser.set(root.ref, before.union(wantedVersions(root.range)));
    }
  }

  /** Whatever an earlier version of the pack asked for is forgotten, where the new one needs the same packs. */
  add(ref: string, version: string, needs: readonly Need[]): void {
    for (const need of needs) {
      if (need.range === undefined) continue;
      const ofNeeded = this.#byPacks.get(need.ref) ?? new Map();
      const before = ofNeeded.get(ref);
      const versions = before?.version === version ? before.versions.union(need.versions) : need.versions;
      this.#byPacks.set(need.ref, ofNeeded.set(ref, { version, versions }));
    }
  }

  /** @param isDecided whether a pack has this version now: what was taken back asks for nothing */
  of(ref: string, isDecided: (ref: string, version: string) => boolean): VersionSet {
    let sum = this.#byUser.get(ref) ?? VersionSet.NONE;
    for (const [by, { version, versions }] of this.#byPacks.get(ref) ?? []) {
      if (isDecided(by, version)) sum = sum.union(versions);
    }
    return sum;
  }
}
