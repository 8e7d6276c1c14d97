import parseVersion from 'semver/functions/parse.js';
import { npmRange, satisfies } from './constraint.ts';
import { newestFirst } from './errors.ts';
import type { PackVersion } from './request.ts';

export interface Eligibility {
  /** npm's syntax; `undefined` for any release, because where nobody names a version, nobody asks for a prerelease. */
  readonly range: string | undefined;
  /** What was published later is not chosen. */
  readonly notAfter?: Date | undefined;
}

/** The versions that may be chosen for themselves, the newest first. @throws InvalidConstraint */
export function eligibleVersions<V extends PackVersion>(
  versions: readonly V[],
  { range, notAfter }: Eligibility,
): readonly V[] {
  const constraint = range === undefined ? undefined : npmRange(range);
  const isMeant = constraint ? (version: string) => satisfies(version, constraint) : isRelease;
  return newestFirst(versions).filter(
    (one) => one.yanked === undefined && isMeant(one.version) && !isTooNew(one, notAfter),
  );
}

/** When a version was published; `undefined` where that is not said, or not as a date. */
export function publicationDate({ publishedAt }: PackVersion): Date | undefined {
  const time = publishedAt === undefined ? Number.NaN : Date.parse(publishedAt);
  return Number.isNaN(time) ? undefined : new Date(time);
}

function isTooNew(version: PackVersion, notAfter: Date | undefined): boolean {
  const published = publicationDate(version);
  return notAfter !== undefined && published !== undefined && published > notAfter;
}

function isRelease(version: string): boolean {
  return parseVersion(version)?.prerelease.length === 0;
}
