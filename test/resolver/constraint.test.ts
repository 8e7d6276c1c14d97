import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import semver from 'semver';
import { InvalidConstraint, npmRange, parseConstraint, satisfies } from '../../src/resolver/constraint.ts';

const matches = (version: string, text: string) => satisfies(version, parseConstraint(text));

const ROWS: { title: string; constraint: string; yes?: string[]; no?: string[] }[] = [
  {
    title: 'a bare version is an equality',
    constraint: '1.2.3',
    yes: ['1.2.3'],
    no: ['1.2.4', '1.2.2', '1.2.3-rc.1'],
  },
  { title: 'missing parts of a bare version are zero', constraint: '1.2', yes: ['1.2.0'], no: ['1.2.1'] },
  { title: 'a bare major version is x.0.0', constraint: '2', yes: ['2.0.0'], no: ['2.0.1', '2.1.0'] },
  { title: 'a leading v is ignored', constraint: 'v1.2.3', yes: ['1.2.3'], no: ['1.2.4'] },
  { title: 'build metadata is ignored', constraint: '1.2.3+linux', yes: ['1.2.3', '1.2.3+mac'], no: ['1.2.4'] },
  { title: '= is equality', constraint: '=1.2.0', yes: ['1.2.0'], no: ['1.2.1'] },
  { title: 'missing parts after = are zero', constraint: '=1.2', yes: ['1.2.0'], no: ['1.2.3'] },
  { title: '== is equality', constraint: '==1.2.0', yes: ['1.2.0'], no: ['1.2.1'] },
  { title: 'missing parts after == are zero', constraint: '==3', yes: ['3.0.0'], no: ['3.0.1', '3.1.0'] },
  {
    title: '= may be followed by a prerelease',
    constraint: '=1.0.0-rc.1',
    yes: ['1.0.0-rc.1'],
    no: ['1.0.0-rc.2', '1.0.0'],
  },
  { title: '!= excludes one version', constraint: '!=1.3.0', yes: ['1.2.9', '1.3.1', '0.0.1'], no: ['1.3.0'] },
  { title: 'missing parts after != are zero', constraint: '!=1.3', yes: ['1.3.1'], no: ['1.3.0'] },
  { title: '!= may have a wildcard', constraint: '!=1.3.x', yes: ['1.2.9', '1.4.0'], no: ['1.3.0', '1.3.7'] },
  {
    title: '!= can be combined with other comparators',
    constraint: '>=1.2,!=1.3.0,<2',
    yes: ['1.2.0', '1.3.1'],
    no: ['1.3.0', '2.0.0'],
  },
  { title: 'several != all apply', constraint: '!=1.0.0 !=1.0.1', yes: ['1.0.2'], no: ['1.0.0', '1.0.1'] },
  { title: '!= applies only to its own alternative', constraint: '!=1.0.0 || 1.0.0', yes: ['1.0.0', '1.0.1'] },
  {
    title: 'excluding a prerelease does not request prereleases',
    constraint: '!=1.0.0-rc.1',
    yes: ['1.0.0'],
    no: ['1.0.0-rc.1', '1.0.0-rc.2'],
  },
  { title: '>= includes its version', constraint: '>=1.2', yes: ['1.2.0', '1.2.1', '9.0.0'], no: ['1.1.9'] },
  {
    title: 'missing parts after > are zero',
    constraint: '>1.2',
    yes: ['1.2.1', '1.3.0'],
    no: ['1.2.0', '1.1.0'],
  },
  { title: '> of a major version begins after x.0.0', constraint: '>1', yes: ['1.0.1', '2.0.0'], no: ['1.0.0'] },
  { title: '< excludes its version', constraint: '<2', yes: ['1.9.9', '0.1.0'], no: ['2.0.0', '2.0.1'] },
  { title: '< does not match a prerelease of the bound', constraint: '<2', no: ['2.0.0-rc.1'] },
  {
    title: 'missing parts after <= are zero',
    constraint: '<=1.2',
    yes: ['1.2.0', '1.1.9'],
    no: ['1.2.1'],
  },
  { title: 'a comma is a conjunction', constraint: '>=1.2,<2', yes: ['1.2.0', '1.9.0'], no: ['1.1.0', '2.0.0'] },
  { title: 'a space is a conjunction', constraint: '>=1.2 <2', yes: ['1.2.0', '1.9.0'], no: ['1.1.0', '2.0.0'] },
  { title: 'a comma with spaces is a conjunction', constraint: '>=1.2 , <2', yes: ['1.2.0'], no: ['2.0.0'] },
  {
    title: 'an operator may be followed by spaces',
    constraint: '>= 1.2, <  2',
    yes: ['1.2.0'],
    no: ['2.0.0', '1.1.0'],
  },
  { title: 'surrounding spaces are ignored', constraint: '  ^1.2  ', yes: ['1.2.0'], no: ['2.0.0'] },
  {
    title: 'three comparators all apply',
    constraint: '>=1 <3 >=2',
    yes: ['2.0.0', '2.9.0'],
    no: ['1.9.0', '3.0.0'],
  },
  { title: 'contradictory comparators match nothing', constraint: '>2 <1', no: ['0.5.0', '1.5.0', '2.5.0'] },
  {
    title: '^ keeps the major version',
    constraint: '^1.2',
    yes: ['1.2.0', '1.9.9'],
    no: ['1.1.9', '2.0.0', '2.0.0-rc.1'],
  },
  { title: '^ of a major version', constraint: '^2', yes: ['2.0.0', '2.7.1'], no: ['1.9.9', '3.0.0'] },
  { title: '^0.2 keeps the minor version', constraint: '^0.2', yes: ['0.2.0', '0.2.9'], no: ['0.3.0', '0.1.9'] },
  { title: '^0.0.3 matches only that patch version', constraint: '^0.0.3', yes: ['0.0.3'], no: ['0.0.4', '0.0.2'] },
  { title: 'the missing part of ^0.0 is zero', constraint: '^0.0', yes: ['0.0.0'], no: ['0.0.1'] },
  { title: '^ with all parts', constraint: '^1.2.3', yes: ['1.2.3', '1.3.0'], no: ['1.2.2', '2.0.0'] },
  { title: '~ keeps the minor version', constraint: '~1.2', yes: ['1.2.0', '1.2.9'], no: ['1.3.0', '1.1.9'] },
  { title: '~ with all parts', constraint: '~1.2.3', yes: ['1.2.3', '1.2.9'], no: ['1.2.2', '1.3.0'] },
  {
    title: 'missing parts after ~ are zero',
    constraint: '~1',
    yes: ['1.0.0', '1.0.7'],
    no: ['1.1.0', '2.0.0'],
  },
  {
    title: '~= with two parts retains the first',
    constraint: '~=1.2',
    yes: ['1.2.0', '1.9.0'],
    no: ['1.1.9', '2.0.0', '2.0.0-rc.1'],
  },
  {
    title: '~= with three parts retains the first two',
    constraint: '~=1.2.3',
    yes: ['1.2.3', '1.2.9'],
    no: ['1.2.2', '1.3.0'],
  },
  { title: '~= with a written zero retains two parts', constraint: '~=1.2.0', yes: ['1.2.5'], no: ['1.3.0'] },
  {
    title: '~= of a prerelease begins at it',
    constraint: '~=1.2.0-rc.1',
    yes: ['1.2.0-rc.2', '1.2.0', '1.2.4'],
    no: ['1.2.0-beta', '1.3.0'],
  },
  { title: '~= may be followed by a space', constraint: '~= 1.2', yes: ['1.5.0'], no: ['2.0.0'] },
  { title: 'x matches any patch version', constraint: '1.2.x', yes: ['1.2.0', '1.2.99'], no: ['1.3.0', '1.1.9'] },
  { title: 'X matches any patch version', constraint: '1.2.X', yes: ['1.2.4'], no: ['1.3.0'] },
  { title: '* matches any patch version', constraint: '1.2.*', yes: ['1.2.4'], no: ['1.3.0'] },
  {
    title: 'x matches any minor and patch version',
    constraint: '1.x',
    yes: ['1.0.0', '1.9.9'],
    no: ['2.0.0', '0.9.0'],
  },
  { title: 'two wildcards', constraint: '1.x.x', yes: ['1.4.2'], no: ['2.0.0'] },
  { title: '= with a wildcard', constraint: '==3.11.*', yes: ['3.11.0', '3.11.7'], no: ['3.12.0', '3.10.9'] },
  { title: '^ with a wildcard', constraint: '^1.x', yes: ['1.0.0', '1.5.0'], no: ['2.0.0', '0.9.0'] },
  { title: '~ with a wildcard', constraint: '~1.x', yes: ['1.0.0', '1.5.0'], no: ['2.0.0', '0.9.0'] },
  { title: '>= with a wildcard', constraint: '>=1.2.x', yes: ['1.2.0', '2.0.0'], no: ['1.1.9'] },
  {
    title: '> with a wildcard is above all matching versions',
    constraint: '>1.2.x',
    yes: ['1.3.0'],
    no: ['1.2.0', '1.2.9'],
  },
  {
    title: '<= with a wildcard includes all matching versions',
    constraint: '<=1.2.x',
    yes: ['1.2.9', '1.0.0'],
    no: ['1.3.0'],
  },
  { title: '* is any release', constraint: '*', yes: ['0.0.0', '1.2.3', '99.0.0'], no: ['1.0.0-rc.1'] },
  { title: 'x matches any release', constraint: 'x', yes: ['0.0.0', '7.1.0'], no: ['1.0.0-rc.1'] },
  { title: '|| is a disjunction', constraint: '^1.2 || ^3', yes: ['1.4.0', '3.1.0'], no: ['2.0.0', '1.1.0', '4.0.0'] },
  { title: '|| does not require spaces', constraint: '1.0||2.0', yes: ['1.0.0', '2.0.0'], no: ['1.0.1', '1.5.0'] },
  {
    title: '|| has lower precedence than a comma',
    constraint: '>=1,<2 || >=3,<4',
    yes: ['1.5.0', '3.5.0'],
    no: ['2.5.0', '4.0.0'],
  },
  {
    title: 'a prerelease matches if one of the same x.y.z is named',
    constraint: '>=1.2.0-beta.1',
    yes: ['1.2.0-beta.2', '1.2.0', '1.3.0'],
    no: ['1.3.0-beta.2', '1.2.0-alpha'],
  },
  {
    title: 'a prerelease of a matching release does not match',
    constraint: '>=1.2',
    no: ['1.3.0-beta.1', '2.0.0-rc.1'],
  },
  {
    title: '^ of a prerelease',
    constraint: '^1.2.3-beta.2',
    yes: ['1.2.3-beta.4', '1.2.3', '1.9.0'],
    no: ['1.2.3-beta.1', '1.2.4-beta.2'],
  },
  {
    title: '~ of a prerelease',
    constraint: '~1.2.3-beta.2',
    yes: ['1.2.3-beta.4', '1.2.9'],
    no: ['1.2.4-beta.2', '1.3.0'],
  },
  {
    title: 'a prerelease after missing parts',
    constraint: '>=1.2-beta',
    yes: ['1.2.0-rc', '1.2.0'],
    no: ['1.2.0-alpha'],
  },
  { title: 'numbers are compared as numbers', constraint: '>=1.9', yes: ['1.10.0'], no: ['1.8.9'] },
  {
    title: 'prerelease numbers are compared as numbers',
    constraint: '>=1.0.0-rc.9',
    yes: ['1.0.0-rc.10'],
    no: ['1.0.0-rc.8'],
  },
  { title: 'an invalid version matches nothing', constraint: '*', no: ['', 'one', '1.2', '1.2.3.4', 'latest'] },
];

describe('parseConstraint: matching', () => {
  for (const { title, constraint, yes = [], no = [] } of ROWS) {
    test(`parseConstraint: ${title} (${constraint})`, () => {
      for (const version of yes) assert.equal(matches(version, constraint), true, `${version} should satisfy`);
      for (const version of no) assert.equal(matches(version, constraint), false, `${version} should not satisfy`);
    });
  }
});

describe('parseConstraint: errors', () => {
  const rows = [
    { title: 'an empty text', text: '', why: /a comparator is missing/ },
    { title: 'spaces', text: '  ', why: /a comparator is missing/ },
    { title: 'an empty alternative', text: '^1 || ', why: /a comparator is missing/ },
    { title: 'an operator alone', text: '>=', why: /'>=' does not begin/ },
    { title: 'a word', text: 'latest', why: /'latest' does not begin/ },
    { title: 'an invalid operator', text: '=>1.2', why: /'=>1.2' does not begin/ },
    { title: 'a hyphen range, which only npm supports', text: '1.2 - 1.4', why: /'- 1.4' does not begin/ },
    { title: 'a trailing comma', text: '>=1,', why: /ends with a comma/ },
    { title: 'a leading comma', text: ',>=1', why: /',>=1' does not begin/ },
    { title: 'two commas', text: '>=1,,<2', why: /',<2' does not begin/ },
    { title: 'comparators without a separator', text: '>=1<2', why: /'>=1<2' does not begin/ },
    { title: 'four parts', text: '1.2.3.4', why: /'1.2.3.4' is not a version/ },
    { title: 'an empty part', text: '1..2', why: /'1..2' is not a version/ },
    { title: 'a leading zero', text: '01.2', why: /'01.2' is not a version/ },
    { title: 'a number after a wildcard', text: '1.x.3', why: /nothing can follow the wildcard/ },
    { title: 'a prerelease after a wildcard', text: '1.x-beta', why: /nothing can follow the wildcard/ },
    { title: '~= with one part', text: '~=1', why: /requires a version with two or three numbers/ },
    { title: '~= with a wildcard', text: '~=1.2.x', why: /requires a version with two or three numbers/ },
    { title: 'a number that is too large', text: '99999999999999999999', why: /is not a version/ },
    { title: 'an upper bound that is too large', text: '^9007199254740991.0.0', why: /not a range of versions/ },
    { title: 'a single |', text: '1.0 | 2.0', why: /'\| 2.0' does not begin/ },
    { title: 'a very long text', text: '1 '.repeat(10_000), why: /too long/ },
  ];
  for (const { title, text, why } of rows) {
    test(`parseConstraint: ${title} is refused`, () => {
      assert.throws(
        () => parseConstraint(text),
        (error) => error instanceof InvalidConstraint && error.code === 'INVALID_CONSTRAINT' && why.test(error.message),
      );
    });
  }
});

describe('npmRange', () => {
  const rows: { title: string; range: string; yes: string[]; no: string[] }[] = [
    { title: 'a missing part is a wildcard', range: '2', yes: ['2.0.0', '2.9.1'], no: ['3.0.0', '1.9.9'] },
    { title: 'a missing patch is a wildcard', range: '1.2', yes: ['1.2.0', '1.2.9'], no: ['1.3.0'] },
    { title: '> is above all versions that a missing part matches', range: '>1.2', yes: ['1.3.0'], no: ['1.2.9'] },
    { title: '~1 matches all versions 1.x', range: '~1', yes: ['1.0.0', '1.9.0'], no: ['2.0.0'] },
    { title: '^ keeps the major version', range: '^1.2', yes: ['1.2.0', '1.9.0'], no: ['2.0.0'] },
    { title: 'a hyphen range', range: '1.2 - 1.4', yes: ['1.2.0', '1.4.9'], no: ['1.5.0', '1.1.0'] },
    { title: 'a version is an equality', range: '1.2.0', yes: ['1.2.0'], no: ['1.2.1'] },
    {
      title: 'a version with build metadata is that build',
      range: '1.0.0+a',
      yes: ['1.0.0+a'],
      no: ['1.0.0+b', '1.0.0'],
    },
    {
      title: 'a version without build metadata is any build',
      range: '1.0.0',
      yes: ['1.0.0', '1.0.0+a'],
      no: ['1.0.1'],
    },
    { title: 'build metadata in a range is ignored', range: '>=1.0.0+b', yes: ['1.0.0+a', '1.0.0'], no: ['0.9.0'] },
    { title: '* is any release', range: '*', yes: ['1.0.0'], no: ['1.0.0-rc.1'] },
  ];
  for (const { title, range, yes, no } of rows) {
    test(`npmRange: ${title} (${range})`, () => {
      for (const version of yes) assert.equal(satisfies(version, npmRange(range)), true, version);
      for (const version of no) assert.equal(satisfies(version, npmRange(range)), false, version);
    });
  }

  test('npmRange: an invalid range is refused', () => {
    for (const text of ['nonsense', '>=', '1.2.3.4', '1 '.repeat(10_000)]) {
      assert.throws(() => npmRange(text), { code: 'INVALID_CONSTRAINT' });
    }
  });
});

describe('parseConstraint: properties', () => {
  const number = fc.integer({ min: 0, max: 4 });
  const prerelease = fc.constantFrom('', '', '-alpha', '-rc.1', '-rc.2');
  const fullVersion = fc.tuple(number, number, number, prerelease).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
  const operator = fc.constantFrom('', '=', '>=', '<=', '>', '<', '^', '~');
  const comparator = fc.tuple(operator, fullVersion).map(([op, version]) => op + version);
  const joined = fc.array(comparator, { minLength: 1, maxLength: 3 }).map((all) => all.join(' '));
  const either = fc.array(joined, { minLength: 1, maxLength: 3 }).map((all) => all.join(' || '));

  test('parseConstraint: constraints with all parts match like npm ranges', () => {
    fc.assert(
      fc.property(either, fullVersion, (text, version) => {
        assert.equal(matches(version, text), semver.satisfies(version, text));
        assert.equal(satisfies(version, npmRange(text)), semver.satisfies(version, text));
      }),
    );
  });

  test('parseConstraint: wildcards match like in npm', () => {
    const wild = fc.tuple(operator, number, fc.constantFrom('.x', '.*', '.X')).map(([op, a, x]) => `${op}${a}${x}`);
    fc.assert(
      fc.property(wild, fullVersion, (text, version) => {
        assert.equal(matches(version, text), semver.satisfies(version, text));
      }),
    );
  });

  test('parseConstraint: commas and spaces are equivalent', () => {
    fc.assert(
      fc.property(joined, fullVersion, (text, version) => {
        assert.equal(matches(version, text.replaceAll(' ', ',')), matches(version, text));
      }),
    );
  });

  test('parseConstraint: = and != are complementary for releases', () => {
    const release = fc.tuple(number, number, number).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(release, release, (one, other) => {
        assert.notEqual(matches(one, `=${other}`), matches(one, `!=${other}`));
      }),
    );
  });

  test('parseConstraint: missing parts are zero for every operator except ~=', () => {
    const some = fc.constantFrom('', '=', '==', '!=', '>=', '<=', '>', '<', '^', '~');
    fc.assert(
      fc.property(some, number, fullVersion, (op, major, version) => {
        assert.equal(matches(version, `${op}${major}`), matches(version, `${op}${major}.0.0`));
      }),
    );
  });

  test('parseConstraint: any text is parsed or fails with INVALID_CONSTRAINT', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'<>=^~!|x*. ,-1290v+') })), (text) => {
        try {
          parseConstraint(text);
        } catch (error) {
          assert.ok(error instanceof InvalidConstraint);
        }
      }),
    );
  });
});
