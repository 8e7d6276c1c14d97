import parseVersion from 'semver/functions/parse.js';
import { exactVersion, npmRange, satisfies } from './constraint.ts';
import { newestFirst } from './errors.ts';
import type { PackVersion } from './request.ts';

export interface Eligibility {
  /** A range in npm's syntax; `undefined` for any release: prereleases have to be requested. */
  readonly range: string | undefined;
  /** Versions that were published later are not chosen. */
  readonly notAfter?: Date | undefined;
}

/**
 * Returns the versions that may be chosen, newest first. A yanked version may be chosen only if the range names it exactly.
 * @throws InvalidConstraint
 */
export function eligibleVersions<V extends PackVersion>(
  versions: readonly V[],
  { range, notAfter }: Eligibility,
): readonly V[] {
  const constraint = range === undefined ? undefined : npmRange(range);
  const matches = constraint ? (version: string) => satisfies(version, constraint) : isRelease;
  const matching = newestFirst(versions).filter((one) => matches(one.version) && !isTooNew(one, notAfter));
  const sound = matching.filter(({ yanked }) => yanked === undefined);
  return sound.length > 0 || exactVersion(range) === undefined ? sound : matching;
}

/** Returns when a version was published; `undefined` if that is unknown or not a valid date. */
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
