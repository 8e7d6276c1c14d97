/**
 * Version constraints, as written in packs (SPEC section 2) and as typed after `ref@`.
 *
 * Their grammars differ: in a pack, a missing part of a version counts as zero (`>1.2` matches 1.2.1, `1.2` is 1.2.0), for
 * npm it is a wildcard. Therefore a pack's constraint is parsed here and completed before it is passed to `semver`, which
 * implements the order of versions and the rules for prereleases.
 */
import Range from 'semver/classes/range.js';
import type SemVer from 'semver/classes/semver.js';
import parseVersion from 'semver/functions/parse.js';
import validRange from 'semver/ranges/valid.js';
import { AttuneError } from '../errors.ts';

/** A version constraint, created by `parseConstraint` or `npmRange` and evaluated by `satisfies`. */
export interface Constraint {
  /** The constraint as written. */
  readonly text: string;
  /** The alternatives, one of which has to match. */
  readonly alternatives: readonly Alternative[];
  /** The build metadata that a version must have: the constraint is one version with build metadata. */
  readonly build?: string | undefined;
}

interface Alternative {
  readonly range: Range;
  readonly excluded: readonly Range[];
}

export class InvalidConstraint extends AttuneError {
  constructor(text: string, why: string) {
    super('INVALID_CONSTRAINT', `'${text}' is not a version constraint: ${why}.`, {
      facts: { constraint: text },
      hint: 'Write comparators such as >=1.2,<2 or ^1.2 or ~1.2 or 1.2.x or *, with || between alternatives.',
    });
  }
}

/** Longer than any real constraint, and short enough to bound the parsing time of a hostile one. */
const MAX_LENGTH = 1000;

/**
 * Parses a constraint in the grammar of SPEC section 2. Missing parts count as zero regardless of the operator, so `~1` is
 * `~1.0.0`; only the meaning of `~=` depends on the number of written parts (PEP 440, "Compatible release"). `x`, `X` and
 * `*` are wildcards with npm's meaning.
 * @throws InvalidConstraint
 */
export function parseConstraint(text: string): Constraint {
  if (text.length > MAX_LENGTH) throw new InvalidConstraint(`${text.slice(0, 40)}...`, 'it is too long');
  return { text, alternatives: text.split('||').map((part) => parseAlternative(part.trim(), text)) };
}

/**
 * Parses a range in npm's syntax, where missing parts are wildcards (`2` is 2.x) and `1.2 - 1.4` is a hyphen range. A single
 * version with build metadata is matched by that build alone; in ranges build metadata is ignored, as in npm.
 * @throws InvalidConstraint
 */
export function npmRange(text: string): Constraint {
  if (text.length > MAX_LENGTH) throw new InvalidConstraint(`${text.slice(0, 40)}...`, 'it is too long');
  return { text, alternatives: [{ range: rangeOf(text, text), excluded: [] }], build: buildOf(parseVersion(text)) };
}

/** Returns a constraint in npm's syntax, unchanged if possible; `undefined` with `!=`, which npm does not have. */
export function formatNpmRange({ text, alternatives }: Constraint): string | undefined {
  if (alternatives.some(({ excluded }) => excluded.length > 0)) return undefined;
  const range = new Range(alternatives.map((one) => one.range.range).join(' || ')).range || '*';
  return validRange(text) === range ? text : range;
}

function buildOf(version: SemVer | null): string | undefined {
  return version === null || version.build.length === 0 ? undefined : version.build.join('.');
}

/** Returns the version that a range in npm's syntax names exactly (`1.2.0`, `=1.2.0`); `undefined` for other ranges. */
export function exactVersion(range: string | undefined): string | undefined {
  return parseVersion(range?.trim().replace(/^=\s*/, ''))?.raw;
}

/** @param version a semantic version; anything else satisfies nothing */
export function satisfies(version: string, constraint: Constraint): boolean {
  const parsed = parseVersion(version);
  if (parsed === null || (constraint.build !== undefined && constraint.build !== buildOf(parsed))) return false;
  return constraint.alternatives.some(
    ({ range, excluded }) => range.test(parsed) && !excluded.some((one) => one.test(parsed)),
  );
}

interface Comparator {
  readonly operator: string;
  readonly version: PartialVersion;
}

interface PartialVersion {
  readonly text: string;
  /** One to three parts, each a number or `x`. */
  readonly parts: readonly string[];
  /** The prerelease with its hyphen, or empty. */
  readonly prerelease: string;
}

function parseAlternative(text: string, whole: string): Alternative {
  const comparators = parseComparators(text, whole);
  const included = comparators.filter(({ operator }) => operator !== '!=');
  const excluded = comparators.filter(({ operator }) => operator === '!=');
  return {
    range: rangeOf(included.map((comparator) => formatComparator(comparator, whole)).join(' '), whole),
    // An excluded wildcard also excludes the prereleases, as in PEP 440.
    excluded: excluded.map(({ version }) => rangeOf(completed(version), whole, true)),
  };
}

const COMPARATOR = /(?:(>=|<=|==|!=|~=|[<>=^~])\s*)?v?([0-9xX*][0-9A-Za-z.+*-]*)(?=[\s,]|$)/y;
const SEPARATOR = /\s*,\s*|\s+/y;

function parseComparators(text: string, whole: string): Comparator[] {
  const comparators: Comparator[] = [];
  for (let position = 0; position === 0 || position < text.length; ) {
    if (position > 0) {
      SEPARATOR.lastIndex = position;
      SEPARATOR.test(text);
      position = SEPARATOR.lastIndex;
    }
    COMPARATOR.lastIndex = position;
    const match = COMPARATOR.exec(text);
    if (match === null) throw new InvalidConstraint(whole, syntaxErrorAt(text, position));
    comparators.push({ operator: match[1] ?? '=', version: parsePartial(match[2] ?? '', whole) });
    position = COMPARATOR.lastIndex;
  }
  return comparators;
}

function syntaxErrorAt(text: string, position: number): string {
  const rest = text.slice(position);
  if (text === '') return 'a comparator is missing';
  return rest === '' ? 'it ends with a comma' : `'${rest}' does not begin with a comparator and a version`;
}

const PARTIAL = /^(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

function parsePartial(text: string, whole: string): PartialVersion {
  const match = PARTIAL.exec(text);
  if (match === null) throw new InvalidConstraint(whole, `'${text}' is not a version`);
  const parts = match.slice(1, 4).flatMap((part) => part?.replace(/[X*]/, 'x') ?? []);
  const version = { text, parts, prerelease: match[4] ?? '' };
  if (hasWildcard(version)) {
    const after = parts.slice(parts.indexOf('x'));
    if (version.prerelease || after.some((part) => part !== 'x')) {
      throw new InvalidConstraint(whole, `nothing can follow the wildcard in '${text}'`);
    }
  }
  const sample = hasWildcard(version) ? completed(version).replaceAll('x', '0') : completed(version);
  if (parseVersion(sample) === null) throw new InvalidConstraint(whole, `'${text}' is not a version`);
  return version;
}

function hasWildcard({ parts }: PartialVersion): boolean {
  return parts.includes('x');
}

/** Returns a version with all three parts: missing ones are zero, or wildcards after a wildcard. */
function completed(version: PartialVersion): string {
  const filler = hasWildcard(version) ? 'x' : '0';
  const [major = filler, minor = filler, patch = filler] = version.parts;
  return `${major}.${minor}.${patch}${version.prerelease}`;
}

function formatComparator({ operator, version }: Comparator, whole: string): string {
  if (operator === '~=') return compatibleRelease(version, whole);
  return (operator === '==' ? '=' : operator) + completed(version);
}

/** Returns a compatible release by PEP 440: at least this version, with equal parts except for the last written one. */
function compatibleRelease(version: PartialVersion, whole: string): string {
  const [major = '0', minor = '0'] = version.parts;
  if (hasWildcard(version) || version.parts.length < 2) {
    throw new InvalidConstraint(whole, `'~=' requires a version with two or three numbers, not '${version.text}'`);
  }
  const end = version.parts.length === 2 ? `${BigInt(major) + 1n}.0.0` : `${major}.${BigInt(minor) + 1n}.0`;
  return `>=${completed(version)} <${end}-0`;
}

function rangeOf(text: string, whole: string, includePrerelease = false): Range {
  try {
    return new Range(text || '*', { includePrerelease });
  } catch {
    throw new InvalidConstraint(whole, 'it is not a range of versions');
  }
}
