import rcompare from 'semver/functions/rcompare.js';
import { AttuneError } from '../errors.ts';

/** A version that exists, and why it may not be chosen if there is a reason. */
export interface AvailableVersion {
  readonly version: string;
  readonly yanked?: string | undefined;
}

/** What was asked of a registry by name and range, where the pack is there and the version is not. */
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
      hint: 'Ask for one of these versions. A prerelease is only chosen when it is named; a yanked version never is.',
    });
  }
}

export class DependencyCycle extends AttuneError {
  /** @param cycles each the refs of one cycle, the first of them repeated at its end */
  constructor(cycles: readonly (readonly string[])[]) {
    super('DEPENDENCY_CYCLE', inLines('Packs need each other in a circle:', cycles.map(formatCycle)), {
      facts: { cycles },
      hint: 'One of these packs has to drop its dependency; tell its author.',
    });
  }
}

export function formatCycle(cycle: readonly string[]): string {
  return cycle.join(' \u2192 ');
}

function inLines(heading: string, lines: readonly string[]): string {
  return [heading, ...lines.map((line) => `  ${line}`)].join('\n');
}

const SHOWN = 20;

/** `available: 2.0.0, 1.9.0 (yanked: broken)`, the newest first. */
export function listVersions(available: readonly AvailableVersion[]): string {
  if (available.length === 0) return 'none is available';
  const shown = newestFirst(available)
    .slice(0, SHOWN)
    .map(({ version, yanked }) => (yanked === undefined ? version : `${version} (yanked: ${yanked})`));
  const more = available.length > SHOWN ? ` and ${available.length - SHOWN} older` : '';
  return `available: ${shown.join(', ')}${more}`;
}

export function newestFirst<V extends AvailableVersion>(versions: readonly V[]): V[] {
  return versions.toSorted((one, other) => rcompare(one.version, other.version));
}
