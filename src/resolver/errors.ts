import rcompare from 'semver/functions/rcompare.js';
import { AttuneError } from '../errors.ts';

/** An existing version, with the reason why it is yanked if it is. */
export interface AvailableVersion {
  readonly version: string;
  readonly yanked?: string | undefined;
}

/** A requested pack that exists, but not in a matching version. */
export interface UnmatchedRoot {
  readonly ref: string;
  /** `undefined` for any release. */
  readonly range: string | undefined;
  readonly available: readonly AvailableVersion[];
}

export class NoMatchingVersion extends AttuneError {
  constructor(roots: readonly UnmatchedRoot[]) {
    const lines = roots.map(
      ({ ref, range, available }) =>
        `No version of '${ref}' ${range === undefined ? 'is a release' : `matches '${range}'`}; ${listVersions(available)}.`,
    );
    super('NOT_FOUND_VERSION', lines.join('\n'), {
      facts: {
        packs: roots.map(({ ref, range, available }) => ({
          ref,
          range: range ?? null,
          available: newestFirst(available).map(({ version }) => version),
        })),
      },
      hint: 'Request one of these versions. A prerelease is chosen only if the range names one, a yanked version only if it is requested exactly.',
    });
  }
}

export class DependencyCycle extends AttuneError {
  /** @param cycles each with its first ref repeated at the end */
  constructor(cycles: readonly (readonly string[])[]) {
    super('DEPENDENCY_CYCLE', inLines('Packs depend on each other in a cycle:', cycles.map(formatCycle)), {
      facts: { cycles },
      hint: 'Remove one of these dependencies, or report the cycle to the author of one of the packs.',
    });
  }
}

export function formatCycle(cycle: readonly string[]): string {
  return cycle.join(' \u2192 ');
}

function inLines(heading: string, lines: readonly string[]): string {
  return [heading, ...lines.map((line) => `  ${line}`)].join('\n');
}

const MAX_LISTED = 20;

/** Returns `available: 2.0.0, 1.9.0 (yanked: broken)`, newest first. */
export function listVersions(available: readonly AvailableVersion[]): string {
  if (available.length === 0) return 'none is available';
  const shown = newestFirst(available)
    .slice(0, MAX_LISTED)
    .map(({ version, yanked }) => (yanked === undefined ? version : `${version} (yanked: ${yanked})`));
  const more = available.length > MAX_LISTED ? ` and ${available.length - MAX_LISTED} older` : '';
  return `available: ${shown.join(', ')}${more}`;
}

export function newestFirst<V extends AvailableVersion>(versions: readonly V[]): V[] {
  return versions.toSorted((one, other) => rcompare(one.version, other.version));
}
