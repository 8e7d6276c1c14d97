import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import semver from 'semver';
import { InvalidConstraint, npmRange, parseConstraint, satisfies } from '../../src/resolver/constraint.ts';

const holds = (version: string, text: string) => satisfies(version, parseConstraint(text));

const ROWS: { claim: string; constraint: string; yes?: string[]; no?: string[] }[] = [
  {
    claim: 'a bare version is that version',
    constraint: '1.2.3',
    yes: ['1.2.3'],
    no: ['1.2.4', '1.2.2', '1.2.3-rc.1'],
  },
  { claim: 'a bare version with missing parts is filled with zeros', constraint: '1.2', yes: ['1.2.0'], no: ['1.2.1'] },
  { claim: 'a bare major version is x.0.0', constraint: '2', yes: ['2.0.0'], no: ['2.0.1', '2.1.0'] },
  { claim: 'a leading v is taken off', constraint: 'v1.2.3', yes: ['1.2.3'], no: ['1.2.4'] },
  { claim: 'build metadata does not count', constraint: '1.2.3+linux', yes: ['1.2.3', '1.2.3+mac'], no: ['1.2.4'] },
  { claim: '= is equality', constraint: '=1.2.0', yes: ['1.2.0'], no: ['1.2.1'] },
  { claim: '= fills with zeros', constraint: '=1.2', yes: ['1.2.0'], no: ['1.2.3'] },
  { claim: '== is equality too', constraint: '==1.2.0', yes: ['1.2.0'], no: ['1.2.1'] },
  { claim: '== fills with zeros', constraint: '==3', yes: ['3.0.0'], no: ['3.0.1', '3.1.0'] },
  {
    claim: '= may be followed by a prerelease',
    constraint: '=1.0.0-rc.1',
    yes: ['1.0.0-rc.1'],
    no: ['1.0.0-rc.2', '1.0.0'],
  },
  { claim: '!= leaves one version out', constraint: '!=1.3.0', yes: ['1.2.9', '1.3.1', '0.0.1'], no: ['1.3.0'] },
  { claim: '!= fills with zeros', constraint: '!=1.3', yes: ['1.3.1'], no: ['1.3.0'] },
  { claim: '!= takes a wildcard', constraint: '!=1.3.x', yes: ['1.2.9', '1.4.0'], no: ['1.3.0', '1.3.7'] },
  { claim: '!= works beside others', constraint: '>=1.2,!=1.3.0,<2', yes: ['1.2.0', '1.3.1'], no: ['1.3.0', '2.0.0'] },
  { claim: 'several != all hold', constraint: '!=1.0.0 !=1.0.1', yes: ['1.0.2'], no: ['1.0.0', '1.0.1'] },
  { claim: '!= excludes in its own alternative only', constraint: '!=1.0.0 || 1.0.0', yes: ['1.0.0', '1.0.1'] },
  {
    claim: 'naming a prerelease to exclude it does not ask for prereleases',
    constraint: '!=1.0.0-rc.1',
    yes: ['1.0.0'],
    no: ['1.0.0-rc.1', '1.0.0-rc.2'],
  },
  { claim: '>= includes its version', constraint: '>=1.2', yes: ['1.2.0', '1.2.1', '9.0.0'], no: ['1.1.9'] },
  {
    claim: '> means above the version filled with zeros',
    constraint: '>1.2',
    yes: ['1.2.1', '1.3.0'],
    no: ['1.2.0', '1.1.0'],
  },
  { claim: '> of a major version starts right above x.0.0', constraint: '>1', yes: ['1.0.1', '2.0.0'], no: ['1.0.0'] },
  { claim: '< excludes its version', constraint: '<2', yes: ['1.9.9', '0.1.0'], no: ['2.0.0', '2.0.1'] },
  { claim: '< does not let a prerelease of the bound in', constraint: '<2', no: ['2.0.0-rc.1'] },
  {
    claim: '<= means up to the version filled with zeros',
    constraint: '<=1.2',
    yes: ['1.2.0', '1.1.9'],
    no: ['1.2.1'],
  },
  { claim: 'a comma joins', constraint: '>=1.2,<2', yes: ['1.2.0', '1.9.0'], no: ['1.1.0', '2.0.0'] },
  { claim: 'a space joins', constraint: '>=1.2 <2', yes: ['1.2.0', '1.9.0'], no: ['1.1.0', '2.0.0'] },
  { claim: 'a comma with spaces joins', constraint: '>=1.2 , <2', yes: ['1.2.0'], no: ['2.0.0'] },
  {
    claim: 'an operator may be followed by spaces',
    constraint: '>= 1.2, <  2',
    yes: ['1.2.0'],
    no: ['2.0.0', '1.1.0'],
  },
  { claim: 'spaces around it do not matter', constraint: '  ^1.2  ', yes: ['1.2.0'], no: ['2.0.0'] },
  {
    claim: 'three comparators all have to hold',
    constraint: '>=1 <3 >=2',
    yes: ['2.0.0', '2.9.0'],
    no: ['1.9.0', '3.0.0'],
  },
  { claim: 'comparators that exclude each other let nothing in', constraint: '>2 <1', no: ['0.5.0', '1.5.0', '2.5.0'] },
  {
    claim: '^ keeps the major version',
    constraint: '^1.2',
    yes: ['1.2.0', '1.9.9'],
    no: ['1.1.9', '2.0.0', '2.0.0-rc.1'],
  },
  { claim: '^ of a major version', constraint: '^2', yes: ['2.0.0', '2.7.1'], no: ['1.9.9', '3.0.0'] },
  { claim: '^0.2 keeps the minor version', constraint: '^0.2', yes: ['0.2.0', '0.2.9'], no: ['0.3.0', '0.1.9'] },
  { claim: '^0.0.3 is that patch alone', constraint: '^0.0.3', yes: ['0.0.3'], no: ['0.0.4', '0.0.2'] },
  { claim: '^0.0 counts the missing part as zero', constraint: '^0.0', yes: ['0.0.0'], no: ['0.0.1'] },
  { claim: '^ with all parts', constraint: '^1.2.3', yes: ['1.2.3', '1.3.0'], no: ['1.2.2', '2.0.0'] },
  { claim: '~ keeps the minor version', constraint: '~1.2', yes: ['1.2.0', '1.2.9'], no: ['1.3.0', '1.1.9'] },
  { claim: '~ with all parts', constraint: '~1.2.3', yes: ['1.2.3', '1.2.9'], no: ['1.2.2', '1.3.0'] },
  {
    claim: '~ of a major version counts the missing part as zero',
    constraint: '~1',
    yes: ['1.0.0', '1.0.7'],
    no: ['1.1.0', '2.0.0'],
  },
  {
    claim: '~= with two parts keeps the first',
    constraint: '~=1.2',
    yes: ['1.2.0', '1.9.0'],
    no: ['1.1.9', '2.0.0', '2.0.0-rc.1'],
  },
  {
    claim: '~= with three parts keeps the first two',
    constraint: '~=1.2.3',
    yes: ['1.2.3', '1.2.9'],
    no: ['1.2.2', '1.3.0'],
  },
  { claim: '~= with a written zero keeps two parts', constraint: '~=1.2.0', yes: ['1.2.5'], no: ['1.3.0'] },
  {
    claim: '~= of a prerelease starts there',
    constraint: '~=1.2.0-rc.1',
    yes: ['1.2.0-rc.2', '1.2.0', '1.2.4'],
    no: ['1.2.0-beta', '1.3.0'],
  },
  { claim: '~= may be followed by a space', constraint: '~= 1.2', yes: ['1.5.0'], no: ['2.0.0'] },
  { claim: 'x is any patch', constraint: '1.2.x', yes: ['1.2.0', '1.2.99'], no: ['1.3.0', '1.1.9'] },
  { claim: 'X is the same', constraint: '1.2.X', yes: ['1.2.4'], no: ['1.3.0'] },
  { claim: '* is the same', constraint: '1.2.*', yes: ['1.2.4'], no: ['1.3.0'] },
  { claim: 'x in place of minor and patch', constraint: '1.x', yes: ['1.0.0', '1.9.9'], no: ['2.0.0', '0.9.0'] },
  { claim: 'two wildcards', constraint: '1.x.x', yes: ['1.4.2'], no: ['2.0.0'] },
  { claim: '= with a wildcard', constraint: '==3.11.*', yes: ['3.11.0', '3.11.7'], no: ['3.12.0', '3.10.9'] },
  { claim: '^ with a wildcard', constraint: '^1.x', yes: ['1.0.0', '1.5.0'], no: ['2.0.0', '0.9.0'] },
  { claim: '~ with a wildcard', constraint: '~1.x', yes: ['1.0.0', '1.5.0'], no: ['2.0.0', '0.9.0'] },
  { claim: '>= with a wildcard', constraint: '>=1.2.x', yes: ['1.2.0', '2.0.0'], no: ['1.1.9'] },
  {
    claim: '> with a wildcard is above all that it covers',
    constraint: '>1.2.x',
    yes: ['1.3.0'],
    no: ['1.2.0', '1.2.9'],
  },
  {
    claim: '<= with a wildcard includes all that it covers',
    constraint: '<=1.2.x',
    yes: ['1.2.9', '1.0.0'],
    no: ['1.3.0'],
  },
  { claim: '* is any release', constraint: '*', yes: ['0.0.0', '1.2.3', '99.0.0'], no: ['1.0.0-rc.1'] },
  { claim: 'x is any release', constraint: 'x', yes: ['0.0.0', '7.1.0'], no: ['1.0.0-rc.1'] },
  { claim: '|| is either', constraint: '^1.2 || ^3', yes: ['1.4.0', '3.1.0'], no: ['2.0.0', '1.1.0', '4.0.0'] },
  { claim: '|| needs no spaces', constraint: '1.0||2.0', yes: ['1.0.0', '2.0.0'], no: ['1.0.1', '1.5.0'] },
  {
    claim: '|| binds less than a comma',
    constraint: '>=1,<2 || >=3,<4',
    yes: ['1.5.0', '3.5.0'],
    no: ['2.5.0', '4.0.0'],
  },
  {
    claim: 'a prerelease is let in when one of the same x.y.z is named',
    constraint: '>=1.2.0-beta.1',
    yes: ['1.2.0-beta.2', '1.2.0', '1.3.0'],
    no: ['1.3.0-beta.2', '1.2.0-alpha'],
  },
  {
    claim: 'a prerelease of a release that satisfies is not let in',
    constraint: '>=1.2',
    no: ['1.3.0-beta.1', '2.0.0-rc.1'],
  },
  {
    claim: '^ of a prerelease',
    constraint: '^1.2.3-beta.2',
    yes: ['1.2.3-beta.4', '1.2.3', '1.9.0'],
    no: ['1.2.3-beta.1', '1.2.4-beta.2'],
  },
  {
    claim: '~ of a prerelease',
    constraint: '~1.2.3-beta.2',
    yes: ['1.2.3-beta.4', '1.2.9'],
    no: ['1.2.4-beta.2', '1.3.0'],
  },
  {
    claim: 'a prerelease after missing parts',
    constraint: '>=1.2-beta',
    yes: ['1.2.0-rc', '1.2.0'],
    no: ['1.2.0-alpha'],
  },
  { claim: 'numbers are compared as numbers', constraint: '>=1.9', yes: ['1.10.0'], no: ['1.8.9'] },
  {
    claim: 'prerelease numbers are compared as numbers',
    constraint: '>=1.0.0-rc.9',
    yes: ['1.0.0-rc.10'],
    no: ['1.0.0-rc.8'],
  },
  { claim: 'what is no version satisfies nothing', constraint: '*', no: ['', 'one', '1.2', '1.2.3.4', 'latest'] },
];

describe('a constraint in a pack', () => {
  for (const { claim, constraint, yes = [], no = [] } of ROWS) {
    test(`${constraint}: ${claim}`, () => {
      for (const version of yes) assert.equal(holds(version, constraint), true, `${version} should satisfy`);
      for (const version of no) assert.equal(holds(version, constraint), false, `${version} should not satisfy`);
    });
  }
});

describe('what is no constraint', () => {
  const rows = [
    { claim: 'nothing', text: '', why: /nothing is written/ },
    { claim: 'blanks', text: '  ', why: /nothing is written/ },
    { claim: 'an empty alternative', text: '^1 || ', why: /nothing is written/ },
    { claim: 'an operator alone', text: '>=', why: /'>=' does not begin/ },
    { claim: 'a word', text: 'latest', why: /'latest' does not begin/ },
    { claim: 'an operator of another language', text: '=>1.2', why: /'=>1.2' does not begin/ },
    { claim: 'a span, which is npm only', text: '1.2 - 1.4', why: /'- 1.4' does not begin/ },
    { claim: 'a comma at the end', text: '>=1,', why: /ends with a comma/ },
    { claim: 'a comma at the beginning', text: ',>=1', why: /',>=1' does not begin/ },
    { claim: 'two commas', text: '>=1,,<2', why: /',<2' does not begin/ },
    { claim: 'comparators that nothing separates', text: '>=1<2', why: /'>=1<2' does not begin/ },
    { claim: 'four parts', text: '1.2.3.4', why: /'1.2.3.4' is not a version/ },
    { claim: 'a part that is missing in the middle', text: '1..2', why: /'1..2' is not a version/ },
    { claim: 'a leading zero', text: '01.2', why: /'01.2' is not a version/ },
    { claim: 'a number behind a wildcard', text: '1.x.3', why: /nothing can follow the wildcard/ },
    { claim: 'a prerelease behind a wildcard', text: '1.x-beta', why: /nothing can follow the wildcard/ },
    { claim: '~= with one part', text: '~=1', why: /needs a version of two or three numbers/ },
    { claim: '~= with a wildcard', text: '~=1.2.x', why: /needs a version of two or three numbers/ },
    { claim: 'a number that is too large', text: '99999999999999999999', why: /is not a version/ },
    { claim: 'a bound that becomes too large', text: '^9007199254740991.0.0', why: /not a range of versions/ },
    { claim: 'a single |', text: '1.0 | 2.0', why: /'\| 2.0' does not begin/ },
    { claim: 'a very long text', text: '1 '.repeat(10_000), why: /too long/ },
  ];
  for (const { claim, text, why } of rows) {
    test(claim, () => {
      assert.throws(
        () => parseConstraint(text),
        (error) => error instanceof InvalidConstraint && error.code === 'INVALID_CONSTRAINT' && why.test(error.message),
      );
    });
  }
});

describe('a range after a registry reference', () => {
  const rows: { claim: string; range: string; yes: string[]; no: string[] }[] = [
    { claim: 'a missing part is a wildcard', range: '2', yes: ['2.0.0', '2.9.1'], no: ['3.0.0', '1.9.9'] },
    { claim: 'so is a missing patch', range: '1.2', yes: ['1.2.0', '1.2.9'], no: ['1.3.0'] },
    { claim: '> is above all that the missing part covers', range: '>1.2', yes: ['1.3.0'], no: ['1.2.9'] },
    { claim: '~1 is all of 1', range: '~1', yes: ['1.0.0', '1.9.0'], no: ['2.0.0'] },
    { claim: '^ as anywhere', range: '^1.2', yes: ['1.2.0', '1.9.0'], no: ['2.0.0'] },
    { claim: 'a span', range: '1.2 - 1.4', yes: ['1.2.0', '1.4.9'], no: ['1.5.0', '1.1.0'] },
    { claim: 'a version is itself', range: '1.2.0', yes: ['1.2.0'], no: ['1.2.1'] },
    { claim: '* is any release', range: '*', yes: ['1.0.0'], no: ['1.0.0-rc.1'] },
  ];
  for (const { claim, range, yes, no } of rows) {
    test(`${range}: ${claim}`, () => {
      for (const version of yes) assert.equal(satisfies(version, npmRange(range)), true, version);
      for (const version of no) assert.equal(satisfies(version, npmRange(range)), false, version);
    });
  }

  test('is refused when it is none', () => {
    for (const text of ['nonsense', '>=', '1.2.3.4', '1 '.repeat(10_000)]) {
      assert.throws(() => npmRange(text), { code: 'INVALID_CONSTRAINT' });
    }
  });
});

describe('laws', () => {
  const number = fc.integer({ min: 0, max: 4 });
  const prerelease = fc.constantFrom('', '', '-alpha', '-rc.1', '-rc.2');
  const fullVersion = fc.tuple(number, number, number, prerelease).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
  const operator = fc.constantFrom('', '=', '>=', '<=', '>', '<', '^', '~');
  const comparator = fc.tuple(operator, fullVersion).map(([op, version]) => op + version);
  const joined = fc.array(comparator, { minLength: 1, maxLength: 3 }).map((all) => all.join(' '));
  const either = fc.array(joined, { minLength: 1, maxLength: 3 }).map((all) => all.join(' || '));

  test('with all parts written it means what it means to npm', () => {
    fc.assert(
      fc.property(either, fullVersion, (text, version) => {
        assert.equal(holds(version, text), semver.satisfies(version, text));
        assert.equal(satisfies(version, npmRange(text)), semver.satisfies(version, text));
      }),
    );
  });

  test('a wildcard means what it means to npm', () => {
    const wild = fc.tuple(operator, number, fc.constantFrom('.x', '.*', '.X')).map(([op, a, x]) => `${op}${a}${x}`);
    fc.assert(
      fc.property(wild, fullVersion, (text, version) => {
        assert.equal(holds(version, text), semver.satisfies(version, text));
      }),
    );
  });

  test('a comma is a space', () => {
    fc.assert(
      fc.property(joined, fullVersion, (text, version) => {
        assert.equal(holds(version, text.replaceAll(' ', ',')), holds(version, text));
      }),
    );
  });

  test('a release either equals a version or differs from it', () => {
    const release = fc.tuple(number, number, number).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(release, release, (one, other) => {
        assert.notEqual(holds(one, `=${other}`), holds(one, `!=${other}`));
      }),
    );
  });

  test('missing parts count as zero with every operator but ~=', () => {
    const some = fc.constantFrom('', '=', '==', '!=', '>=', '<=', '>', '<', '^', '~');
    fc.assert(
      fc.property(some, number, fullVersion, (op, major, version) => {
        assert.equal(holds(version, `${op}${major}`), holds(version, `${op}${major}.0.0`));
      }),
    );
  });

  test('any text is either a constraint or an INVALID_CONSTRAINT', () => {
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
