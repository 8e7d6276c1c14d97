/**
 * Version constraints, as packs write them (SPEC section 2) and as people type them after `ref@`.
 *
 * The two differ: in a pack a missing part of a version counts as zero (`>1.2` lets 1.2.1 in, `1.2` is 1.2.0), for npm
 * it is a wildcard. So a pack's constraint is read here, written out in full, and only then given to `semver`, which
 * knows how versions are ordered and when a prerelease is meant.
 */
import Range from 'semver/classes/range.js';
import parseVersion from 'semver/functions/parse.js';
import { AttuneError } from '../errors.ts';

/** What a version has to satisfy. Made by `parseConstraint` or `npmRange`, asked with `satisfies`. */
export interface Constraint {
  /** As it was written. */
  readonly text: string;
  /** One of them has to hold. */
  readonly alternatives: readonly Alternative[];
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

/** Longer than anything a person writes, short enough that nobody can keep us busy with it. */
const MAX_LENGTH = 1000;

/**
 * A constraint in the grammar of SPEC section 2. Missing parts count as zero whatever the operator, so `~1` is
 * `~1.0.0`; only `~=` looks at how many parts were written, because that is its definition (PEP 440, "Compatible
 * release"). `x`, `X` and `*` are wildcards with npm's meaning.
 * @throws InvalidConstraint
 */
export function parseConstraint(text: string): Constraint {
  if (text.length > MAX_LENGTH) throw new InvalidConstraint(`${text.slice(0, 40)}...`, 'it is too long');
  return { text, alternatives: text.split('||').map((part) => parseAlternative(part.trim(), text)) };
}

/**
 * A range in npm's syntax, where missing parts are wildcards (`2` is 2.x) and `1.2 - 1.4` is a span.
 * @throws InvalidConstraint
 */
export function npmRange(text: string): Constraint {
  if (text.length > MAX_LENGTH) throw new InvalidConstraint(`${text.slice(0, 40)}...`, 'it is too long');
  return { text, alternatives: [{ range: rangeOf(text, text), excluded: [] }] };
}

/** @param version a semantic version; anything else satisfies nothing */
export function satisfies(version: string, constraint: Constraint): boolean {
  const parsed = parseVersion(version);
  if (parsed === null) return false;
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
  /** One to three, each a number or `x`. */
  readonly parts: readonly string[];
  /** With its hyphen, or empty. */
  readonly prerelease: string;
}

function parseAlternative(text: string, whole: string): Alternative {
  const comparators = readComparators(text, whole);
  const wanted = comparators.filter(({ operator }) => operator !== '!=');
  const unwanted = comparators.filter(({ operator }) => operator === '!=');
  return {
    range: rangeOf(wanted.map((comparator) => writeOut(comparator, whole)).join(' '), whole),
    // A wildcard that is excluded takes the prereleases with it, as in PEP 440.
    excluded: unwanted.map(({ version }) => rangeOf(inFull(version), whole, true)),
  };
}

const COMPARATOR = /(?:(>=|<=|==|!=|~=|[<>=^~])\s*)?v?([0-9xX*][0-9A-Za-z.+*-]*)(?=[\s,]|$)/y;
const SEPARATOR = /\s*,\s*|\s+/y;

function readComparators(text: string, whole: string): Comparator[] {
  const comparators: Comparator[] = [];
  for (let position = 0; position === 0 || position < text.length; ) {
    if (position > 0) {
      SEPARATOR.lastIndex = position;
      SEPARATOR.test(text);
      position = SEPARATOR.lastIndex;
    }
    COMPARATOR.lastIndex = position;
    const match = COMPARATOR.exec(text);
    if (match === null) throw new InvalidConstraint(whole, whatIsWrongAt(text, position));
    comparators.push({ operator: match[1] ?? '=', version: parsePartial(match[2] ?? '', whole) });
    position = COMPARATOR.lastIndex;
  }
  return comparators;
}

function whatIsWrongAt(text: string, position: number): string {
  const rest = text.slice(position);
  if (text === '') return 'nothing is written where a comparator should be';
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
  const sample = hasWildcard(version) ? inFull(version).replaceAll('x', '0') : inFull(version);
  if (parseVersion(sample) === null) throw new InvalidConstraint(whole, `'${text}' is not a version`);
  return version;
}

function hasWildcard({ parts }: PartialVersion): boolean {
  return parts.includes('x');
}

/** All three parts: what is missing is zero, or a wildcard where a wildcard stands before it. */
function inFull(version: PartialVersion): string {
  const filler = hasWildcard(version) ? 'x' : '0';
  const [major = filler, minor = filler, patch = filler] = version.parts;
  return `${major}.${minor}.${patch}${version.prerelease}`;
}

function writeOut({ operator, version }: Comparator, whole: string): string {
  if (operator === '~=') return compatibleRelease(version, whole);
  return (operator === '==' ? '=' : operator) + inFull(version);
}

/** PEP 440: at least this version, and equal to it in all of the written parts but the last. */
function compatibleRelease(version: PartialVersion, whole: string): string {
  const [major = '0', minor = '0'] = version.parts;
  if (hasWildcard(version) || version.parts.length < 2) {
    throw new InvalidConstraint(whole, `'~=' needs a version of two or three numbers, not '${version.text}'`);
  }
  const end = version.parts.length === 2 ? `${BigInt(major) + 1n}.0.0` : `${major}.${BigInt(minor) + 1n}.0`;
  return `>=${inFull(version)} <${end}-0`;
}

function rangeOf(text: string, whole: string, includePrerelease = false): Range {
  try {
    return new Range(text || '*', { includePrerelease });
  } catch {
    throw new InvalidConstraint(whole, 'it is not a range of versions');
  }
}
